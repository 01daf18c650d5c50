using System.Data.Common;
using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Plausibility;
using Dapper;
using NodaTime;

namespace CoMaKo.Hub.Metering.Readings;

/// <summary>Reads anomalies; an anomaly is a finding of the plausibility rules on a metering point's series.</summary>
internal static class AnomalyReader
{
    private const string Select = """
        SELECT f.finding_id AS FindingId, s.point_id AS PointId, s.direction AS Direction, f.rule AS Rule, f.slot AS Slot, f.value AS Value, f.bound AS Bound,
          f.state AS State, f.found_us AS FoundUs, f.reason AS Reason
        FROM met_finding f JOIN met_series s ON s.series_id = f.series_id
        """;

    /// <summary>Findings of these points behind one with the id <paramref name="after"/>, oldest first.</summary>
    /// <param name="points">Absent: all points.</param>
    public static async Task<IReadOnlyList<AnomalyRow>> ListAsync(DbConnection reader, HubEngine engine, long[]? points, FindingState state, long after, int most) =>
        (await reader.QueryAsync<AnomalyRow>(
            $"{Select} WHERE f.state = @state AND f.finding_id > @after AND {(points is null ? "s.point_id IS NOT NULL" : $"s.point_id {engine.AnyOf("@points")}")} ORDER BY f.finding_id LIMIT @most",
            new { state = (long)state, after, points, most })).AsList();

    public static Task<AnomalyRow> FindAsync(DbConnection reader, long id) => reader.QuerySingleAsync<AnomalyRow>($"{Select} WHERE f.finding_id = @id", new { id });
}

/// <summary>One finding as it is stored; value and bound in thousandths of the rule's unit.</summary>
public sealed class AnomalyRow
{
    public long FindingId { get; init; }

    public long PointId { get; init; }

    public long Direction { get; init; }

    public long Rule { get; init; }

    public long Slot { get; init; }

    public long Value { get; init; }

    public long Bound { get; init; }

    public long State { get; init; }

    public long FoundUs { get; init; }

    public string? Reason { get; init; }

    public PlausibilityFinding Finding => new((PlausibilityRule)Rule, QuarterHour.StartingAt(Slot), Value / 1000m, Bound / 1000m);

    public Instant FoundAt => Instant.FromUnixTimeTicks(FoundUs * 10);
}

using System.Data.Common;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Settlement.Runs;
using Dapper;

namespace CoMaKo.Hub.Market;

/// <summary>A metering point of the cooperative.</summary>
/// <param name="Name">The cooperative's own id, e.g. <c>ZP001</c>; ordinal.</param>
/// <param name="Participant">Id of who is behind it.</param>
/// <param name="IsProfile">No quarter-hour meter.</param>
/// <param name="Profile">Name of the profile table that splits its sums; absent: that of its direction.</param>
/// <param name="AnnualWh">Expected consumption of a year.</param>
/// <param name="FuseAmperes">Of each of three phases: the bound of rule P05.</param>
/// <param name="PeakWatts">Of its plant.</param>
/// <param name="LatitudeMicro">Millionths of a degree.</param>
public sealed record PointRow(
    long PointId, string Name, string Participant, PointDirections Directions, string? MarketLocation, string? MeteringLocation, bool IsProfile,
    string? Profile, long? AnnualWh, long? FuseAmperes, long? PeakWatts, long? LatitudeMicro, long? LongitudeMicro, long Revision)
{
    internal const string Select = """
        SELECT p.point_id AS PointId, p.name AS Name, a.name AS Participant, p.directions AS Directions, p.market_location AS MarketLocation, p.metering_location AS MeteringLocation,
          p.is_profile AS IsProfile, p.profile AS Profile, p.annual_wh AS AnnualWh, p.fuse_amperes AS FuseAmperes, p.peak_watts AS PeakWatts,
          p.latitude_micro AS LatitudeMicro, p.longitude_micro AS LongitudeMicro, p.revision AS Revision
        FROM mkt_point p JOIN mkt_participant a ON a.participant_id = p.participant_id
        """;

    /// <summary>Whether its energy has this direction.</summary>
    public bool Has(EnergyDirection direction) => Directions.HasFlag((PointDirections)(int)direction);

    /// <summary>As settlement knows it.</summary>
    public SettlementPoint ToSettlementPoint() => new(Name, Directions, IsProfile);

    /// <summary>The same but for identity and revision.</summary>
    internal bool SaysTheSameAs(PointRow other) => this == other with { PointId = PointId, Revision = Revision };
}

/// <summary>Reads metering points.</summary>
public static class PointReader
{
    /// <summary>The point with this id; absent if there is none.</summary>
    public static async Task<PointRow?> FindAsync(DbConnection reader, string name) =>
        (await reader.QueryAsync<Row>($"{PointRow.Select} WHERE p.name = @name", new { name })).FirstOrDefault()?.ToPoint();

    /// <summary>The point with this number; absent if there is none.</summary>
    public static async Task<PointRow?> FindAsync(DbConnection reader, long pointId) =>
        (await reader.QueryAsync<Row>($"{PointRow.Select} WHERE p.point_id = @pointId", new { pointId })).FirstOrDefault()?.ToPoint();

    /// <summary>Points after an id, by id.</summary>
    /// <param name="participant">Only this one's; absent: everybody's.</param>
    /// <param name="search">A part of the id or of a market or metering location; empty: all.</param>
    public static async Task<IReadOnlyList<PointRow>> AfterAsync(DbConnection reader, string after, int limit, string? participant = null, string search = "") =>
        [.. (await reader.QueryAsync<Row>($"""
            {PointRow.Select} WHERE p.name > @after {(participant is null ? "" : "AND a.name = @participant")}
            {(search.Length == 0 ? "" : "AND (lower(p.name) LIKE @like OR p.market_location LIKE @like OR lower(p.metering_location) LIKE @like)")} ORDER BY p.name LIMIT @limit
            """, new { after, limit, participant, like = SearchText.Like(search) })).Select(row => row.ToPoint())];

    /// <summary>All points by id.</summary>
    public static async Task<IReadOnlyDictionary<string, PointRow>> AllAsync(DbConnection reader) =>
        (await reader.QueryAsync<Row>(PointRow.Select)).Select(row => row.ToPoint()).ToDictionary(point => point.Name, StringComparer.Ordinal);

    /// <summary>The other generating points with a known peak power that were in the same balance group on a day.</summary>
    internal static async Task<IReadOnlyList<PointRow>> PlantsBesideAsync(DbConnection reader, long pointId, int day) =>
        [.. (await reader.QueryAsync<Row>($"""
            {PointRow.Select} WHERE p.point_id <> @pointId AND p.directions >= 2 AND p.peak_watts > 0 AND EXISTS (
              SELECT 1 FROM mkt_membership m JOIN mkt_membership o ON o.group_id = m.group_id AND o.point_id = @pointId
              WHERE m.point_id = p.point_id AND m.from_day <= @day AND coalesce(m.to_day, @day + 1) > @day AND o.from_day <= @day AND coalesce(o.to_day, @day + 1) > @day)
            """, new { pointId, day })).Select(row => row.ToPoint())];

    /// <summary>Ids of some points by number.</summary>
    public static async Task<IReadOnlyDictionary<long, string>> NamesAsync(DbConnection reader, HubEngine engine, long[] points) =>
        (await reader.QueryAsync<(long Id, string Name)>($"SELECT point_id, name FROM mkt_point WHERE point_id {engine.AnyOf("@points")}", new { points })).ToDictionary(row => row.Id, row => row.Name);

    internal static async ValueTask<PointRow?> FindAsync(HubTransaction tx, string name, bool isLocked = false) =>
        await tx.QueryAsync<Row>($"{PointRow.Select} WHERE p.name = @name {(isLocked && tx.Engine == HubEngine.Postgres ? "FOR UPDATE OF p" : "")}", new { name }) is [var row, ..] ? row.ToPoint() : null;

    internal static async ValueTask<IReadOnlyDictionary<string, PointRow>> AllAsync(HubTransaction tx) =>
        (await tx.QueryAsync<Row>(PointRow.Select)).Select(row => row.ToPoint()).ToDictionary(point => point.Name, StringComparer.Ordinal);

    internal static async ValueTask<IReadOnlyList<PointRow>> AllOfAsync(HubTransaction tx, string[] names) =>
        [.. (await tx.QueryAsync<Row>($"{PointRow.Select} WHERE p.name {tx.Engine.AnyOf("@names")}", new { names })).Select(row => row.ToPoint())];

    internal sealed class Row
    {
        public long PointId { get; init; }

        public string Name { get; init; } = "";

        public string Participant { get; init; } = "";

        public long Directions { get; init; }

        public string? MarketLocation { get; init; }

        public string? MeteringLocation { get; init; }

        public long IsProfile { get; init; }

        public string? Profile { get; init; }

        public long? AnnualWh { get; init; }

        public long? FuseAmperes { get; init; }

        public long? PeakWatts { get; init; }

        public long? LatitudeMicro { get; init; }

        public long? LongitudeMicro { get; init; }

        public long Revision { get; init; }

        public PointRow ToPoint() => new(
            PointId, Name, Participant, (PointDirections)Directions, MarketLocation, MeteringLocation, IsProfile != 0, Profile, AnnualWh, FuseAmperes, PeakWatts, LatitudeMicro, LongitudeMicro, Revision);
    }
}

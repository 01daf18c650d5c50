using System.Data.Common;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using Dapper;

namespace CoMaKo.Hub.Metering;

/// <summary>A register as lists and pages show it.</summary>
/// <param name="Role">Of its newest segment; absent before the first begin arrived.</param>
/// <param name="FirstSlotEnd">End of the first slot that has a total, Unix seconds; absent before it.</param>
/// <param name="LastSlotEnd">End of the last slot that has a total, Unix seconds; absent before the first.</param>
public sealed record RegisterInfo(long RegisterId, long SeriesId, long GatewayId, string Name, SettlementRole? Role, long? FirstSlotEnd, long? LastSlotEnd, long? LastWh, bool IsCoarse)
{
    public string Obis => Name.Split('~')[1];
}

/// <summary>Reads registers, segments and totals.</summary>
internal static class RegisterReader
{
    /// <summary>The register with this name; absent if there is none.</summary>
    public static async Task<RegisterInfo?> FindAsync(DbConnection reader, string name) =>
        await QueryAsync(reader, "r.name = @name", new { name }) is [var register, ..] ? register : null;

    /// <summary>Registers of a gateway, by name.</summary>
    public static Task<IReadOnlyList<RegisterInfo>> OfGatewayAsync(DbConnection reader, long gatewayId) =>
        QueryAsync(reader, "r.gateway_id = @gatewayId", new { gatewayId });

    /// <summary>Registers after a name, by name.</summary>
    public static Task<IReadOnlyList<RegisterInfo>> AfterAsync(DbConnection reader, string after, int limit) =>
        QueryAsync(reader, "r.name > @after", new { after, limit }, "LIMIT @limit");

    /// <summary>All segments of a register whose begin arrived, in order, each with its last total.</summary>
    public static async Task<IReadOnlyList<CurveSegment>> SegmentsAsync(DbConnection reader, RegisterInfo register)
    {
        var rows = await reader.QueryAsync<SegmentRow>("""
            SELECT s.segment_us AS Segment, s.opened_us AS OpenedUs, s.opening_wh AS OpeningWh, s.open_reason AS OpenReason, s.closed_us AS ClosedUs, s.closing_wh AS ClosingWh,
              s.ct_factor_micro AS CtFactorMicro, s.resolution_mwh AS ResolutionMwh,
              EXISTS (SELECT 1 FROM met_conflict c WHERE c.register_id = s.register_id AND c.segment_us = s.segment_us AND c.kind IN ('begin', 'end')) AS IsDisputed,
              (SELECT t.total_wh FROM met_total t WHERE t.gateway_id = @GatewayId AND t.register_id = s.register_id AND t.segment_us = s.segment_us
                AND t.slot_end >= s.segment_us / 1000000
                AND t.slot_end <= coalesce(s.closed_us, (SELECT min(n.segment_us) FROM met_segment n WHERE n.register_id = s.register_id AND n.segment_us > s.segment_us) + 900000000, 9223372036854775807) / 1000000
                ORDER BY t.slot_end DESC LIMIT 1) AS LastWh
            FROM met_segment s WHERE s.register_id = @RegisterId AND s.opened_us IS NOT NULL ORDER BY s.segment_us
            """, new { register.GatewayId, register.RegisterId });
        return [.. rows.Select(row => new CurveSegment(row.Segment, row.OpenedUs, row.OpeningWh, (SegmentReason)row.OpenReason, row.ClosedUs, row.ClosingWh, row.CtFactorMicro, row.ResolutionMwh, row.IsDisputed, row.LastWh))];
    }

    /// <summary>Totals from the last one at or before <paramref name="from"/> to the first one at or after <paramref name="to"/>.</summary>
    public static async Task<IReadOnlyList<CurveTotal>> TotalsAsync(DbConnection reader, RegisterInfo register, long from, long to)
    {
        var rows = await reader.QueryAsync<TotalRow>("""
            SELECT t.slot_end AS SlotEnd, t.segment_us AS Segment, t.total_wh AS Wh, t.quality AS Quality,
              EXISTS (SELECT 1 FROM met_conflict c WHERE c.register_id = t.register_id AND c.kind IN ('total', 'after_end') AND c.segment_us = t.segment_us AND c.at_us = t.slot_end * 1000000) AS IsDisputed
            FROM met_total t
            WHERE t.gateway_id = @GatewayId AND t.register_id = @RegisterId
              AND t.slot_end >= coalesce((SELECT max(p.slot_end) FROM met_total p WHERE p.gateway_id = @GatewayId AND p.register_id = @RegisterId AND p.slot_end <= @from), @from)
              AND t.slot_end <= coalesce((SELECT min(n.slot_end) FROM met_total n WHERE n.gateway_id = @GatewayId AND n.register_id = @RegisterId AND n.slot_end >= @to), @to)
            ORDER BY t.slot_end
            """, new { register.GatewayId, register.RegisterId, from, to });
        return [.. rows.Select(row => new CurveTotal(row.SlotEnd, row.Segment, row.Wh, (Quality)row.Quality, row.IsDisputed))];
    }

    private static async Task<IReadOnlyList<RegisterInfo>> QueryAsync(DbConnection reader, string where, object values, string limit = "")
    {
        var rows = await reader.QueryAsync<RegisterInfoRow>($"""
            SELECT r.register_id AS RegisterId, s.series_id AS SeriesId, r.gateway_id AS GatewayId, r.name AS Name,
              (SELECT g.role FROM met_segment g WHERE g.register_id = r.register_id ORDER BY g.segment_us DESC LIMIT 1) AS Role,
              (SELECT min(f.slot_end) FROM met_total f WHERE f.gateway_id = r.gateway_id AND f.register_id = r.register_id) AS FirstSlotEnd,
              {Last("slot_end")} AS LastSlotEnd, {Last("total_wh")} AS LastWh, {Last("quality")} AS LastQuality
            FROM met_register r JOIN met_series s ON s.register_id = r.register_id
            WHERE {where} ORDER BY r.name {limit}
            """, values);
        return [.. rows.Select(row => new RegisterInfo(
            row.RegisterId, row.SeriesId, row.GatewayId, row.Name, (SettlementRole?)row.Role, row.FirstSlotEnd, row.LastSlotEnd, row.LastWh, row.LastQuality == (long)Quality.Coarse))];
    }

    private static string Last(string column) =>
        $"(SELECT t.{column} FROM met_total t WHERE t.gateway_id = r.gateway_id AND t.register_id = r.register_id ORDER BY t.slot_end DESC, t.segment_us DESC LIMIT 1)";

    private sealed class RegisterInfoRow
    {
        public long RegisterId { get; init; }

        public long SeriesId { get; init; }

        public long GatewayId { get; init; }

        public string Name { get; init; } = "";

        public long? Role { get; init; }

        public long? FirstSlotEnd { get; init; }

        public long? LastSlotEnd { get; init; }

        public long? LastWh { get; init; }

        public long? LastQuality { get; init; }
    }

    private sealed class SegmentRow
    {
        public long Segment { get; init; }

        public long OpenedUs { get; init; }

        public long OpeningWh { get; init; }

        public long OpenReason { get; init; }

        public long? ClosedUs { get; init; }

        public long? ClosingWh { get; init; }

        public long CtFactorMicro { get; init; }

        public long ResolutionMwh { get; init; }

        public bool IsDisputed { get; init; }

        public long? LastWh { get; init; }
    }

    private sealed class TotalRow
    {
        public long SlotEnd { get; init; }

        public long Segment { get; init; }

        public long Wh { get; init; }

        public long Quality { get; init; }

        public bool IsDisputed { get; init; }
    }
}

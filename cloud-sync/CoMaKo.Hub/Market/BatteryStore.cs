using System.Data.Common;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Storage;
using Dapper;

namespace CoMaKo.Hub.Market;

/// <summary>What a battery held at the begin of a day, by origin.</summary>
/// <param name="From">0: from ever.</param>
internal sealed record BatteryEntry(int From, long OwnWh, long GridWh);

/// <summary>
/// Accounts of batteries. The operator enters what one held when it joined; each month that is settled adds what it held at its end. A point with an
/// entry is settled as a battery.
/// </summary>
internal static class BatteryStore
{
    /// <summary>By point, then by day.</summary>
    public static async Task<IReadOnlyList<(string Point, BatteryEntry Entry)>> AllAsync(DbConnection reader) =>
        [.. (await reader.QueryAsync<(string Name, long Day, long Own, long Grid)>("SELECT p.name, b.day, b.own_wh, b.grid_wh FROM mkt_battery b JOIN mkt_point p ON p.point_id = b.point_id ORDER BY p.name, b.day"))
            .Select(row => (row.Name, new BatteryEntry((int)row.Day, row.Own, row.Grid)))];

    /// <summary>Of one point, by day.</summary>
    public static async Task<IReadOnlyList<BatteryEntry>> OfAsync(DbConnection reader, long pointId) =>
        [.. (await reader.QueryAsync<(long Day, long Own, long Grid)>("SELECT day, own_wh, grid_wh FROM mkt_battery WHERE point_id = @pointId ORDER BY day", new { pointId }))
            .Select(row => new BatteryEntry((int)row.Day, row.Own, row.Grid))];

    /// <summary>Replaces all entries of a point.</summary>
    public static async ValueTask PutAsync(HubTransaction tx, PointRow point, IReadOnlyList<BatteryEntry> entries, Caller caller, long nowUs)
    {
        var there = await tx.Prepare("SELECT day, own_wh, grid_wh FROM mkt_battery WHERE point_id = $1 ORDER BY day").Bind(point.PointId).ListAsync(row => new BatteryEntry((int)row.Int64(0), row.Int64(1), row.Int64(2)));
        if (there.SequenceEqual(entries)) return;
        tx.Prepare("DELETE FROM mkt_battery WHERE point_id = $1").Bind(point.PointId).Later();
        foreach (var entry in entries) Write(tx, point.PointId, entry);
        await Audit.AppendAsync(tx, nowUs, caller.Name, "metering_point.battery_account", point.Name, AuditText.Of(entries.Select(BatteryEntryDocument.Of)));
    }

    /// <summary>Puts one entry in the place of the one of its day.</summary>
    public static void Write(HubTransaction tx, long pointId, BatteryEntry entry) => tx.Prepare("""
        INSERT INTO mkt_battery (point_id, day, own_wh, grid_wh) VALUES ($1, $2, $3, $4) ON CONFLICT (point_id, day) DO UPDATE SET own_wh = excluded.own_wh, grid_wh = excluded.grid_wh
        """).Bind(pointId).Bind(entry.From).Bind(entry.OwnWh).Bind(entry.GridWh).Later();
}

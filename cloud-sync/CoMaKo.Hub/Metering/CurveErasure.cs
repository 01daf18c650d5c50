using CoMaKo.Hub.Access.OwnData;
using CoMaKo.Hub.Ingest;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Settlement.Own;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Curves;
using NodaTime;
using NodaTime.Text;

namespace CoMaKo.Hub.Metering;

/// <summary>
/// Erases curves, readings, totals and records of a participant that no settlement and no open dispute needs. What a settlement needs stays until no
/// correction can reach it any more.
/// </summary>
internal sealed class CurveErasure(ICurveNeed settlements) : IErasure
{
    private const int Everything = int.MaxValue;

    public async ValueTask<IReadOnlyList<ErasureNote>> EraseAsync(HubTransaction tx, string participant, LocalDate today)
    {
        var series = new List<long>();
        foreach (long point in await MemberPoints.AllAsync(tx, participant)) series.AddRange(await tx.Prepare("SELECT series_id FROM met_series WHERE point_id = $1").Bind(point).ListAsync(row => row.Int64(0)));
        if (series.Count == 0) return [new ErasureNote("curves", true), new ErasureNote("records", true)];
        if (await tx.Prepare("SELECT count(*) FROM met_dispute WHERE participant = $1 AND state = 1").Bind(participant).NumberAsync() > 0) return [new ErasureNote("curves", false), new ErasureNote("records", false)];
        foreach (string table in (string[])["met_dispute", "met_upload"]) await tx.Prepare($"DELETE FROM {table} WHERE participant = $1").Bind(participant).RunAsync();
        var need = await settlements.NeedAsync(tx, participant, today);
        int before = need?.From ?? Everything;
        foreach (long each in series) await EraseSeriesAsync(tx, each, before);
        foreach (var (register, gateway, name) in await RegistersAsync(tx, series)) await EraseRegisterAsync(tx, register, gateway, name, before);
        string? until = need is { } kept ? LocalDatePattern.Iso.Format(kept.Until) : null;
        return [new ErasureNote("curves", until is null, until), new ErasureNote("records", until is null, until)];
    }

    private static async ValueTask EraseSeriesAsync(HubTransaction tx, long series, int before)
    {
        long instant = before == Everything ? long.MaxValue : MarketDay.Slots(before)[0].StartUnixSeconds;
        await tx.Prepare("UPDATE met_reading SET replaces = NULL WHERE series_id = $1 AND replaces IN (SELECT reading_id FROM met_reading WHERE series_id = $1 AND at_s < $2)").Bind(series).Bind(instant).RunAsync();
        await tx.Prepare("DELETE FROM met_reading WHERE series_id = $1 AND at_s < $2").Bind(series).Bind(instant).RunAsync();
        foreach (string table in (string[])["met_curve_day", "met_effective_day", "met_finding", "met_dirty"]) await tx.Prepare($"DELETE FROM {table} WHERE series_id = $1 AND day < $2").Bind(series).Bind(before).RunAsync();
    }

    /// <summary>Registers that only ever made these series; one that also belongs to others is theirs.</summary>
    private static async ValueTask<List<(long RegisterId, long GatewayId, string Name)>> RegistersAsync(HubTransaction tx, List<long> series)
    {
        var found = new List<(long, long, string)>();
        foreach (long each in series)
        {
            foreach (var register in await tx.Prepare("SELECT DISTINCT r.register_id, r.gateway_id, r.name FROM met_assignment a JOIN met_register r ON r.register_id = a.register_id WHERE a.series_id = $1").Bind(each).ListAsync(row => (row.Int64(0), row.Int64(1), row.Text(2))))
            {
                var users = await tx.Prepare("SELECT series_id FROM met_assignment WHERE register_id = $1").Bind(register.Item1).ListAsync(row => row.Int64(0));
                if (users.TrueForAll(series.Contains) && !found.Contains(register)) found.Add(register);
            }
        }

        return found;
    }

    private static async ValueTask EraseRegisterAsync(HubTransaction tx, long register, long gateway, string name, int before)
    {
        long slotEnd = before == Everything ? long.MaxValue : MarketDay.Slots(before)[0].StartUnixSeconds; // the total at the border itself is the first one that is needed
        var batches = await tx.Prepare("SELECT DISTINCT batch_id FROM met_total WHERE gateway_id = $1 AND register_id = $2 AND slot_end < $3").Bind(gateway).Bind(register).Bind(slotEnd).ListAsync(row => row.Int64(0));
        foreach (long batch in batches) await BatchErasure.EraseAsync(tx, batch, name, slotEnd);
        await tx.Prepare("DELETE FROM met_total WHERE gateway_id = $1 AND register_id = $2 AND slot_end < $3").Bind(gateway).Bind(register).Bind(slotEnd).RunAsync();
        if (await tx.Prepare("SELECT series_id FROM met_series WHERE register_id = $1").Bind(register).NumberAsync() is { } own) await EraseSeriesAsync(tx, own, before);
    }
}

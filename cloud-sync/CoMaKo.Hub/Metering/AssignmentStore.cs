using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Metering;

/// <summary>A register of a metering point in one direction.</summary>
internal sealed record PointRegister(EnergyDirection Direction, Assignment Assignment);

/// <summary>Says which registers form a metering point's curves. The days that this changes are marked.</summary>
internal sealed class AssignmentStore(HubDatabase database, TimeProvider clock)
{
    /// <summary>Replaces all assignments of a point. Codes: CMH-1401 unknown register.</summary>
    /// <returns>Whether there were no findings.</returns>
    public Task<bool> PutAsync(PointRow point, IReadOnlyList<PointRegister> registers, Caller caller, FormFindings findings) => database.WriteAsync(tx =>
    {
        findings.Clear();
        return PutAsync(tx, point, registers, caller, findings);
    });

    /// <inheritdoc cref="PutAsync(PointRow, IReadOnlyList{PointRegister}, Caller, FormFindings)"/>
    public async ValueTask<bool> PutAsync(HubTransaction tx, PointRow point, IReadOnlyList<PointRegister> registers, Caller caller, FormFindings findings)
    {
        var known = await KnownAsync(tx, registers, findings);
        if (findings.Any) return false;
        long now = clock.UnixMicroseconds();
        var series = await PointSeriesRows.LockAsync(tx, Enum.GetValues<EnergyDirection>().Where(point.Has).Select(direction => (point.PointId, direction)));
        long deliveryId = await CurveDelivery.BeginAsync(tx, DeliveryKind.Assignment, caller.Name, now);
        var touched = new SortedSet<(long SeriesId, int Day)>();
        foreach (var (key, seriesId) in series)
        {
            var old = await tx.Prepare("SELECT a.register_id, r.gateway_id, a.from_day, a.to_day FROM met_assignment a JOIN met_register r ON r.register_id = a.register_id WHERE a.series_id = $1").Bind(seriesId)
                .ListAsync(row => (RegisterId: row.Int64(0), GatewayId: row.Int64(1), From: (int)row.Int64(2), To: row.IsNull(3) ? (int?)null : (int)row.Int64(3)));
            foreach (var each in old) await TouchAsync(tx, touched, seriesId, each.RegisterId, each.GatewayId, each.From, each.To);
            await tx.Prepare("DELETE FROM met_assignment WHERE series_id = $1").Bind(seriesId).RunAsync();
            foreach (var each in registers.Where(register => register.Direction == key.Direction).Select(register => register.Assignment))
            {
                var (registerId, gatewayId) = known[each.Register];
                tx.Prepare("INSERT INTO met_assignment (series_id, register_id, from_day, to_day, factor) VALUES ($1, $2, $3, $4, $5)")
                    .Bind(seriesId).Bind(registerId).Bind(each.FromDay).Bind((long?)each.ToDay).Bind(each.Factor).Later();
                await TouchAsync(tx, touched, seriesId, registerId, gatewayId, each.FromDay, each.ToDay);
            }
        }

        foreach (var (seriesId, day) in touched) TouchedDays.Mark(tx, seriesId, day, -deliveryId);
        await Audit.AppendAsync(tx, now, caller.Name, "metering_point.registers", point.Name, string.Join(", ", registers.Select(register => FormattableString.Invariant(
            $"{register.Direction} {(register.Assignment.Factor < 0 ? "-" : "+")}{register.Assignment.Register} {MarketDays.TextOf(register.Assignment.FromDay) ?? "ever"}..{(register.Assignment.ToDay is { } to ? MarketDays.TextOf(to) : "")}"))));
        return true;
    }

    private static async ValueTask<Dictionary<string, (long RegisterId, long GatewayId)>> KnownAsync(HubTransaction tx, IReadOnlyList<PointRegister> registers, FormFindings findings)
    {
        var known = new Dictionary<string, (long, long)>(StringComparer.Ordinal);
        for (int i = 0; i < registers.Count; i++)
        {
            string name = registers[i].Assignment.Register;
            if (await tx.Prepare("SELECT register_id, gateway_id FROM met_register WHERE name = $1").Bind(name).ListAsync(row => (row.Int64(0), row.Int64(1))) is [var row]) known[name] = row;
            else findings.Add(FormattableString.Invariant($"registers[{i}].register"), "CMH-1401", $"The hub has no register '{name}'. GET /registers lists them.");
        }

        return known;
    }

    /// <summary>The days of an assignment on which its register has totals.</summary>
    private static async ValueTask TouchAsync(HubTransaction tx, SortedSet<(long, int)> touched, long seriesId, long registerId, long gatewayId, int from, int? to)
    {
        var ends = await tx.Prepare("SELECT min(slot_end), max(slot_end) FROM met_total WHERE gateway_id = $1 AND register_id = $2").Bind(gatewayId).Bind(registerId)
            .ListAsync(row => row.IsNull(0) ? ((long, long)?)null : (row.Int64(0), row.Int64(1)));
        if (ends[0] is not { } span) return;
        int first = Math.Max(from, MarketDay.Containing(span.Item1 - QuarterHour.Seconds));
        int last = Math.Min((to ?? int.MaxValue) - 1, MarketDay.Containing(span.Item2));
        for (int day = first; day <= last; day++) touched.Add((seriesId, day));
    }
}

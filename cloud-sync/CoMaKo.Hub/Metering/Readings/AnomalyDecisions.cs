using CoMaKo.Hub.Access;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Plausibility;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Metering.Readings;

/// <summary>An operator's word on an anomaly: a value that counts before all others, with its reason, or none.</summary>
internal sealed class AnomalyDecisions(HubDatabase database, CalendarMonths months, TimeProvider clock)
{
    /// <summary>Decides an open finding.</summary>
    /// <param name="wh">The right value of the slot; absent: it is right as it was delivered.</param>
    /// <returns>The problem; absent if it was decided.</returns>
    public async Task<IResult?> DecideAsync(long findingId, string reason, long? wh, Caller caller)
    {
        if (await FindAsync(findingId) is not { } found) return Problems.Of(404, "CMH-1729", "Unknown anomaly", "The hub has no such anomaly. GET /readings/anomalies lists them.");
        int day = MarketDay.Containing(found.Slot);
        await months.EnsureCurveAsync(day);
        return await database.WriteAsync(async tx =>
        {
            long now = clock.UnixMicroseconds();
            int decided = await tx.Prepare("UPDATE met_finding SET state = $1, decided_by = $2, decided_us = $3, reason = $4 WHERE finding_id = $5 AND state = 1")
                .Bind((long)(wh is null ? FindingState.Dismissed : FindingState.Corrected)).Bind(caller.Name).Bind(now).Bind(reason).Bind(findingId).RunAsync();
            if (decided == 0) return Problems.Of(409, "CMH-1730", "Decided already", "Somebody has decided this anomaly, or its cause is gone.");
            // A value beyond the fuse does not count until somebody says that it is right.
            long? value = wh ?? (found.Rule == PlausibilityRule.BeyondConnection ? found.Value / 1000 : null);
            if (value is { } right) await AddAsync(tx, found, day, (int)right, reason, caller, now);
            await Audit.AppendAsync(tx, now, caller.Name, "anomaly.decide", FormattableString.Invariant($"finding:{findingId}"), FormattableString.Invariant($"{(wh is { } stated ? $"{new Kwh(stated)} kWh" : "right as it is")}: {reason}"));
            return null;
        });
    }

    private static async ValueTask AddAsync(HubTransaction tx, Found found, int day, int wh, string reason, Caller caller, long now)
    {
        var slots = MarketDay.Slots(day);
        int?[] values = new int?[slots.Count];
        values[(found.Slot - slots[0].StartUnixSeconds) / QuarterHour.Seconds] = wh;
        await new CurveDelivery(DeliveryKind.Decision, CurveSource.OperatorDecision, caller.Name, now).AddAsync(tx, [new DeliveredDay(found.PointId, found.Direction, day, values) { Reason = reason }]);
    }

    private Task<Found?> FindAsync(long findingId) => database.WriteAsync(tx =>
        tx.Prepare("SELECT s.point_id, s.direction, f.slot, f.rule, f.value FROM met_finding f JOIN met_series s ON s.series_id = f.series_id WHERE f.finding_id = $1").Bind(findingId)
            .FirstAsync(row => new Found(row.Int64(0), (EnergyDirection)row.Int64(1), row.Int64(2), (PlausibilityRule)row.Int64(3), row.Int64(4))));

    private sealed record Found(long PointId, EnergyDirection Direction, long Slot, PlausibilityRule Rule, long Value);
}

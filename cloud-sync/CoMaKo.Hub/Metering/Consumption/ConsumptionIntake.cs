using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Settlement.Curves;

namespace CoMaKo.Hub.Metering.Consumption;

/// <summary>Stores quarter hours that were delivered: all of them or none.</summary>
internal sealed class ConsumptionIntake(HubDatabase database, CalendarMonths months, TimeProvider clock)
{
    private static readonly TimeSpan LongestStatement = TimeSpan.FromSeconds(60);

    /// <summary>An empty table that knows today's points.</summary>
    public async Task<ConsumptionTable> OpenAsync(FormFindings findings)
    {
        await using var reader = await database.OpenReaderAsync();
        return new ConsumptionTable(await PointReader.AllAsync(reader), clock.UnixMicroseconds() / 1_000_000, findings);
    }

    /// <summary>Stores a table without findings.</summary>
    /// <param name="isDry">Counts only: the transaction is made and taken back.</param>
    public async Task<DeliveryOutcome> StoreAsync(ConsumptionTable table, CurveSource source, Caller caller, bool isDry)
    {
        var days = table.Days;
        foreach (int day in days.Select(each => each.Day).Distinct()) await months.EnsureCurveAsync(day);
        try
        {
            return await database.WriteAsync(async tx =>
            {
                await tx.AllowAsync(LongestStatement);
                long now = clock.UnixMicroseconds();
                var outcome = await new CurveDelivery(DeliveryKind.Consumption, source, caller.Name, now).AddAsync(tx, days);
                if (isDry) throw new TakenBackException(outcome);
                await Audit.AppendAsync(tx, now, caller.Name, "consumption.deliver", FormattableString.Invariant($"delivery:{outcome.DeliveryId}"),
                    FormattableString.Invariant($"{source}: {outcome.Created} created, {outcome.Unchanged} unchanged, {outcome.Corrected} corrected"));
                return outcome;
            });
        }
        catch (TakenBackException dry)
        {
            return dry.Outcome;
        }
    }

    /// <summary>Ends a transaction that was only to be tried.</summary>
    private sealed class TakenBackException(DeliveryOutcome outcome) : Exception
    {
        public DeliveryOutcome Outcome => outcome;
    }
}

using CoMaKo.Edge.Configuration;
using CoMaKo.Edge.Control.Dispatch;
using CoMaKo.Edge.Control.Rolling;
using CoMaKo.Edge.Diagnostics;
using CoMaKo.Edge.Storage;
using CoMaKo.Quantities;
using NodaTime;
using Kept = CoMaKo.Edge.Control.Dispatch;
using Shown = CoMaKo.Edge.Diagnostics;

namespace CoMaKo.Edge.Hosting;

/// <summary>What control has decided, earned and been told, out of its journal.</summary>
internal sealed class ControlHistory(SqliteControlStore store, ControlJournal journal, DailyReview review, Building building) : IControlHistory
{
    private const int ScoreDays = 14;

    private static readonly Duration LongestEvent = Duration.FromDays(2);
    private readonly PlanBattery battery = new(PlantSettings.Of(building));

    public long Revision => journal.Revision + review.Revision;

    public ValueTask<IReadOnlyList<SavingsDay>> SavingsAsync(LocalDate from, LocalDate to, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<SavingsDay>>([.. Days(from, to).Select(d => d.Shown).OfType<SavingsDay>()]);

    public ValueTask<IReadOnlyList<SkippedDay>> SkippedAsync(LocalDate from, LocalDate to, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<SkippedDay>>([.. Days(from, to).Select(d => d.Passed).OfType<SkippedDay>()]);

    public ValueTask<SavingsSummary> SummaryAsync(CancellationToken cancellationToken) => ValueTask.FromResult(
        review.Total is { } total
            ? new SavingsSummary(total.Since, total.Days, total.AgainstNoBatteryEur, total.AgainstRuleEur, review.Hindrance)
            : SavingsSummary.None with { Hindrance = review.Hindrance });

    public ValueTask<IReadOnlyList<ForecastScore>> ScoresAsync(CancellationToken cancellationToken) => ValueTask.FromResult(
        ScoreEntry.Shown([.. store.Newest(ControlJournal.Score, ScoreDays).Select(e => ControlJson.Read<ScoreEntry>(e.Body)).OfType<ScoreEntry>().DistinctBy(d => d.Day)]));

    public ValueTask<IReadOnlyList<Shown.DecisionRecord>> DecisionsAsync(long? before, int most, CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<Shown.DecisionRecord>>(
        [.. store.Newest(ControlJournal.Decision, most, before).Select(e => (e.Id, Record: ControlJson.Read<Kept.DecisionRecord>(e.Body))).Where(e => e.Record is not null).Select(e => Decision(e.Id, e.Record!))]);

    public ValueTask<IReadOnlyList<GridEvent>> EventsAsync(Instant from, Instant to, int most, CancellationToken cancellationToken)
    {
        var events = Entries(from - LongestEvent, to).GroupBy(e => e.Entry.Event).Select(Event).OfType<GridEvent>()
            .Where(e => e.Received < to && (e.Ended is null || e.Ended >= from)).OrderByDescending(e => e.Received).Take(most);
        return ValueTask.FromResult<IReadOnlyList<GridEvent>>([.. events]);
    }

    public ValueTask<string?> EventCsvAsync(long gridEvent, CancellationToken cancellationToken)
    {
        var begin = store.Newest(ControlJournal.GridEvent, 1, gridEvent + 1).FirstOrDefault(e => e.Id == gridEvent);
        if (begin is null || ControlJson.Read<GridEventEntry>(begin.Body) is not GridEventBegan began) return ValueTask.FromResult<string?>(null);
        return ValueTask.FromResult<string?>(GridEventCsv.Write(Entries(began.At, began.At + LongestEvent * 10).Select(e => e.Entry).Where(e => e.Event == began.Event)));
    }

    /// <summary>A day that was looked at twice, around a power cut, counts once.</summary>
    private IEnumerable<SavingsEntry> Days(LocalDate from, LocalDate to) =>
        store.Between(ControlJournal.Savings, building.Zone.AtStartOfDay(from).ToInstant(), building.Zone.AtStartOfDay(to).ToInstant())
            .Select(e => ControlJson.Read<SavingsEntry>(e.Body)).OfType<SavingsEntry>().GroupBy(d => d.Day).Select(g => g.Last()).OrderBy(d => d.Day);

    private IEnumerable<(long Id, GridEventEntry Entry)> Entries(Instant from, Instant to) => store.Between(ControlJournal.GridEvent, from, to)
        .Select(e => (e.Id, ControlJson.Read<GridEventEntry>(e.Body))).Where(e => e.Item2 is not null).Select(e => (e.Id, e.Item2!));

    private static GridEvent? Event(IEnumerable<(long Id, GridEventEntry Entry)> lines)
    {
        var all = lines.ToList();
        var (id, began) = all.Select(l => (l.Id, l.Entry as GridEventBegan)).FirstOrDefault(l => l.Item2 is not null);
        if (began is null) return null;
        var written = all.Select(l => l.Entry).OfType<GridEventWritten>().ToList();
        var after = all.Select(l => l.Entry).OfType<Kept.GridEventMinute>().FirstOrDefault();
        return new(
            id, began.Kind == Kept.GridEventKind.Dim ? Shown.GridEventKind.Dim : Shown.GridEventKind.FeedIn,
            began.Origin == Kept.GridEventOrigin.Failsafe ? Shown.GridEventOrigin.Failsafe : Shown.GridEventOrigin.Signal, began.Source, began.At,
            written.Count > 0 ? written.Min(w => w.At) : null, written.Where(w => w.IsAll).Select(w => (Instant?)w.At).LastOrDefault(),
            all.Select(l => l.Entry).OfType<GridEventEnded>().LastOrDefault()?.At, began.Limit, Sum(began.Before), after is null ? null : Sum(after.Powers));
    }

    /// <summary>Power of the devices, without connection and PV as a whole; absent if one of them is not known.</summary>
    private static Power? Sum(IEnumerable<DevicePower> powers)
    {
        Power sum = Power.Zero;
        foreach (var one in powers.Where(p => !p.Device.StartsWith("site.", StringComparison.Ordinal)))
        {
            if (one.Power is not { } power) return null;
            sum += power;
        }

        return sum;
    }

    private Shown.DecisionRecord Decision(long number, Kept.DecisionRecord kept) => new(
        number, kept.At, ControlSource.Mode(kept.Mode), kept.Cause, kept.Trigger.ToString().ToLowerInvariant(), kept.Inputs.Grid, kept.Wish?.Bounds,
        [.. kept.Limits.Select(l => new LimitRow(l.Name, ControlSource.Stand(l.Kind), l.Source.ToString(), l.Detail, null, l.Value, l.After, l.After))], kept.Allowed,
        [.. kept.Writes.Select(w => new Shown.DecisionWrite(new(w.Device), w.Ordered, w.ReadBack, w.Code is { } code ? new(code, code) : null))])
    {
        Reason = kept.Reason is { } reason ? PlanShown.Of(reason, battery) : null,
    };
}

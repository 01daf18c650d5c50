using CoMaKo.Edge.Diagnostics.Views;
using CoMaKo.Quantities;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace CoMaKo.Edge.Diagnostics.Control;

/// <summary>Takes the picture of control for a page. Plan and history are read again only when they changed, however many pages are open.</summary>
internal sealed class ControlDesk(ControlPorts ports, IGatewayInfo gateway, [FromKeyedServices(DiagnosticsModule.RealTime)] TimeProvider realTime) : IDisposable
{
    private const int SlotsShown = 36 * 4;
    private const int SavingsDays = 31;
    private const int EventsShown = 200;
    private static readonly Duration EventsSpan = Duration.FromDays(365);
    private static readonly Duration LastEventsSpan = Duration.FromDays(31);

    // Every decision is an entry, several a second at times; what is read here changes with an event or a day.
    private static readonly TimeSpan RecordsPace = TimeSpan.FromSeconds(10);
    private readonly SemaphoreSlim gate = new(1, 1);
    private (LocalDate Day, long Revision, IReadOnlyList<PlanSlot> Slots)? plan;
    private (LocalDate Day, long Revision, bool IsLong, long ReadAt, ControlRecords Records)? records;
    private (long Revision, IReadOnlyList<DecisionRecord> Newest)? decision;

    /// <returns>Absent if this building has nothing to control.</returns>
    public async ValueTask<ControlView?> LookAsync(ViewRequest request, Instant now, CancellationToken cancellationToken)
    {
        if (ports.Source?.Current is not { } state) return null;
        var day = now.InZone(gateway.Zone).Date;
        await gate.WaitAsync(cancellationToken);
        try
        {
            bool hasPlan = request.Page is PageKind.Overview or PageKind.Battery or PageKind.PlanTable;
            bool hasRecords = request.Page is PageKind.Battery or PageKind.Savings or PageKind.GridEvents;
            return new ControlView(state, now)
            {
                From = Start(day),
                Slots = hasPlan ? await PlanAsync(day, cancellationToken) : [],
                Records = hasRecords ? await RecordsAsync(request.Page == PageKind.GridEvents, day, now, cancellationToken) : ControlRecords.None,
                Decisions = await DecisionsAsync(request, day, cancellationToken),
                Test = ports.Commands?.Test ?? WriteTestState.None,
                HasCommands = ports.Commands is not null,
                Offer = request.Page == PageKind.WriteTest && WishOf(request, state) is { } wish && ports.Commands is { } commands
                    ? await commands.OfferAsync(wish, cancellationToken)
                    : null,
            };
        }
        finally
        {
            gate.Release();
        }
    }

    public void Dispose() => gate.Dispose();

    /// <summary>The test that a page asks for: one of the three that people know, on the first battery unless another is named.</summary>
    public static WriteTestWish? WishOf(ViewRequest request, ControlState state)
    {
        var battery = request.Query.TryGetValue("device", out string? device) ? state.Batteries.FirstOrDefault(row => row.Device.Value == device) : state.Batteries.Count > 0 ? state.Batteries[0] : null;
        return battery is null ? null : WriteTests.Wish(battery.Device, request.Query.GetValueOrDefault("test"), request.Query.GetValueOrDefault("watts"));
    }

    private QuarterHour Start(LocalDate day) => QuarterHour.Containing(gateway.Zone.AtStartOfDay(day).ToInstant());

    private async ValueTask<IReadOnlyList<PlanSlot>> PlanAsync(LocalDate day, CancellationToken cancellationToken)
    {
        if (ports.Plan is not { } source) return [];
        long revision = source.Revision;
        if (plan is not { } kept || (kept.Day, kept.Revision) != (day, revision))
        {
            var from = Start(day);
            plan = kept = (day, revision, await source.ReadAsync(from, QuarterHour.StartingAt(from.StartUnixSeconds + SlotsShown * QuarterHour.Seconds), cancellationToken));
        }

        return kept.Slots;
    }

    private async ValueTask<ControlRecords> RecordsAsync(bool isLong, LocalDate day, Instant now, CancellationToken cancellationToken)
    {
        if (ports.History is not { } history) return ControlRecords.None;
        long revision = history.Revision;
        bool isOld = records is not { } kept || kept.Day != day || kept.IsLong != isLong || (kept.Revision != revision && realTime.GetElapsedTime(kept.ReadAt) >= RecordsPace);
        if (isOld)
            records = (day, revision, isLong, realTime.GetTimestamp(), new ControlRecords(
                await history.SavingsAsync(day.PlusDays(1 - SavingsDays), day.PlusDays(1), cancellationToken),
                await history.ScoresAsync(cancellationToken),
                await history.EventsAsync(now - (isLong ? EventsSpan : LastEventsSpan), now, EventsShown, cancellationToken))
            {
                Skipped = await history.SkippedAsync(day.PlusDays(1 - SavingsDays), day.PlusDays(1), cancellationToken),
                Summary = await history.SummaryAsync(cancellationToken),
            });
        return records!.Value.Records;
    }

    private async ValueTask<IReadOnlyList<DecisionRecord>> NewestAsync(IControlHistory history, CancellationToken cancellationToken)
    {
        long revision = history.Revision;
        if (decision is not { } kept || kept.Revision != revision) decision = kept = (revision, await history.DecisionsAsync(null, 1, cancellationToken));
        return kept.Newest;
    }

    /// <summary>Strangers and viewers see today's; who tests the plant sees all that is kept (security §4).</summary>
    private async ValueTask<IReadOnlyList<DecisionRecord>> DecisionsAsync(ViewRequest request, LocalDate day, CancellationToken cancellationToken)
    {
        if (ports.History is not { } history || request.Page is not (PageKind.Battery or PageKind.Decisions)) return [];
        bool isList = request.Page == PageKind.Decisions;
        var found = isList ? await history.DecisionsAsync(request.Before, ControlView.DecisionsPerPage, cancellationToken) : await NewestAsync(history, cancellationToken);
        if (request.Visitor.Is(Role.Installer)) return found;
        var midnight = Start(day).Start;
        return [.. found.Where(record => record.At >= midnight)];
    }
}

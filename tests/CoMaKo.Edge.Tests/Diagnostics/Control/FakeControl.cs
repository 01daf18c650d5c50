using System.Collections.Concurrent;
using CoMaKo.Edge.Diagnostics;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Tests.Diagnostics;

/// <summary>Control that a test can put into any state; implements every port that pages have for it. The write test reverts by the clock of real time.</summary>
internal sealed class FakeControl : IControlSource, IPlanSource, IControlHistory, IControlCommands
{
    private readonly Lock gate = new();
    private long lastHeartbeat;

    public ControlState? Current { get; set; }

    public List<PlanSlot> Slots { get; } = [];

    public List<SavingsDay> Savings { get; } = [];

    public List<SkippedDay> Skipped { get; } = [];

    public SavingsSummary Summary { get; set; } = SavingsSummary.None;

    public List<ForecastScore> Scores { get; } = [];

    public List<DecisionRecord> Decisions { get; } = [];

    public List<GridEvent> Events { get; } = [];

    public ConcurrentQueue<string> Calls { get; } = new();

    public WriteTestState Test { get; set; } = WriteTestState.None;

    /// <summary>What the next command is answered with; absent: accepted.</summary>
    public CodedText? Refuses { get; set; }

    public bool IsPossible { get; set; } = true;

    /// <summary>Time between the last heartbeat of a running test and its revert.</summary>
    public TimeSpan? RevertedAfter { get; private set; }

    public int PlanReads { get; private set; }

    public int EventReads { get; private set; }

    public long Revision { get; set; }

    public ValueTask<IReadOnlyList<PlanSlot>> ReadAsync(QuarterHour from, QuarterHour to, CancellationToken cancellationToken)
    {
        PlanReads++;
        return ValueTask.FromResult<IReadOnlyList<PlanSlot>>([.. Slots.Where(slot => slot.Slot >= from && slot.Slot < to)]);
    }

    public ValueTask<IReadOnlyList<SavingsDay>> SavingsAsync(LocalDate from, LocalDate to, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<SavingsDay>>([.. Savings.Where(day => day.Day >= from && day.Day < to)]);

    public ValueTask<IReadOnlyList<SkippedDay>> SkippedAsync(LocalDate from, LocalDate to, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<SkippedDay>>([.. Skipped.Where(day => day.Day >= from && day.Day < to)]);

    public ValueTask<SavingsSummary> SummaryAsync(CancellationToken cancellationToken) => ValueTask.FromResult(Summary);

    public ValueTask<IReadOnlyList<ForecastScore>> ScoresAsync(CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<ForecastScore>>(Scores);

    public ValueTask<IReadOnlyList<DecisionRecord>> DecisionsAsync(long? before, int most, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<DecisionRecord>>([.. Decisions.Where(record => before is null || record.Number < before).OrderByDescending(record => record.Number).Take(most)]);

    public ValueTask<IReadOnlyList<GridEvent>> EventsAsync(Instant from, Instant to, int most, CancellationToken cancellationToken)
    {
        EventReads++;
        return ValueTask.FromResult<IReadOnlyList<GridEvent>>([.. Events.Where(call => call.Received < to && (call.Ended ?? to) > from).OrderByDescending(call => call.Received).Take(most)]);
    }

    public ValueTask<string?> EventCsvAsync(long gridEvent, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Events.Exists(call => call.Id == gridEvent) ? FormattableString.Invariant($"event,time_utc,device,power_W\r\n{gridEvent},2026-06-03T16:42:00Z,battery,-4200\r\n") : null);

    public Task<CommandAnswer> LockAsync(string by, string? note, Duration? length, CancellationToken cancellationToken) => AnswerAsync($"lock {by} {length?.TotalHours}", state => state with { Lock = new LockRow(state.At, by, note, length is { } l ? state.At + l : null), Mode = ControlMode.Released, Cause = "lock" });

    public Task<CommandAnswer> UnlockAsync(string by, CancellationToken cancellationToken) => AnswerAsync($"unlock {by}", state => state with { Lock = null });

    public ValueTask<WriteTestOffer> OfferAsync(WriteTestWish wish, CancellationToken cancellationToken) => ValueTask.FromResult(new WriteTestOffer(
        wish,
        [
            new("battery-fresh", true, "0.8 s"), new("grid-fresh", true, "0.6 s"), new("soc-window", IsPossible, "64 %"),
            new("no-limit", true, "-4200 W … 5000 W"), new("on-grid", true, null), new("no-fault", true, null), new("no-other-test", true, null),
        ],
        [new("40151 StorCtl_Mod", "0", "2"), new("40156 InWRte", "10000", wish.Power > Power.Zero ? "-1000" : "1000"), new("40159 InOutWRte_RvrtTms", "0", "30")]));

    public Task<CommandAnswer> StartTestAsync(WriteTestWish wish, string by, CancellationToken cancellationToken)
    {
        Calls.Enqueue($"start {wish.Device} {wish.Power} {by}");
        if (Refuses is { } fault) return Task.FromResult(new CommandAnswer(fault));
        lock (gate)
        {
            Run(wish, by, 17);
            lastHeartbeat = TimeProvider.System.GetTimestamp();
        }

        _ = WatchAsync();
        return Task.FromResult(new CommandAnswer(null, 17));
    }

    public void Heartbeat(long test)
    {
        lock (gate)
            if (Test.Id == test) lastHeartbeat = TimeProvider.System.GetTimestamp();
    }

    public Task StopTestAsync(long test, CancellationToken cancellationToken)
    {
        Calls.Enqueue($"stop {test}");
        lock (gate)
            if (Test is { Phase: WriteTestPhase.Running } && Test.Id == test) Test = Test with { Phase = WriteTestPhase.Stopped, EndedAt = Current!.At };
        return Task.CompletedTask;
    }

    /// <summary>A test that runs, as pages see it.</summary>
    public void Run(WriteTestWish wish, string by, long id)
    {
        var now = Current!.At;
        Test = new WriteTestState(WriteTestPhase.Running, id, wish, by)
        {
            StartedAt = now - Duration.FromSeconds(8), EndsAt = now + Duration.FromSeconds(22),
            Steps =
            [
                new("write", StepState.Passed, null, Duration.FromMilliseconds(400)), new("response", StepState.Passed, null, Duration.FromMilliseconds(1800)),
                new("direction", StepState.Running, null, null), new("revert", StepState.NotReached, null, null),
            ],
            Trace = [.. Enumerable.Range(0, 80).Select(i => new PowerSample(now - Duration.FromSeconds(8) + Duration.FromMilliseconds(100 * i), Power.FromWatts(i < 20 ? 4 : wish.Power.Watts * (1 - (decimal)Math.Exp(-(i - 20) / 8.0)) + i % 7 - 3)))],
        };
    }

    private async Task WatchAsync()
    {
        while (true)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            lock (gate)
            {
                if (Test.Phase != WriteTestPhase.Running) return;
                var silent = TimeProvider.System.GetElapsedTime(lastHeartbeat);
                if (silent < TimeSpan.FromSeconds(3)) continue;
                RevertedAfter = silent;
                Test = Test with { Phase = WriteTestPhase.Stopped };
                return;
            }
        }
    }

    private Task<CommandAnswer> AnswerAsync(string call, Func<ControlState, ControlState> then)
    {
        Calls.Enqueue(call);
        if (Refuses is { } fault) return Task.FromResult(new CommandAnswer(fault));
        Current = then(Current!);
        return Task.FromResult(CommandAnswer.Done);
    }
}

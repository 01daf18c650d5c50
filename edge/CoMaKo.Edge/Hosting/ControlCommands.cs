using System.Globalization;
using CoMaKo.Edge.Control.Commissioning;
using CoMaKo.Edge.Diagnostics;
using CoMaKo.Edge.Storage;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Hosting;

/// <summary>What a technician may command from the page: the lock, and write tests.</summary>
internal sealed class ControlCommands(ControlLoop loop, LockKeeper locks, TimeProvider clock) : IControlCommands
{
    /// <summary>How long the page waits for registers.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly TestDesk tests = loop.Tests;

    private static readonly CodedText NotNow = new("CME-2032", "The test cannot start now: a precondition is not met, or another test runs.");

    public Task<CommandAnswer> LockAsync(string by, string? note, Duration? length, CancellationToken cancellationToken) => KeptAsync(() => locks.Lock(by, note, length));

    public Task<CommandAnswer> UnlockAsync(string by, CancellationToken cancellationToken) => KeptAsync(locks.Unlock);

    public WriteTestState Test => tests.Latest is { } latest ? State(latest) : WriteTestState.None;

    public async ValueTask<WriteTestOffer> OfferAsync(WriteTestWish wish, CancellationToken cancellationToken)
    {
        var plan = Plan(wish);
        var preconditions = tests.Preconditions(wish.Device, plan).Select(p => new Precondition(p.Code, p.IsMet, p.Detail)).ToList();
        return new(wish, preconditions, await WritesAsync(wish, plan, cancellationToken));
    }

    public Task<CommandAnswer> StartTestAsync(WriteTestWish wish, string by, CancellationToken cancellationToken) =>
        Task.FromResult(tests.Start(wish.Device, Plan(wish), by) is { } number ? new CommandAnswer(Fault: null, number) : new CommandAnswer(NotNow));

    public void Heartbeat(long test) => tests.Heartbeat(test);

    public async Task StopTestAsync(long test, CancellationToken cancellationToken)
    {
        tests.Stop(test);
        for (int i = 0; i < 100 && tests.Latest is { EndedAt: null } latest && latest.Number == test; i++)
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
    }

    /// <summary>Every register that the test's powers would write. A driver or device that does not tell in time costs the page its detail, not its answer.</summary>
    private async Task<IReadOnlyList<RegisterWrite>> WritesAsync(WriteTestWish wish, WriteTestPlan plan, CancellationToken cancellationToken)
    {
        var writes = new List<RegisterWrite>();
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(Patience);
            foreach (var power in plan.Steps.Select(step => step.Power).Where(power => power != Power.Zero).Distinct())
            {
                foreach (var one in await loop.Guard.PreviewTestAsync(wish.Device, power, patience.Token))
                    writes.Add(new(one.Register, one.Now?.ToString("0.###", CultureInfo.InvariantCulture), one.Then.ToString("0.###", CultureInfo.InvariantCulture)));
            }
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            writes.Clear(); // the preconditions say what is wrong with the device
        }

        return writes.Count > 0 ? writes : [new($"{wish.Device}", loop.Guard.Held(wish.Device)?.ToString(), $"{wish.Power}")];
    }

    /// <summary>Where nothing at all is allowed the plan is the usual one: its preconditions then say why it cannot start.</summary>
    private WriteTestPlan Plan(WriteTestWish wish) =>
        (wish.Learns ? tests.LearningPlan(wish.Device, wish.Power) : null) ?? WriteTestPlan.Direction(wish.Power, wish.Length);

    /// <summary>What was wished when this test was started.</summary>
    private static WriteTestWish Wish(WriteTestRun run)
    {
        var (range, steps) = (run.Plan.Range, run.Plan.Steps);
        var power = range.Max > -range.Min ? range.Max : range.Min;
        bool learns = steps.Length > 3;
        return new(run.Device, learns && power < Power.Zero ? -power : power, learns ? run.Plan.Length : steps[run.Plan.Judged].Length, learns);
    }

    private WriteTestState State(RunningTest test)
    {
        var run = test.Run;
        var result = run.Result;
        var monotonic = Duration.FromTimeSpan(clock.GetElapsedTime(0));
        return new(Phase(run), test.Number, Wish(run), test.By)
        {
            StartedAt = test.StartedAt,
            EndedAt = test.EndedAt,
            EndsAt = run.Phase == WriteTestRunPhase.Running ? Instant.FromDateTimeOffset(clock.GetUtcNow()) + (run.EndsAt - monotonic) : null,
            Steps = [.. run.Stages.Select(s => new WriteTestStep(s.Code, Step(s, run), s.Took is { } took ? $"{took.TotalSeconds:0.0} s" : null, s.Took))],
            Trace = [.. test.Samples.Select(s => new PowerSample(s.At, s.Power))],
            Result = result?.Outcome == WriteTestOutcome.Passed ? Verifications.Shown(tests.Verification(run.Device)) : null,
            Fault = result is { Code: { } code, Text: { } text } ? new(code, text) : null,
        };
    }

    private static WriteTestPhase Phase(WriteTestRun run) => run.Phase switch
    {
        WriteTestRunPhase.Running => WriteTestPhase.Running,
        WriteTestRunPhase.Reverting => WriteTestPhase.Reverting,
        _ => run.Result?.Outcome switch { WriteTestOutcome.Passed => WriteTestPhase.Passed, WriteTestOutcome.Failed => WriteTestPhase.Failed, _ => WriteTestPhase.Stopped },
    };

    /// <summary>The first stage that is not passed is the one that runs, or at which the test failed.</summary>
    private static StepState Step(TestStage stage, WriteTestRun run)
    {
        if (stage.IsPassed) return StepState.Passed;
        if (run.Stages.First(s => !s.IsPassed).Code != stage.Code) return StepState.NotReached;
        return run.Phase == WriteTestRunPhase.Running ? StepState.Running : run.Result?.Outcome == WriteTestOutcome.Failed ? StepState.Failed : StepState.NotReached;
    }

    private static Task<CommandAnswer> KeptAsync(Action change)
    {
        try
        {
            change();
            return Task.FromResult(CommandAnswer.Done);
        }
        catch (StoreException e)
        {
            return Task.FromResult(new CommandAnswer(new CodedText(e.Code, e.Message)));
        }
    }
}

/// <summary>The evidence of a write test as pages show it.</summary>
internal static class Verifications
{
    public static Verification? Shown(ControlVerification? proof) => proof is null
        ? null
        : new(proof.At, proof.By, Duration.FromSeconds(proof.Evidence.ObeyedInSeconds ?? 0), (decimal)Math.Round(proof.Evidence.DeviationPercent, 1));
}

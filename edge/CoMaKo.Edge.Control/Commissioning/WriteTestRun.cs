using System.Collections.Immutable;
using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Commissioning;

/// <summary>
/// A write test as it runs: commands a battery by plan, watches what battery and meter do, and ends by itself when anything is not as it should be.
/// </summary>
/// <remarks>
/// Pure: driven by the control cycle through <see cref="Tick"/>. <see cref="Heartbeat"/> and <see cref="Stop"/> may come from any thread, the rest belongs to the cycle.
/// A command never outlives the last sign of life of the page by more than <see cref="LongestWithoutPage"/>: its validity is cut to what is left of that,
/// so the device reverts even if this program dies together with the browser.
/// While a test runs, the dispatcher lets all other batteries stand still: one that balances would hide the test from the meter.
/// </remarks>
public sealed class WriteTestRun
{
    /// <summary>After this time without a sign of life the battery is in its own mode again, whatever else fails.</summary>
    public static readonly Duration LongestWithoutPage = Duration.FromSeconds(5);

    /// <summary>After this time without a sign of life the test reverts actively.</summary>
    private static readonly Duration PageGoneAfter = Duration.FromSeconds(3);

    /// <summary>A step that is not written within this time is not written at all.</summary>
    private static readonly Duration WriteWithin = Duration.FromSeconds(5);

    private static readonly Duration RevertWithin = Duration.FromSeconds(10);

    private readonly Lock gate = new();
    private readonly TestRecording recording = new();
    private readonly Duration started;
    private Duration aliveAt;
    private bool isStopped;
    private int step;
    private Duration stepAsked;
    private Duration? stepWritten;
    private Duration? mustTickBy;
    private Duration? revertSince;
    private WriteTestResult? result;

    /// <param name="start">Monotonic; counts as the page's first sign of life.</param>
    public WriteTestRun(DeviceId device, WriteTestPlan plan, Duration start)
    {
        ArgumentNullException.ThrowIfNull(plan);
        (Device, Plan, started, aliveAt, stepAsked) = (device, plan, start, start, start);
        Phase = WriteTestRunPhase.Running;
    }

    public DeviceId Device { get; }

    public WriteTestPlan Plan { get; }

    public WriteTestRunPhase Phase { get; private set; }

    /// <summary>When all steps are over if nothing comes between, monotonic.</summary>
    public Duration EndsAt => (stepWritten ?? stepAsked) + Plan.Steps.Skip(step).Aggregate(Duration.Zero, (sum, s) => sum + s.Length);

    /// <summary>Present when the test is over.</summary>
    public WriteTestResult? Result => Phase == WriteTestRunPhase.Over ? result : null;

    /// <summary>What has been passed so far, in order: <c>write</c>, <c>response</c>, <c>direction</c>, <c>learn</c>, <c>revert</c>.</summary>
    public ImmutableArray<TestStage> Stages { get; private set; } = [new("write"), new("response"), new("direction"), new("learn"), new("revert")];

    /// <summary>The page is still there. After the test has begun to revert it changes nothing.</summary>
    public void Heartbeat(Duration at)
    {
        lock (gate) aliveAt = Duration.Max(aliveAt, at);
    }

    /// <summary>Somebody pressed Stop: reverts with the next cycle.</summary>
    public void Stop()
    {
        lock (gate) isStopped = true;
    }

    /// <summary>One cycle: what the battery shall do now.</summary>
    /// <param name="allowed">What the limits leave to this battery; never left.</param>
    public WriteTestOrder Tick(ControlImage now, PowerRange allowed)
    {
        ArgumentNullException.ThrowIfNull(now);
        var battery = now.Batteries.FirstOrDefault(b => b.Id == Device);
        if (battery is not null) recording.Take(now, battery);
        if (Phase == WriteTestRunPhase.Running) Watch(now.Monotonic);
        if (Phase == WriteTestRunPhase.Running && WhyNot(now, battery, allowed) is { } reason) End(reason, now.Monotonic);
        if (Phase == WriteTestRunPhase.Running) Advance(now.Monotonic);
        if (Phase == WriteTestRunPhase.Running && !allowed.Contains(Plan.Steps[step].Power)) End(Forbidden, now.Monotonic);
        return Phase == WriteTestRunPhase.Running ? Command(now.Monotonic) : Reverted(now.Monotonic);
    }

    /// <summary>The device took a command (or, without a range, its release).</summary>
    public void Confirm(PowerRange? held, Duration at)
    {
        if (held is not { } range)
        {
            if (Phase == WriteTestRunPhase.Reverting) Over(at);
            return;
        }

        if (Phase != WriteTestRunPhase.Running || stepWritten is not null || !range.Contains(Plan.Steps[step].Power)) return;
        stepWritten = at;
        recording.Begin(Plan.Steps[step].Power, at.TotalSeconds);
        if (Plan.Steps[step].Power != Power.Zero) Pass("write", at - stepAsked);
    }

    private static WriteTestResult Forbidden =>
        Stopped(WriteTestCodes.LimitForbids, "A limit does not allow the test's power any more; see which one on the battery's page.");

    private static WriteTestResult Stopped(string code, string text) => new(WriteTestOutcome.Stopped, code, text, null);

    private WriteTestResult? WhyNot(ControlImage now, BatteryImage? battery, PowerRange allowed)
    {
        bool stop;
        Duration alive;
        lock (gate) (stop, alive) = (isStopped, aliveAt);
        if (stop) return Stopped(WriteTestCodes.StoppedByHand, "Stopped by hand.");
        if (now.Monotonic - alive > PageGoneAfter) return Stopped(WriteTestCodes.PageGone, "The page that started the test is gone.");
        if (battery is not { IsFaulted: false } || battery.IsOnGrid == false) return Stopped(WriteTestCodes.DeviceLeft, "The battery reports a fault, backup mode, or nothing at all.");
        if (!WriteTestPreconditions.IsFresh(now.Grid, now) || !WriteTestPreconditions.IsFresh(battery.Power, now))
            return Stopped(WriteTestCodes.InputLost, "Meter or battery are not read any more.");
        if (now.Monotonic > mustTickBy) return Stopped(WriteTestCodes.InputLost, "The control cycle paused; the battery went back by itself.");
        if (!allowed.Contains(Plan.Steps[step].Power)) return Forbidden;
        return stepWritten is null && now.Monotonic - stepAsked > WriteWithin
            ? new(WriteTestOutcome.Failed, WriteTestCodes.NotWritten, "The battery did not take the command; see its device page for the reason.", null)
            : null;
    }

    private void Advance(Duration now)
    {
        if (stepWritten is not { } written || now - written < Plan.Steps[step].Length) return;
        bool isLast = step + 1 >= Plan.Steps.Length;
        if (isLast || (step == Plan.Judged && !TestJudgement.Obeys(recording)))
        {
            End(TestJudgement.Of(recording, Device), now);
            return;
        }

        if (step == Plan.Judged) Pass("direction", null);
        (step, stepAsked, stepWritten) = (step + 1, now, null);
    }

    private WriteTestOrder Command(Duration now)
    {
        Duration alive;
        lock (gate) alive = aliveAt;

        // Whole seconds, downwards: that is what revert timers count in.
        var validFor = Duration.FromSeconds((long)(alive + LongestWithoutPage - now).TotalSeconds);
        mustTickBy = now + validFor;
        return new(Plan.Steps[step].Power, validFor);
    }

    private WriteTestOrder Reverted(Duration now)
    {
        if (Phase == WriteTestRunPhase.Reverting && now - revertSince >= RevertWithin) Over(now);
        return WriteTestOrder.Release;
    }

    private void Watch(Duration now)
    {
        if (Stages[1].IsPassed || recording.ObeyedIn() is not { } seconds) return;
        Pass("response", Duration.FromSeconds(seconds));
    }

    private void End(WriteTestResult how, Duration now)
    {
        (Phase, revertSince, result) = (WriteTestRunPhase.Reverting, now, how);
        if (how.Outcome == WriteTestOutcome.Passed) Pass("direction", null);
        if (how.Evidence?.Response is not null) Pass("learn", null);
    }

    private void Over(Duration at)
    {
        Phase = WriteTestRunPhase.Over;
        Pass("revert", at - revertSince!.Value);
    }

    private void Pass(string code, Duration? took)
    {
        int index = Stages.ToList().FindIndex(s => s.Code == code);
        if (!Stages[index].IsPassed) Stages = Stages.SetItem(index, new(code, true, took));
    }
}

public enum WriteTestRunPhase
{
    Running,

    /// <summary>The battery is being given back to its own mode.</summary>
    Reverting,
    Over,
}

/// <summary>What the battery shall do in this cycle.</summary>
/// <param name="Power">+ discharge; absent: its own mode.</param>
/// <param name="ValidFor">The device's revert timer, in whole seconds; at most 5 s.</param>
public readonly record struct WriteTestOrder(Power? Power, Duration ValidFor)
{
    public static readonly WriteTestOrder Release = new(null, Duration.Zero);
}

/// <param name="Took">How long it took; absent if it has no length.</param>
public sealed record TestStage(string Code, bool IsPassed = false, Duration? Took = null);

using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Diagnostics;

/// <summary>What a technician may command. The page has checked who asks; the host checks everything else and goes through the write guard.</summary>
public interface IControlCommands
{
    /// <summary>Stops control until it is unlocked, or until the lock ends by itself: batteries go back to their own mode; grid-operator limits stay.</summary>
    /// <param name="by">Account, for the records.</param>
    /// <param name="length">Absent: until unlocked by hand.</param>
    Task<CommandAnswer> LockAsync(string by, string? note, Duration? length, CancellationToken cancellationToken);

    Task<CommandAnswer> UnlockAsync(string by, CancellationToken cancellationToken);

    /// <summary>State of the write test; a new object whenever anything changed. Safe from any thread.</summary>
    WriteTestState Test { get; }

    /// <summary>What a test on this battery would need and write, checked now.</summary>
    ValueTask<WriteTestOffer> OfferAsync(WriteTestWish wish, CancellationToken cancellationToken);

    /// <summary>Starts the test. It reverts by itself after its time, within 5 s of the last <see cref="Heartbeat"/>, and on any limit.</summary>
    /// <returns>Accepted with the test's id, or why not.</returns>
    Task<CommandAnswer> StartTestAsync(WriteTestWish wish, string by, CancellationToken cancellationToken);

    /// <summary>The page that started the test is still there. A heartbeat of another test does nothing.</summary>
    void Heartbeat(long test);

    /// <summary>Ends the test and reverts now; done when the revert is written. Without effect if it is over.</summary>
    Task StopTestAsync(long test, CancellationToken cancellationToken);
}

/// <param name="Fault">Absent if accepted.</param>
/// <param name="Id">Of what was started; absent if nothing was.</param>
public sealed record CommandAnswer(CodedText? Fault, long? Id = null)
{
    public static readonly CommandAnswer Done = new(Fault: null);

    public bool IsAccepted => Fault is null;
}

/// <param name="Power">+ discharge, − charge; the test's own bounds apply.</param>
/// <param name="Length">How long it holds the power; of the whole test if it <paramref name="Learns"/>.</param>
/// <param name="Learns">Not one power but six changes, in both directions where both are allowed, so that the response can be learned too (local-control §2.2).</param>
public sealed record WriteTestWish(DeviceId Device, Power Power, Duration Length, bool Learns = false);

/// <summary>What would happen.</summary>
/// <param name="Preconditions">All of them, met or not.</param>
/// <param name="Writes">Every register that would be written, in order.</param>
public sealed record WriteTestOffer(WriteTestWish Wish, IReadOnlyList<Precondition> Preconditions, IReadOnlyList<RegisterWrite> Writes)
{
    public bool IsPossible => Preconditions.All(precondition => precondition.IsMet);
}

/// <param name="Code">Stable, e.g. <c>soc-window</c>, <c>grid-fresh</c>, <c>no-limit</c>, <c>no-alarm</c>. Words: <c>precondition.CODE</c>.</param>
/// <param name="Detail">The value that was looked at, e.g. <c>64 %</c>; absent if there is none.</param>
public sealed record Precondition(string Code, bool IsMet, string? Detail);

/// <param name="Register">E.g. <c>40151 StorCtl_Mod</c>.</param>
/// <param name="Old">As it reads now; absent if it cannot be read.</param>
/// <param name="New">As it would be written.</param>
public sealed record RegisterWrite(string Register, string? Old, string New);

/// <summary>The write test that runs, or ran last.</summary>
/// <param name="Id">Absent if none ever ran.</param>
public sealed record WriteTestState(WriteTestPhase Phase, long? Id, WriteTestWish? Wish, string? By)
{
    public static readonly WriteTestState None = new(WriteTestPhase.Idle, null, null, null);

    /// <summary>When it ends by itself; present while it runs.</summary>
    public Instant? EndsAt { get; init; }

    public Instant? StartedAt { get; init; }

    public Instant? EndedAt { get; init; }

    /// <summary>Steps in their order, with those not reached.</summary>
    public IReadOnlyList<WriteTestStep> Steps { get; init; } = [];

    /// <summary>Battery power over the test, for the picture; + discharge.</summary>
    public IReadOnlyList<PowerSample> Trace { get; init; } = [];

    /// <summary>Present when it has passed.</summary>
    public Verification? Result { get; init; }

    /// <summary>Why it did not pass; absent while it runs or if it has passed.</summary>
    public CodedText? Fault { get; init; }
}

public enum WriteTestPhase
{
    /// <summary>None runs.</summary>
    Idle,
    Running,

    /// <summary>The old state is being written back.</summary>
    Reverting,
    Passed,
    Failed,

    /// <summary>Ended by hand or because the page was gone; says nothing about the battery.</summary>
    Stopped,
}

/// <param name="Code">Stable, e.g. <c>write</c>, <c>read-back</c>, <c>response</c>, <c>direction</c>, <c>revert</c>. Words: <c>step.CODE</c>.</param>
/// <param name="Detail">What was seen, e.g. <c>1.8 s</c>.</param>
public sealed record WriteTestStep(string Code, StepState State, string? Detail, Duration? Took);

public enum StepState
{
    NotReached,
    Running,
    Passed,
    Failed,
}

public readonly record struct PowerSample(Instant At, Power Power);

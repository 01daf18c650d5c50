using NodaTime;

namespace CoMaKo.Hub.Work;

/// <summary>How much a thing presses; the order of the work list.</summary>
public enum WorkRank
{
    /// <summary>Something is broken or a deadline has passed.</summary>
    Fault,

    /// <summary>Becomes a fault if nobody looks at it.</summary>
    Attention,

    /// <summary>Waits for a person's decision, at leisure.</summary>
    Decision,
}

/// <summary>One thing that somebody at the cooperative should look at; it is gone when its cause is.</summary>
/// <param name="Kind">What it is, e.g. <c>gateway.silent</c>; texts are named after it: <c>work.gateway.silent.one</c>, <c>.other</c> and <c>.next</c>.</param>
/// <param name="Subject">Which one: the thing's own id; of a part its whole's id before it, with a slash (<c>BK123456/2026-10/ZP001</c>).</param>
/// <param name="Since">When the cause began.</param>
/// <param name="Address">The page where it is dealt with, e.g. <c>/pages/gateways/gw-0417</c>.</param>
/// <param name="Count">How many of it, e.g. open quarter hours.</param>
public sealed record WorkItem(string Kind, string Subject, WorkRank Rank, Instant Since, string Address, long Count = 1)
{
    /// <summary>The same cause has the same name as long as it lasts.</summary>
    public string Cause => $"{Kind}:{Subject}";

    /// <summary>Until when it should be done; absent if nothing hangs on it.</summary>
    public Instant? Due { get; init; }
}

/// <summary>A context's share of the work list, and of what alerts are sent for.</summary>
internal interface IWorkSource
{
    /// <summary>Every kind that it may tell of; each has its texts.</summary>
    IReadOnlyList<string> Kinds { get; }

    /// <summary>All that is to be done now; empty if nothing is.</summary>
    ValueTask<IReadOnlyList<WorkItem>> ReadAsync(Instant now, CancellationToken stop);
}

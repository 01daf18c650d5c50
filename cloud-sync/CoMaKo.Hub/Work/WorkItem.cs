using NodaTime;

namespace CoMaKo.Hub.Work;

/// <summary>How much a thing presses; the order of the work list.</summary>
internal enum WorkRank
{
    /// <summary>Something is broken or a deadline has passed.</summary>
    Fault,

    /// <summary>Becomes a fault if nobody looks at it.</summary>
    Attention,

    /// <summary>Waits for a person's decision, at leisure.</summary>
    Decision,
}

/// <summary>One thing that somebody at the cooperative should look at; it is gone when its cause is.</summary>
/// <param name="Kind">What it is, e.g. <c>gateway.silent</c>; texts are named after it.</param>
/// <param name="Subject">Which one: the thing's own id.</param>
/// <param name="Since">When the cause began.</param>
/// <param name="Address">The page where it is dealt with, e.g. <c>/gateways/gw-0417</c>.</param>
/// <param name="Count">How many of it, e.g. open quarter hours.</param>
internal sealed record WorkItem(string Kind, string Subject, WorkRank Rank, Instant Since, string Address, long Count = 1)
{
    /// <summary>The same cause has the same name as long as it lasts.</summary>
    public string Cause => $"{Kind}:{Subject}";
}

/// <summary>A context's share of the work list, and of what alerts are sent for.</summary>
internal interface IWorkSource
{
    /// <summary>All that is to be done now; empty if nothing is.</summary>
    ValueTask<IReadOnlyList<WorkItem>> ReadAsync(Instant now, CancellationToken stop);
}

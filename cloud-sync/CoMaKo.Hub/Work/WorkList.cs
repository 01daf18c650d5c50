using NodaTime;

namespace CoMaKo.Hub.Work;

/// <summary>Everything that somebody should look at, from all contexts.</summary>
internal sealed class WorkList(IEnumerable<IWorkSource> sources, TimeProvider clock)
{
    private static readonly Duration Fresh = Duration.FromSeconds(15);

    private volatile Glance? last;

    /// <summary>As it is now: faults first, of one rank what is due first, then what lasts longest.</summary>
    public async ValueTask<IReadOnlyList<WorkItem>> ReadAsync(CancellationToken stop = default)
    {
        var now = Instant.FromDateTimeOffset(clock.GetUtcNow());
        var items = new List<WorkItem>();
        foreach (var source in sources) items.AddRange(await source.ReadAsync(now, stop));
        items = [.. items.OrderBy(item => item.Rank).ThenBy(item => item.Due ?? Instant.MaxValue).ThenBy(item => item.Since).ThenBy(item => item.Cause, StringComparer.Ordinal)];
        last = new Glance(now, items);
        return items;
    }

    /// <summary>At most some seconds old: for the counts that every page shows.</summary>
    public async ValueTask<IReadOnlyList<WorkItem>> GlanceAsync(CancellationToken stop = default) =>
        last is { } glance && Instant.FromDateTimeOffset(clock.GetUtcNow()) - glance.At is var age && age >= Duration.Zero && age < Fresh ? glance.Items : await ReadAsync(stop);

    /// <summary>Something was dealt with: the next glance looks anew.</summary>
    public void Forget() => last = null;

    private sealed record Glance(Instant At, IReadOnlyList<WorkItem> Items);
}

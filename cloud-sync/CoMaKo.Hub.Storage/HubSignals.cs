using System.Collections.Concurrent;

namespace CoMaKo.Hub.Storage;

/// <summary>
/// Wakes those who wait for something in the database to change, in all replicas. It only wakes: a signal may be lost with a connection or come for
/// nothing, so whoever waits looks by itself now and then too.
/// </summary>
internal sealed class HubSignals
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> waiting = new(StringComparer.Ordinal);

    /// <summary>Completes with the next signal of a topic. Ask before you look, so that none is missed in between.</summary>
    public Task Next(string topic) => waiting.GetOrAdd(topic, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void Raise(string topic)
    {
        if (waiting.TryRemove(topic, out var waiters)) waiters.TrySetResult();
    }

    /// <summary>Something may have been missed.</summary>
    public void RaiseAll()
    {
        foreach (string topic in waiting.Keys) Raise(topic);
    }
}

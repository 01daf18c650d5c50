using CoMaKo.Edge.Control;
using NodaTime;

namespace CoMaKo.Edge.Hosting;

/// <summary>The technician's lock: holds over a restart, and ends by itself if it was given a length.</summary>
internal sealed class LockKeeper(ControlJournal journal, TimeProvider clock)
{
    private const string Key = "lock";
    private volatile KeptLock? current = journal.Recall<KeptLock>(Key) is { IsOff: false } kept ? kept : null;

    /// <summary>The lock in force; absent if none is.</summary>
    public KeptLock? Current => current is { } kept && !(kept.Until <= Now) ? kept : null;

    /// <summary>As control sees it.</summary>
    public TechnicianLock? Order => Current is { } kept ? new(kept.By, kept.Since, null) : null;

    /// <summary>Takes effect only when it is on the disk: a lock that a restart forgets is a trap.</summary>
    /// <exception cref="Storage.StoreException">It could not be kept; nothing was changed.</exception>
    public void Lock(string by, string? note, Duration? length)
    {
        var next = new KeptLock(by, Now, note, length is { } span ? Now + span : null, IsOff: false);
        journal.KeepNow(Key, next);
        current = next;
    }

    /// <exception cref="Storage.StoreException">It could not be kept; the lock holds.</exception>
    public void Unlock()
    {
        if (current is not { } last) return;
        journal.KeepNow(Key, last with { IsOff = true });
        current = null;
    }

    private Instant Now => Instant.FromDateTimeOffset(clock.GetUtcNow());
}

/// <param name="By">Account.</param>
/// <param name="Until">Absent: until unlocked by hand.</param>
/// <param name="IsOff">It was taken off; kept, because states are only ever replaced.</param>
internal sealed record KeptLock(string By, Instant Since, string? Note, Instant? Until, bool IsOff);

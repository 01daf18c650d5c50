namespace CoMaKo.Edge.Storage;

/// <summary>Where the store lives and how it treats the disk.</summary>
/// <param name="Directory">The gateway's data directory; the store takes <c>store/</c>, <c>store.lock</c> and <c>store.reserve</c> in it.</param>
public sealed record StoreOptions(string Directory)
{
    /// <summary>Bytes kept free for the day on which the disk is full.</summary>
    public long ReserveBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Pages of 4 KiB in the log after which a commit moves them into the database.</summary>
    public int CheckpointPages { get; init; } = 1000;
}

/// <summary>An open store and what happened on the way.</summary>
/// <param name="Outbox">The store.</param>
/// <param name="Created">It is new: its epoch, too; the caller records every register's current total at once.</param>
/// <param name="SetAside">Where an unreadable store was moved to, as evidence; absent normally.</param>
/// <param name="Reason">Why it was unreadable; absent normally.</param>
public sealed record StoreOpened(Outbox Outbox, bool Created, string? SetAside, string? Reason);

namespace CoMaKo.Hub.Storage;

/// <summary>The right to do an exclusive job for a while.</summary>
/// <param name="Name">What it is about, e.g. <c>balance-group-agent</c>.</param>
/// <param name="Fence">Greater than that of every holder before. A write that checks it (<see cref="Leases.RequireAsync"/>) cannot come from a holder who was replaced.</param>
public sealed record Lease(string Name, string Holder, long Fence);

/// <summary>The lease has another holder by now: whatever was prepared under it must not be written.</summary>
public sealed class LeaseLostException(Lease lease) : Exception($"CMH-2012. The lease '{lease.Name}' with fence {lease.Fence} has gone to another holder.");

/// <summary>
/// Lease rows, the same on both engines: no session lock, so that a pooler or a broken connection changes nothing. Time is the database's own, which
/// all replicas share; it only decides when another may take over. That two never both take effect is the fence's work.
/// </summary>
public sealed class Leases(HubDatabase database)
{
    /// <summary>Takes a lease that is free or has run out.</summary>
    /// <param name="holder">Unique per process: even the same holder gets it again only after it ran out.</param>
    /// <returns>Absent while another holds it.</returns>
    public Task<Lease?> TryTakeAsync(string name, string holder, TimeSpan duration) => database.WriteAsync(async tx =>
    {
        long? fence = await tx.Prepare($"""
            INSERT INTO web_lease (name, holder, fence, held_until_us) VALUES ($1, $2, 1, {tx.ClockSql} + $3)
            ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, fence = web_lease.fence + 1, held_until_us = excluded.held_until_us WHERE web_lease.held_until_us <= {tx.ClockSql}
            RETURNING fence
            """).Bind(name).Bind(holder).Bind(Microseconds(duration)).NumberAsync();
        return fence is { } given ? new Lease(name, holder, given) : null;
    });

    /// <summary>Holds on to a lease.</summary>
    /// <returns>Whether it was still held; if not, stop.</returns>
    public Task<bool> RenewAsync(Lease lease, TimeSpan duration) => database.WriteAsync(async tx =>
        await tx.Prepare($"UPDATE web_lease SET held_until_us = {tx.ClockSql} + $1 WHERE name = $2 AND fence = $3")
            .Bind(Microseconds(duration)).Bind(lease.Name).Bind(lease.Fence).RunAsync() == 1);

    /// <summary>Gives a lease back, so that another need not wait until it runs out.</summary>
    public Task ReleaseAsync(Lease lease) => database.WriteAlongAsync(async tx =>
    {
        await tx.Prepare("UPDATE web_lease SET held_until_us = 0 WHERE name = $1 AND fence = $2").Bind(lease.Name).Bind(lease.Fence).RunAsync();
    });

    /// <summary>Checks inside a writing transaction that the lease still has this holder, and keeps it so until the commit.</summary>
    /// <exception cref="LeaseLostException">It has another one: the transaction takes no effect.</exception>
    public static async ValueTask RequireAsync(HubTransaction tx, Lease lease)
    {
        ArgumentNullException.ThrowIfNull(tx);
        ArgumentNullException.ThrowIfNull(lease);
        string lockRow = tx.Engine == HubEngine.Postgres ? "FOR SHARE" : "";
        long? fence = await tx.Prepare($"SELECT fence FROM web_lease WHERE name = $1 {lockRow}").Bind(lease.Name).NumberAsync();
        if (fence != lease.Fence) throw new LeaseLostException(lease);
    }

    internal static long Microseconds(TimeSpan duration) => duration.Ticks / TimeSpan.TicksPerMicrosecond;
}

using CoMaKo.Hub.Storage;

namespace CoMaKo.Hub.Settlement.Agent;

/// <summary>Another process settles the group just now.</summary>
internal sealed class GroupBusyException(string group) : Exception($"CMH-2303. Another process settles balance group {group} just now.");

/// <summary>The right to settle a group: one owner among all replicas, for a request as for the nightly work.</summary>
internal sealed class GroupLeases(HubDatabase database)
{
    /// <summary>A process that dies holds a group back for no longer than this. A month of ten thousand points takes seconds.</summary>
    private static readonly TimeSpan Duration = TimeSpan.FromMinutes(5);

    private readonly Leases leases = new(database);

    /// <summary>Unique per process and piece of work.</summary>
    private static string Holder => $"{Environment.MachineName}:{Environment.ProcessId}:{Guid.NewGuid():n}";

    /// <summary>Does a piece of work as the group's one owner.</summary>
    /// <exception cref="GroupBusyException">Another has it.</exception>
    public async Task<T> HoldAsync<T>(string group, Func<Lease, Func<Task<bool>>, Task<T>> work)
    {
        var lease = await leases.TryTakeAsync($"settlement:{group}", Holder, Duration) ?? throw new GroupBusyException(group);
        try
        {
            return await work(lease, () => leases.RenewAsync(lease, Duration));
        }
        finally
        {
            await leases.ReleaseAsync(lease);
        }
    }
}

using System.Collections.Concurrent;
using CoMaKo.Edge.Diagnostics;

namespace CoMaKo.Edge.Tests.Diagnostics;

/// <summary>Accounts in memory.</summary>
internal sealed class MemoryAccess : IAccessStore
{
    private readonly Lock gate = new();
    private AccessState state = AccessState.Empty;

    /// <summary>Present while the file cannot be read.</summary>
    public AccessStoreException? Broken { get; set; }

    public AccessState Read() => Broken is { } broken ? throw broken : state;

    public Task<AccessState> ChangeAsync(Func<AccessState, AccessState> change, CancellationToken cancellationToken)
    {
        lock (gate) return Task.FromResult(state = change(Read()));
    }
}

/// <summary>Keeps what was audited.</summary>
internal sealed class ListedAudit : IAuditLog
{
    public ConcurrentQueue<AuditEntry> Entries { get; } = new();

    public ValueTask WriteAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        Entries.Enqueue(entry);
        return ValueTask.CompletedTask;
    }
}

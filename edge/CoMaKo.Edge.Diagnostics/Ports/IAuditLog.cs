using NodaTime;

namespace CoMaKo.Edge.Diagnostics;

/// <summary>Who did what on the page. Append-only; secrets never come here.</summary>
public interface IAuditLog
{
    /// <summary>Adds an entry; durable on return where the host can. Never throws: a full disk must not keep a technician from stopping a test.</summary>
    ValueTask WriteAsync(AuditEntry entry, CancellationToken cancellationToken);
}

/// <param name="Event">Stable word, e.g. <c>sign-in</c>, <c>sign-in-refused</c>, <c>account-added</c>, <c>write-test-started</c>.</param>
/// <param name="Account">Who; absent if nobody was signed in.</param>
/// <param name="Address">Network address of the browser.</param>
/// <param name="Details">Name and value, e.g. <c>role</c> = <c>installer</c>.</param>
public sealed record AuditEntry(Instant At, string Event, string? Account, string? Address, IReadOnlyList<KeyValuePair<string, string>> Details);

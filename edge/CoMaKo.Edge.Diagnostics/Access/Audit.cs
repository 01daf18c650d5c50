using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace CoMaKo.Edge.Diagnostics.Access;

/// <summary>Writes entries about requests.</summary>
internal sealed class Audit(IAuditLog log, TimeProvider time)
{
    /// <param name="account">Who; never a name that was only typed, since people type passwords into the wrong field.</param>
    public ValueTask WriteAsync(HttpContext context, string what, string? account, params (string Name, string Value)[] details) =>
        log.WriteAsync(
            new AuditEntry(
                Instant.FromDateTimeOffset(time.GetUtcNow()), what, account, context.Connection.RemoteIpAddress?.ToString(),
                [.. details.Select(detail => KeyValuePair.Create(detail.Name, detail.Value))]),
            CancellationToken.None); // the browser may leave; what it did has happened
}

/// <summary>Writes to the log of the process, for hosts without a store of their own.</summary>
internal sealed partial class LoggedAudit(ILogger<LoggedAudit> log) : IAuditLog
{
    public ValueTask WriteAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        Log(log, entry.Event, entry.Account ?? "-", entry.Address ?? "-", string.Join(' ', entry.Details.Select(detail => $"{detail.Key}={detail.Value}")));
        return ValueTask.CompletedTask;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Audit: {What} by {Account} from {Address} {Details}")]
    private static partial void Log(ILogger logger, string what, string account, string address, string details);
}

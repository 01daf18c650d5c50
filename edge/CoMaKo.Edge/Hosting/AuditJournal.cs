using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CoMaKo.Edge.Diagnostics;
using CoMaKo.Edge.Storage;

namespace CoMaKo.Edge.Hosting;

/// <summary>
/// Who did what on the page, in control's memory. Each entry carries the hash over itself and the one before it, so that a changed or missing entry shows.
/// An entry that cannot be written goes to the log instead: a full disk keeps nobody from stopping a test.
/// </summary>
internal sealed partial class AuditJournal(SqliteControlStore store, ILogger<AuditJournal> log) : IAuditLog
{
    /// <summary>Kind of the entries in control's memory.</summary>
    public const string Kind = "audit";

    private readonly Lock gate = new();
    private string? chain;

    public ValueTask WriteAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entry);
        Recorded(entry.Event, entry.Account ?? "-", entry.Address ?? "-");
        try
        {
            lock (gate)
            {
                string before = chain ?? Last();
                string content = Content(entry);
                string after = Hash(before, content);
                store.Append([new ControlEntry(Kind, entry.At, $"{{\"chain\":\"{after}\",\"entry\":{content}}}")]);
                chain = after;
            }
        }
        catch (StoreException e)
        {
            Lost(entry.Event, entry.Account ?? "-", e.Message);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>The number of the first entry, oldest first, that does not follow from the one before it; absent if all do.</summary>
    public static long? FirstBroken(IReadOnlyList<ControlEntry> entries)
    {
        string? before = null;
        foreach (var entry in entries)
        {
            using var json = JsonDocument.Parse(entry.Body);
            string kept = json.RootElement.GetProperty("chain").GetString() ?? "";
            if (before is not null && Hash(before, json.RootElement.GetProperty("entry").GetRawText()) != kept) return entry.Id;
            before = kept;
        }

        return null;
    }

    private string Last()
    {
        if (store.Newest(Kind, 1) is not [var newest]) return "";
        using var json = JsonDocument.Parse(newest.Body);
        return json.RootElement.GetProperty("chain").GetString() ?? "";
    }

    private static string Hash(string before, string content) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(before + content)));

    private static string Content(AuditEntry entry)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteNumber("atUnixUs", entry.At.ToUnixTimeTicks() / 10);
            writer.WriteString("event", entry.Event);
            if (entry.Account is not null) writer.WriteString("account", entry.Account);
            if (entry.Address is not null) writer.WriteString("address", entry.Address);
            writer.WriteStartObject("details");
            foreach (var (name, value) in entry.Details) writer.WriteString(name, value);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    [LoggerMessage(1, LogLevel.Information, "{Event} by {Account} from {Address}")]
    private partial void Recorded(string @event, string account, string address);

    [LoggerMessage(2, LogLevel.Error, "CME-1603 The audit entry {Event} by {Account} could not be kept: {Reason}")]
    private partial void Lost(string @event, string account, string reason);
}

using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace CoMaKo.Edge.Diagnostics.Live;

/// <summary>Writes server-sent events (WHATWG HTML, section 9.2) to one client. An event is written only when its content differs from the last one of its name.</summary>
internal sealed class EventStream(HttpResponse response)
{
    private readonly Dictionary<string, string> sent = [];
    private readonly StringBuilder pending = new();
    private long id;

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no"; // a proxy must not collect events
        await response.WriteAsync("retry: 2000\n\n", cancellationToken);
        await response.Body.FlushAsync(cancellationToken);
    }

    /// <summary>Adds an event to the next flush, unless its key last had the same content.</summary>
    /// <param name="key">What the content is of; equal to the event's name if there is one kind only.</param>
    public void Offer(string name, string key, string data)
    {
        if (sent.TryGetValue(key, out string? last) && last == data) return;
        sent[key] = data;
        Append(name, data);
    }

    public void Append(string name, string data)
    {
        pending.Append(CultureInfo.InvariantCulture, $"id: {++id}\nevent: {name}\n");
        foreach (string line in data.ReplaceLineEndings("\n").Split('\n')) pending.Append("data: ").Append(line).Append('\n');
        pending.Append('\n');
    }

    /// <summary>Writes what was added; without anything to write, a comment if <paramref name="heartbeat"/>.</summary>
    /// <returns>Whether anything was written.</returns>
    public async Task<bool> FlushAsync(bool heartbeat, CancellationToken cancellationToken)
    {
        if (pending.Length == 0 && !heartbeat) return false;
        string text = pending.Length > 0 ? pending.ToString() : ": heartbeat\n\n";
        pending.Clear();
        await response.WriteAsync(text, cancellationToken);
        await response.Body.FlushAsync(cancellationToken);
        return true;
    }
}

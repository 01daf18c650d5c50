using System.Globalization;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Acquisition;

/// <summary>Collects events for the outbox. The same event of the same source is recorded once in a quarter of an hour; the next one says how often it came in between.</summary>
public sealed class EventJournal
{
    private static readonly Duration Quiet = Duration.FromMinutes(15);

    /// <summary>Texts of devices may be of any length; a record has its limit.</summary>
    private const int LongestText = 500;

    private readonly Dictionary<(string Code, string Source), Entry> seen = [];
    private readonly List<SyncRecord> waiting = [];

    /// <summary>Called with each recorded event, on the thread that found it.</summary>
    public event Action<GatewayEvent>? Recorded;

    /// <param name="monotonic">When, for the quiet time: a clock that is stepped must not silence or repeat events.</param>
    /// <param name="text">One English sentence: what happened, what it means.</param>
    /// <param name="data">Evidence; names end in their unit.</param>
    public void Add(Instant at, Duration monotonic, string code, string source, string text, params ReadOnlySpan<(string Name, string Value)> data)
    {
        if (!seen.TryGetValue((code, source), out var entry)) seen[(code, source)] = entry = new Entry();
        else if (monotonic - entry.Since < Quiet)
        {
            entry.Suppressed++;
            return;
        }

        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in data) values[name] = Clip(value);
        if (entry.Suppressed > 0) values["repeats_count"] = entry.Suppressed.ToString(CultureInfo.InvariantCulture);
        (entry.Since, entry.Suppressed) = (monotonic, 0);
        var record = new GatewayEvent(at, code, source, Clip(text), values);
        waiting.Add(record);
        Recorded?.Invoke(record);
    }

    /// <summary>Hands over what has come since the last call.</summary>
    public void MoveTo(List<SyncRecord> records)
    {
        ArgumentNullException.ThrowIfNull(records);
        records.AddRange(waiting);
        waiting.Clear();
    }

    private static string Clip(string text) => text.Length <= LongestText ? text : string.Concat(text.AsSpan(0, LongestText), "…");

    private sealed class Entry
    {
        public Duration Since;
        public int Suppressed;
    }
}

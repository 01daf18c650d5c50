using System.Globalization;
using System.Text;
using CoMaKo.Quantities;
using NodaTime;
using InstantPattern = NodaTime.Text.InstantPattern;

namespace CoMaKo.Edge.Control.Dispatch;

/// <summary>
/// The events as the grid operator gets them: CSV after RFC 4180 (comma, CRLF, UTF-8), one row for each device and moment, units in the header, times in UTC after ISO 8601.
/// </summary>
public static class GridEventCsv
{
    public const string Header =
        "event,regulation,origin,source,limit_W,received_utc,first_write_utc,all_written_utc,ended_utc,phase,time_utc,device,power_W";

    private const string NewLine = "\r\n";

    /// <summary>Rows of all events in the entries, in the order of their receipt.</summary>
    /// <param name="entries">In the order in which they were logged; lines of events whose begin is missing are left out.</param>
    public static string Write(IEnumerable<GridEventEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        var text = new StringBuilder(Header).Append(NewLine);
        foreach (var one in entries.GroupBy(e => e.Event))
        {
            var lines = one.ToList();
            if (lines.OfType<GridEventBegan>().FirstOrDefault() is not { } began) continue;
            string head = Head(began, lines);
            foreach (var line in lines) Rows(text, head, line, isFirst: ReferenceEquals(line, began));
        }

        return text.ToString();
    }

    private static string Head(GridEventBegan began, List<GridEventEntry> lines)
    {
        var written = lines.OfType<GridEventWritten>().ToList();
        Instant? first = written.Find(w => !w.IsAll)?.At, all = written.FindLast(w => w.IsAll)?.At, ended = lines.OfType<GridEventEnded>().LastOrDefault()?.At;
        string regulation = began.Kind == GridEventKind.Dim ? "§14a EnWG" : "§9 EEG";
        return string.Join(',', Text(began.Event), Text(regulation), Text(began.Origin.ToString()), Text(began.Source), Watts(began.Limit), Time(began.At), Time(first), Time(all), Time(ended));
    }

    private static void Rows(StringBuilder text, string head, GridEventEntry line, bool isFirst)
    {
        var (phase, powers) = line switch
        {
            GridEventBegan began => (isFirst ? "before" : "resumed", began.Before),
            GridEventMinute minute => (minute.IsAfter ? "after" : "during", minute.Powers),
            GridEventEnded ended => ("end", ended.Powers),
            _ => ("", []),
        };
        foreach (var power in powers)
            text.Append(CultureInfo.InvariantCulture, $"{head},{phase},{Time(line.At)},{Text(power.Device)},{Watts(power.Power)}{NewLine}");
    }

    private static string Time(Instant? at) => at is { } instant ? InstantPattern.ExtendedIso.Format(instant) : "";

    /// <summary>A number of ours: it needs no quotes and no guard.</summary>
    private static string Watts(Power? power) => power?.Watts.ToString("0.###", CultureInfo.InvariantCulture) ?? "";

    /// <summary>Quoted where RFC 4180 asks for it; a text that a spreadsheet would take for a formula gets an apostrophe before it.</summary>
    internal static string Text(string text)
    {
        if (text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n') text = "'" + text;
        return text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}

using System.Text;
using System.Text.Json.Serialization;
using CoMaKo.Hub.Market;

namespace CoMaKo.Hub.Metering.Readings.Uploads;

/// <summary>How a file of readings is written, and which of its columns is what (from 0; −1: none).</summary>
/// <param name="Charset"><c>utf-8</c> or <c>windows-1252</c>.</param>
/// <param name="IsConsumption">The values are energy since the reading before, not states of the register.</param>
public sealed record UploadMapping(string Charset, char Separator, char Decimal, int Time, int Value, int Point, int Direction, bool IsConsumption)
{
    private const int LooksAt = 12;
    private static readonly string[] TimeWords = ["timestamp", "time", "zeit", "zeitpunkt", "datum", "date", "day", "tag", "ablesedatum"];
    private static readonly string[] ValueWords = ["register_kwh", "kwh", "value", "wert", "stand", "zaehlerstand", "zählerstand", "reading", "consumption_kwh", "verbrauch"];
    private static readonly string[] PointWords = ["metering_point", "point", "zaehlpunkt", "zählpunkt", "meter", "zähler"];
    private static readonly string[] DirectionWords = ["direction", "richtung"];

    static UploadMapping() => System.Text.Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>For reading the file; bytes that it does not know are an error.</summary>
    [JsonIgnore]
    public Encoding Encoding => Charset == "windows-1252" ? Encoding.GetEncoding(1252) : new UTF8Encoding(false, throwOnInvalidBytes: true);

    /// <summary>Proposes a mapping from the first lines: whatever it guesses can be changed.</summary>
    internal static UploadMapping Propose(byte[] content, IReadOnlyList<OwnPoint> points)
    {
        string charset = IsUtf8(content) ? "utf-8" : "windows-1252";
        var draft = new UploadMapping(charset, ';', ',', -1, -1, -1, -1, false);
        string[] lines = [.. draft.Encoding.GetString(content, 0, Math.Min(content.Length, 8192) is var length && length < content.Length ? LastLineEnd(content, length) : content.Length).TrimStart('\uFEFF').Split('\n', LooksAt + 1).Take(LooksAt).Select(line => line.TrimEnd('\r'))];
        char separator = ";\t,".MaxBy(each => lines.Take(1).Sum(line => line.Count(c => c == each)));
        string[][] rows = [.. lines.Where(line => line.Length > 0).Select(line => line.Split(separator).Select(cell => cell.Trim().Trim('"')).ToArray())];
        if (rows.Length == 0) return draft;
        string[] head = [.. rows[0].Select(cell => cell.ToLowerInvariant())];
        string[] first = rows.Length > 1 ? rows[1] : rows[0];
        int time = ColumnOf(head, TimeWords, first, cell => UploadTable.ParseTime(cell) is not null);
        int value = ColumnOf(head, ValueWords, first, cell => cell.Length > 0 && cell.All(c => char.IsAsciiDigit(c) || c is ',' or '.'), time);
        bool hasComma = separator != ',' && value >= 0 && rows.Skip(1).Any(row => value < row.Length && row[value].Contains(',', StringComparison.Ordinal));
        return draft with
        {
            Separator = separator, Decimal = hasComma ? ',' : '.', Time = time, Value = value, Point = ColumnOf(head, PointWords, first, cell => points.Any(point => point.Name == cell), time, value),
            Direction = Array.FindIndex(head, cell => DirectionWords.Contains(cell)), IsConsumption = value >= 0 && head[value].Contains("consum", StringComparison.Ordinal),
        };
    }

    /// <summary>By its name, else by what stands in it.</summary>
    private static int ColumnOf(string[] head, string[] words, string[] first, Func<string, bool> looksLike, params int[] taken)
    {
        int named = Array.FindIndex(head, cell => words.Contains(cell));
        return named >= 0 ? named : Array.FindIndex(first, cell => looksLike(cell) && !taken.Contains(Array.IndexOf(first, cell)));
    }

    private static int LastLineEnd(byte[] content, int length) => Array.LastIndexOf(content, (byte)'\n', length - 1) is var at && at > 0 ? at : length;

    private static bool IsUtf8(byte[] content)
    {
        try
        {
            _ = new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(content);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}

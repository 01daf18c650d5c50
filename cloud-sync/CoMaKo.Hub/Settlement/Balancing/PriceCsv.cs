using System.Globalization;
using System.Text;
using CoMaKo.Quantities;
using NodaTime.Text;

namespace CoMaKo.Hub.Settlement.Balancing;

/// <summary>A balancing price of one slot.</summary>
/// <param name="Price">1/10 000 ct per kWh, may be below zero; 1 EUR/MWh is 1 000.</param>
internal readonly record struct SlotPrice(QuarterHour Slot, long Price);

/// <summary>
/// Reads balancing prices: CSV with the columns <c>start</c> (an instant with offset, on a quarter hour) and <c>price_eur_per_mwh</c> (up to three
/// decimals); others are not looked at. Separator <c>;</c>, <c>,</c> or tab, decimal comma where the separator is no comma. Never throws; all findings at once.
/// </summary>
internal static class PriceCsv
{
    public const string StartColumn = "start";
    public const string PriceColumn = "price_eur_per_mwh";

    /// <summary>A year of quarter hours and a bit.</summary>
    public const int MostRows = 40_000;

    private const int MostFindings = 100;
    private const decimal MostEurPerMwh = 1_000_000;
    private const long Scale = 1000;

    public static (IReadOnlyList<SlotPrice> Prices, IReadOnlyList<Finding> Findings) Read(ReadOnlySpan<byte> file)
    {
        var findings = new List<Finding>();
        var prices = new Dictionary<QuarterHour, long>();
        string[] lines = Encoding.UTF8.GetString(file).TrimStart('\uFEFF').ReplaceLineEndings("\n").TrimEnd('\n').Split('\n', MostRows + 2);
        char separator = lines[0].Contains(';') ? ';' : lines[0].Contains('\t') ? '\t' : ',';
        string[] header = [.. lines[0].Split(separator).Select(name => name.Trim().Trim('"').ToLowerInvariant())];
        int start = Array.IndexOf(header, StartColumn), price = Array.IndexOf(header, PriceColumn);
        if (start < 0 || price < 0) return ([], [new Finding("CMH-2321", "header", 1, $"The first row names the columns, and {StartColumn} and {PriceColumn} are among them.")]);
        if (lines.Length > MostRows + 1) return ([], [new Finding("CMH-2322", "file", null, FormattableString.Invariant($"A file has at most {MostRows} rows; send it in parts."))]);
        for (int i = 1; i < lines.Length && findings.Count < MostFindings; i++) ReadRow(lines[i].Split(separator), i + 1);
        return findings.Count > 0 ? ([], findings) : ([.. prices.Select(each => new SlotPrice(each.Key, each.Value)).OrderBy(each => each.Slot)], []);

        void ReadRow(string[] fields, int line)
        {
            if (fields is [var empty] && string.IsNullOrWhiteSpace(empty)) return;
            if (fields.Length != header.Length)
            {
                findings.Add(new Finding("CMH-2323", "row", line, FormattableString.Invariant($"The row has {fields.Length} fields and the header {header.Length}; does the decimal comma separate fields?")));
                return;
            }

            var slot = SlotOf(fields[start].Trim().Trim('"'));
            if (slot is null) findings.Add(new Finding("CMH-2324", StartColumn, line, "Not an instant with offset on a quarter hour, such as 2026-10-01T00:15:00+02:00."));
            var value = PriceOf(fields[price].Trim().Trim('"'), separator);
            if (value is null) findings.Add(new Finding("CMH-2325", PriceColumn, line, "Not a number of EUR per MWh with at most three decimals and without a thousands separator."));
            if (slot is not { } time || value is not { } amount) return;
            if (!prices.TryAdd(time, amount)) findings.Add(new Finding("CMH-2326", StartColumn, line, "The quarter hour has a price in a row above."));
        }
    }

    private static QuarterHour? SlotOf(string text)
    {
        if (OffsetDateTimePattern.ExtendedIso.Parse(text.Replace(' ', 'T')) is not { Success: true } parsed || parsed.Value.Year is < 2015 or >= 2200) return null;
        var slot = QuarterHour.Containing(parsed.Value.ToInstant());
        return slot.Start == parsed.Value.ToInstant() ? slot : null;
    }

    private static long? PriceOf(string text, char separator)
    {
        const NumberStyles Styles = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign;
        if (separator != ',' && !text.Contains('.')) text = text.Replace(',', '.');
        if (!decimal.TryParse(text, Styles, CultureInfo.InvariantCulture, out decimal eurPerMwh) || Math.Abs(eurPerMwh) > MostEurPerMwh) return null;
        decimal scaled = eurPerMwh * Scale;
        return scaled == decimal.Truncate(scaled) ? (long)scaled : null;
    }
}

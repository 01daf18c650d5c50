using System.Collections.Concurrent;
using System.Globalization;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Settlement.Curves;

/// <summary>
/// A standard load profile: 96 quarter hours × 12 months × 3 day types, in thousandths of whatever the table counts. Only its shape is used: sums are
/// normalised by what the table actually sums to. The BDEW profiles of 2025 for households (H25, P25, S25) are dynamic: each value is multiplied by a
/// polynomial of the day of the year. With it and with 24 and 31 December as Saturdays the tables sum to their year within 0.01 %; without it S25 loses 11 %.
/// </summary>
public sealed class ProfileTable
{
    private const int QuartersOfDay = 96;
    private const int Months = 12;
    private const int DayTypes = 3;
    private static readonly string[] MonthNames = ["januar", "februar", "märz", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "dezember"];
    private static readonly string[] TypeNames = ["WT", "SA", "FT"];
    private readonly long[] thousandths;
    private readonly ConcurrentDictionary<(int Year, GermanStates States), long> yearSums = new();

    private ProfileTable(string name, bool isDynamic, long[] thousandths)
    {
        (Name, IsDynamic) = (name, isDynamic);
        this.thousandths = thousandths;
    }

    /// <summary>E.g. H25.</summary>
    public string Name { get; }

    /// <summary>Whether the day's factor applies.</summary>
    public bool IsDynamic { get; }

    /// <summary>Reads the published table as CSV: a row of months, a row of day types (SA, FT, WT), 96 rows of a time and 36 numbers.</summary>
    /// <param name="csv">Separator <c>,</c> with decimal point or <c>;</c> with decimal comma.</param>
    /// <returns>The table, or all findings: CMH-3131 form, CMH-3132 number.</returns>
    public static (ProfileTable? Table, IReadOnlyList<Finding> Findings) Read(string name, bool isDynamic, string csv)
    {
        ArgumentNullException.ThrowIfNull(csv);
        string[] rows = csv.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var findings = new List<Finding>();
        if (rows.Length != QuartersOfDay + 2) findings.Add(new Finding("CMH-3131", "rows", null, FormattableString.Invariant($"{rows.Length} rows instead of months, day types and 96 quarter hours.")));
        if (findings.Count > 0) return (null, findings);
        char separator = rows[0].Contains(';', StringComparison.Ordinal) ? ';' : ',';
        int[] columns = Columns(rows[0].Split(separator), rows[1].Split(separator), findings);
        long[] values = new long[QuartersOfDay * Months * DayTypes];
        for (int row = 0; row < QuartersOfDay && findings.Count == 0; row++) ReadRow(row, rows[row + 2].Split(separator), separator, columns, values, findings);
        return findings.Count > 0 ? (null, findings) : (new ProfileTable(name, isDynamic, values), findings);
    }

    /// <summary>The slot's weight beside other slots of any day: thousandths × day factor in 1/10 000.</summary>
    public long Weight(QuarterHour slot, MarketCalendar calendar)
    {
        ArgumentNullException.ThrowIfNull(calendar);
        var local = slot.Start.InZone(MarketDay.Zone).LocalDateTime;
        return Weight(local.Date, calendar.TypeOf(local.Date), local.Hour * 4 + local.Minute / 15);
    }

    /// <summary>Sum of the weights of all slots of a calendar year.</summary>
    public long YearSum(int year, MarketCalendar calendar)
    {
        ArgumentNullException.ThrowIfNull(calendar);
        return yearSums.GetOrAdd((year, calendar.States), _ =>
        {
            long sum = 0;
            for (var day = new LocalDate(year, 1, 1); day.Year == year; day = day.PlusDays(1))
                foreach (var slot in MarketDay.Slots(MarketDay.Number(day))) sum += Weight(slot, calendar);
            return sum;
        });
    }

    /// <summary>Factor of a day of the year in 1/10 000, rounded half up (BDEW: −3.92·10⁻¹⁰ t⁴ + 3.2·10⁻⁷ t³ − 7.02·10⁻⁵ t² + 2.1·10⁻³ t + 1.24).</summary>
    public static long DayFactor(int dayOfYear)
    {
        long t = dayOfYear;
        long scaled = 1_240_000_000_000 + t * (2_100_000_000 + t * (-70_200_000 + t * (320_000 - 392 * t))); // in 10⁻¹²
        return (scaled + 50_000_000) / 100_000_000;
    }

    private long Weight(LocalDate day, DayType type, int quarter) =>
        thousandths[((day.Month - 1) * DayTypes + (int)type - 1) * QuartersOfDay + quarter] * (IsDynamic ? DayFactor(day.DayOfYear) : 10_000);

    /// <summary>Place of each column's values in the table.</summary>
    private static int[] Columns(string[] months, string[] types, List<Finding> findings)
    {
        var places = new List<int>();
        for (int column = 1; column < Math.Min(months.Length, types.Length); column++)
        {
            int month = Array.IndexOf(MonthNames, months[column].Trim().ToLowerInvariant());
            int type = Array.IndexOf(TypeNames, types[column].Trim().ToUpperInvariant());
            if (month < 0 || type < 0) findings.Add(new Finding("CMH-3131", FormattableString.Invariant($"column {column + 1}"), 1, $"'{months[column].Trim()}', '{types[column].Trim()}' is no month and day type (SA, FT, WT)."));
            else places.Add((month * DayTypes + type) * QuartersOfDay);
        }

        if (findings.Count == 0 && (places.Count != Months * DayTypes || places.Distinct().Count() != places.Count))
            findings.Add(new Finding("CMH-3131", "columns", 1, "Each month needs one column per day type."));
        return [.. places];
    }

    private static void ReadRow(int quarter, string[] cells, char separator, int[] columns, long[] values, List<Finding> findings)
    {
        int line = quarter + 3;
        string time = FormattableString.Invariant($"{quarter / 4:00}:{quarter % 4 * 15:00}");
        if (!cells[0].StartsWith(time, StringComparison.Ordinal)) findings.Add(new Finding("CMH-3131", "time", line, $"Expected the quarter hour from {time}."));
        if (cells.Length != columns.Length + 1)
        {
            findings.Add(new Finding("CMH-3131", "row", line, FormattableString.Invariant($"{cells.Length - 1} values instead of {columns.Length}.")));
            return;
        }

        for (int i = 0; i < columns.Length; i++)
        {
            string text = separator == ';' ? cells[i + 1].Replace(',', '.') : cells[i + 1];
            bool isNumber = decimal.TryParse(text.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value);
            if (isNumber && value < 1_000_000 && decimal.Round(value, 3) == value) values[columns[i] + quarter] = (long)(value * 1000);
            else findings.Add(new Finding("CMH-3132", FormattableString.Invariant($"column {i + 2}"), line, $"'{text.Trim()}' is no number from 0 with at most three decimals."));
        }
    }
}

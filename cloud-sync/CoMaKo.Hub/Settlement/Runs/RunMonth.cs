using System.Globalization;
using NodaTime;
using NodaTime.Text;

namespace CoMaKo.Hub.Settlement.Runs;

/// <summary>A month that is settled, and its form in tables (year × 12 + month − 1) and addresses (<c>2026-10</c>).</summary>
internal static class RunMonth
{
    private static readonly YearMonthPattern Pattern = YearMonthPattern.CreateWithInvariantCulture("uuuu'-'MM");

    public static long Number(this YearMonth month) => month.Year * 12 + month.Month - 1;

    public static YearMonth Of(long number) => new((int)(number / 12), (int)(number % 12) + 1);

    public static YearMonth Of(LocalDate day) => new(day.Year, day.Month);

    public static string Text(this YearMonth month) => Pattern.Format(month);

    public static LocalDate First(this YearMonth month) => month.OnDayOfMonth(1);

    /// <summary>The first day after it.</summary>
    public static LocalDate End(this YearMonth month) => month.PlusMonths(1).OnDayOfMonth(1);

    /// <summary>Reads <c>2026-10</c>, from 2000 to 2199; absent if it is anything else.</summary>
    public static YearMonth? Parse(string? text) => text is not null && Pattern.Parse(text) is { Success: true, Value: { Year: >= 2000 and < 2200 } month } ? month : null;
}

/// <summary>The name of a run inside its group: month and sequence, <c>2026-10.1</c>.</summary>
public readonly record struct RunName(YearMonth Month, int Sequence)
{
    /// <summary>The run that is replaced as long as the month is open.</summary>
    public const int Provisional = 0;
    public const int Final = 1;

    /// <summary>Reads a name; absent if it is none.</summary>
    public static RunName? Parse(string? text)
    {
        string[] parts = text?.Split('.') ?? [];
        return parts.Length == 2 && RunMonth.Parse(parts[0]) is { } month && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int sequence)
            ? new RunName(month, sequence)
            : null;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Month.Text()}.{Sequence}");
}

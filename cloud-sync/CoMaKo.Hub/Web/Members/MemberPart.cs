using CoMaKo.Hub.Web.Parts;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Hub.Web.Members;

/// <summary>A piece of a member's page.</summary>
public abstract class MemberPart : Part
{
    /// <summary>An address of the member's pages; an operator who looks at a member's stays with that member.</summary>
    protected string To(string path) =>
        Page.Viewed is { } participant ? $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}participant={Uri.EscapeDataString(participant)}" : path;

    /// <summary>Energy with its unit that never wraps.</summary>
    protected string Kwh(long wh) => $"{Say.Kilowatthours(wh)}\u00A0kWh";

    /// <summary>A number of a table, or a dash.</summary>
    protected string Cell(long? wh) => wh is { } value ? Say.Kilowatthours(value) : "–";

    /// <summary>Money, without its sign: who owes whom is said in words.</summary>
    protected string Eur(long cents) => $"{Say.Number(Money.Eur(Math.Abs(cents)), 2)}\u00A0EUR";

    /// <summary>A price with as many decimals as it has.</summary>
    /// <param name="price">1/10 000 ct per kWh.</param>
    protected string Ct(long price)
    {
        int decimals = 4;
        for (long rest = price; decimals > 0 && rest % 10 == 0; rest /= 10) decimals--;
        return $"{Say.Number(price / 10_000m, decimals)}\u00A0ct";
    }

    /// <summary>Whole percent, rounded down so that 100 means all.</summary>
    protected string Percent(long part, long whole) => $"{Say.Number(whole == 0 ? 0 : decimal.Floor(100m * part / whole))}\u00A0%";

    protected string DayAddress(LocalDate day) => To(FormattableString.Invariant($"/pages/my/day/{day:uuuu-MM-dd}"));

    protected string MonthAddress(YearMonth month) => To(FormattableString.Invariant($"/pages/my/month/{month.Year:0000}-{month.Month:00}"));

    protected string YearAddress(int year) => To(FormattableString.Invariant($"/pages/my/year/{year:0000}"));
}

using CoMaKo.Hub.Market;
using CoMaKo.Hub.Settlement.Own;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Web.Members;

/// <summary>Whose page it is.</summary>
public sealed record MemberView(string Participant, string Name, IReadOnlyList<OwnPoint> Points);

/// <summary>What a period comes to for a member.</summary>
/// <param name="Cents">Above zero: owed to the cooperative; below: owed by it. Absent for a day: cents are rounded once for the month.</param>
public sealed record PeriodSum(EnergyFigures Energy, bool Consumes, bool Generates, long? Cents, IReadOnlyList<SettlementLine> Lines)
{
    public static PeriodSum Of(IReadOnlyList<OwnMonth> months) => new(
        months.Aggregate(default(EnergyFigures), (sum, month) => sum + month.Total), months.Any(month => month.Consumes), months.Any(month => month.Generates),
        months.Sum(month => month.Cents), [.. months.SelectMany(month => month.Lines)]);

    /// <summary>Of a day: its share of the month's amounts before the one rounding, in cents; above zero: owed.</summary>
    public decimal? ExactCents { get; init; }

    /// <summary>Used in quarter hours that are not settled.</summary>
    public long UnsettledWh => Energy.Used - Energy.Allocated - Energy.Grid;

    /// <summary>Amounts by what they are for and their price: what explains the sum.</summary>
    public IReadOnlyList<(LineKind Kind, long Price, long Wh, long Cents)> Reasons =>
        [.. Lines.GroupBy(line => (line.Kind, line.Price)).Select(same => (same.Key.Kind, same.Key.Price, same.Sum(line => line.Wh), same.Sum(line => line.Cents))).OrderBy(each => each.Kind).ThenBy(each => each.Price)];
}

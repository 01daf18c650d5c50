using CoMaKo.Hub.Settlement.Report;

namespace CoMaKo.Hub.Settlement.Runs;

/// <summary>A month of a group as a whole; energy in Wh, absent where no point has a value.</summary>
/// <param name="Surplus">Generated and not shared.</param>
/// <param name="DebitCents">What members owe for shared energy.</param>
/// <param name="CreditCents">What members get for shared generation and surplus, less the fee.</param>
public sealed record MonthSums(long? Used, long? Generated, long? Allocated, long? Surplus, long DebitCents, long CreditCents)
{
    /// <summary>From a report of all points.</summary>
    internal static MonthSums Of(GroupReport report) => new(
        report.Used, report.Generated, report.Allocated, report.Surplus, report.Points.Sum(point => point.CostCents ?? 0), report.Points.Sum(point => point.CreditCents ?? 0));
}

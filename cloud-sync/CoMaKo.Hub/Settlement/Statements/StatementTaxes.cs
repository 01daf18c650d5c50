using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Settlement.Statements;

/// <summary>Tax of a participant's month by the profiles of its days: also what shows none, with its reason.</summary>
internal static class StatementTaxes
{
    /// <param name="points">Figures per day of the participant's points.</param>
    /// <param name="lines">All lines of the participant's month as it stands.</param>
    public static IReadOnlyList<StatementTax> Of(RunBasis basis, string participant, IReadOnlyList<PointResult> points, IReadOnlyList<SettlementLine> lines)
    {
        ArgumentNullException.ThrowIfNull(basis);
        var known = points.Select(point => point.Point).ToHashSet(StringComparer.Ordinal);
        var own = new SettlementResult(
            basis.Group, basis.From, basis.To, "", 0, default, points, [.. lines.Where(line => line.Kind <= LineKind.Deviation && known.Contains(line.Point))], [], [], []);
        return [.. TaxRules.Of(own, _ => participant, TaxRules.BySupplier(basis.Taxes.ToDictionary(each => each.Person, each => each.Profiles, StringComparer.Ordinal))).Select(tax => new StatementTax(tax.Kind == LineKind.CreditTax, tax.Treatment, tax.RateBasisPoints, tax.NetCents, tax.TaxCents))];
    }
}

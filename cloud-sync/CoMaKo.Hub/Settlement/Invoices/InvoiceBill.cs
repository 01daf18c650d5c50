using CoMaKo.Hub.Settlement.Statements;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Settlement.Invoices;

/// <summary>
/// What a participant's month comes to on one side, before it has a number. What is charged and what is credited never go on one document: on the first the
/// cooperative is the supplier, on the second the participant is.
/// </summary>
internal sealed record InvoiceBill(InvoiceKind Kind, IReadOnlyList<InvoiceLine> Lines, IReadOnlyList<InvoiceTax> Taxes)
{
    /// <param name="month">All lines of the participant's month as it stands with this statement.</param>
    /// <param name="taxes">Net and tax of that month.</param>
    /// <returns>Absent if there is nothing to state on this side.</returns>
    /// <exception cref="ArgumentException">Lines and taxes do not come to the same sum.</exception>
    public static InvoiceBill? Of(InvoiceKind kind, IReadOnlyList<SettlementLine> month, IReadOnlyList<StatementTax> taxes)
    {
        bool isCredit = kind == InvoiceKind.CreditNote;
        int sign = isCredit ? -1 : 1;
        var own = month.Where(line => line.Kind < LineKind.Tax && IsCredited(line.Kind) == isCredit && line is not { Wh: 0, Cents: 0 }).ToList();
        if (own.TrueForAll(line => line.Cents == 0)) return null;
        var stated = taxes.Where(tax => tax.IsCredit == isCredit).Select(tax => new InvoiceTax(tax.Treatment, tax.RateBasisPoints, sign * tax.NetCents, sign * tax.TaxCents));
        var bill = new InvoiceBill(
            kind, [.. own.Select(line => new InvoiceLine(line.Kind, line.Point, line.From, line.To, line.Wh, line.Kind == LineKind.Deviation ? 0 : line.Price, sign * line.Cents))],
            [.. stated.Where(tax => tax is not { NetCents: 0, TaxCents: 0 })]);
        long tax = sign * month.Where(line => line.Kind == (isCredit ? LineKind.CreditTax : LineKind.Tax)).Sum(line => line.Cents);
        if (bill.Lines.Sum(line => line.Cents) != bill.Taxes.Sum(each => each.NetCents) || tax != bill.Taxes.Sum(each => each.TaxCents))
            throw new ArgumentException("CMH-2406. The lines of the month and its tax do not come to the same sum.", nameof(taxes));
        return bill;
    }

    public InvoiceBill Negated() => this with
    {
        Lines = [.. Lines.Select(line => line with { Wh = -line.Wh, Cents = -line.Cents })], Taxes = [.. Taxes.Select(tax => tax with { NetCents = -tax.NetCents, TaxCents = -tax.TaxCents })],
    };

    private static bool IsCredited(LineKind kind) => kind is LineKind.SharedGeneration or LineKind.Surplus;
}

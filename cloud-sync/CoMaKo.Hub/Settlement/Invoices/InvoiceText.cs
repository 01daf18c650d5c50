using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Settlement.Statements;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Settlement.Runs;
using NodaTime;
using NodaTime.Text;

namespace CoMaKo.Hub.Settlement.Invoices;

/// <summary>A document in a list of the REST interface.</summary>
internal sealed record InvoiceHeadDocument(string Number, InvoiceKind Kind, string BalanceGroup, string Month, string Participant, string Statement, string IssuedOn, Eur GrossEur, string? Cancels, string? CancelledBy)
{
    public static InvoiceHeadDocument Of(InvoiceHead head) => new(
        head.Number, head.Kind, head.Group, head.Month.Text(), head.Participant, head.Statement, InvoiceText.Day(InvoiceWriter.DayOf(head.IssuedUs)), new Eur(head.Cents), head.Cancels, head.CancelledBy);
}

/// <summary>Supplier or recipient.</summary>
internal sealed record PartyDocument(string? Participant, string? Name, string? Street, string? PostalCode, string? City, string? Country, string? TaxNumber, string? VatId)
{
    public static PartyDocument Of(Party party) => new(party.Id.Length == 0 ? null : party.Id, party.Name, party.Street, party.PostalCode, party.City, party.Country, party.TaxNumber, party.VatId);
}

internal sealed record InvoiceLineDocument(LineKind Kind, string Point, string From, string To, Kwh Kwh, CtPerKwh? PriceCtPerKwh, Eur NetEur);

internal sealed record InvoiceTaxDocument(TaxTreatment Treatment, decimal RatePercent, Eur NetEur, Eur TaxEur);

/// <summary>A document with all that it states. It never changes; <c>cancelled_by</c> is told beside it.</summary>
/// <param name="To">Exclusive.</param>
/// <param name="Sha256">Of the stored bytes.</param>
internal sealed record InvoiceDocument(
    string Number, InvoiceKind Kind, string? Cancels, InvoiceKind? CancelsKind, string? CancelledBy, string? Reason, string IssuedOn, string BalanceGroup, string From, string To, string Statement,
    PartyDocument Supplier, PartyDocument Recipient, IReadOnlyList<InvoiceLineDocument> Lines, IReadOnlyList<InvoiceTaxDocument> Tax, Eur NetEur, Eur TaxEur, Eur GrossEur, string Sha256)
{
    public static InvoiceDocument Of(InvoiceHead head, InvoiceContent content) => new(
        content.Number, content.Kind, content.Cancels, content.CancelsKind, head.CancelledBy, content.Reason, InvoiceText.Day(content.IssuedOn), content.BalanceGroup, InvoiceText.Day(content.From), InvoiceText.Day(content.To),
        content.Statement, PartyDocument.Of(content.Supplier), PartyDocument.Of(content.Recipient),
        [.. content.Lines.Select(line => new InvoiceLineDocument(line.Kind, line.Point, InvoiceText.Day(line.From), InvoiceText.Day(line.To), new Kwh(line.Wh), line.Kind == LineKind.Deviation ? null : new CtPerKwh(line.Price), new Eur(line.Cents)))],
        [.. content.Taxes.Select(tax => new InvoiceTaxDocument(tax.Treatment, tax.RateBasisPoints * 0.01m, new Eur(tax.NetCents), new Eur(tax.TaxCents)))],
        new Eur(content.NetCents), new Eur(content.TaxCents), new Eur(content.GrossCents), head.Sha256);
}

internal static class InvoiceText
{
    /// <summary>One row per document.</summary>
    /// <param name="isGerman">Semicolon and decimal comma, otherwise comma and point.</param>
    public static byte[] ToCsv(IEnumerable<InvoiceHead> heads, bool isGerman)
    {
        var table = new CsvTable(isGerman).Row("number", "kind", "balance_group", "month", "participant", "statement", "issued_on", "gross_eur", "cancels", "cancelled_by");
        foreach (var head in heads.Select(InvoiceHeadDocument.Of))
            table.Row(head.Number, StatementText.WordOf(head.Kind), head.BalanceGroup, head.Month, head.Participant, head.Statement, head.IssuedOn, head.GrossEur, head.Cancels, head.CancelledBy);
        return table.ToBytes();
    }

    public static string Day(LocalDate day) => LocalDatePattern.Iso.Format(day);
}

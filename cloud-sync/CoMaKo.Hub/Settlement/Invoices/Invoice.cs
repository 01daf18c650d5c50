using System.Text.Json;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Invoices;

/// <summary>What a document is; the numbers are those of <c>mkt_invoice.kind</c>.</summary>
public enum InvoiceKind
{
    /// <summary>The cooperative charges the participant.</summary>
    Invoice = 1,

    /// <summary>The cooperative states what it owes the participant for energy: self-billing, § 14 (2) UStG, which the law calls <i>Gutschrift</i>.</summary>
    CreditNote = 2,

    /// <summary>Takes one of the others back, with the same figures below zero.</summary>
    Cancellation = 3,
}

/// <summary>Somebody who supplies or receives, with what § 14 (4) UStG asks for; what is not known is absent.</summary>
/// <param name="Id">The participant; empty: the cooperative.</param>
public sealed record Party(string Id, string? Name = null, string? Street = null, string? PostalCode = null, string? City = null, string? Country = null, string? TaxNumber = null, string? VatId = null);

/// <summary>One line. Amounts are above zero in what the document states, below in its cancellation.</summary>
/// <param name="To">Exclusive.</param>
/// <param name="Price">1/10 000 ct per kWh; of no account for balancing cost.</param>
public sealed record InvoiceLine(LineKind Kind, string Point, LocalDate From, LocalDate To, long Wh, long Price, long Cents);

/// <summary>Net and tax of one treatment and rate, on the sum and not per line.</summary>
public sealed record InvoiceTax(TaxTreatment Treatment, long RateBasisPoints, long NetCents, long TaxCents);

/// <summary>A document as it is kept for ever (<c>comako.invoice.1</c>): names, addresses and words of the day on which it was made.</summary>
/// <param name="Cancels">Of a cancellation: the number of what it takes back.</param>
/// <param name="CancelsKind">Of a cancellation: what that was.</param>
/// <param name="To">Exclusive.</param>
/// <param name="Statement">Number of the statement that explains the figures down to meter totals.</param>
/// <param name="Reason">Why an operator took it back; absent if a correction of the month did.</param>
public sealed record InvoiceContent(
    string Format, string Number, InvoiceKind Kind, string? Cancels, InvoiceKind? CancelsKind, LocalDate IssuedOn, string BalanceGroup, LocalDate From, LocalDate To, string Statement,
    Party Supplier, Party Recipient, IReadOnlyList<InvoiceLine> Lines, IReadOnlyList<InvoiceTax> Taxes, string? Reason)
{
    public const string Name = "comako.invoice.1";

    /// <summary>What it is about, also of a cancellation.</summary>
    public InvoiceKind Subject => CancelsKind ?? Kind;

    public long NetCents => Taxes.Sum(tax => tax.NetCents);

    public long TaxCents => Taxes.Sum(tax => tax.TaxCents);

    public long GrossCents => NetCents + TaxCents;

    /// <summary>The participant, on whichever side.</summary>
    public Party Participant => Subject == InvoiceKind.Invoice ? Recipient : Supplier;

    /// <summary>Whether it states the same figures.</summary>
    internal bool States(InvoiceBill bill) => Lines.SequenceEqual(bill.Lines) && Taxes.SequenceEqual(bill.Taxes);

    internal byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    internal static InvoiceContent Parse(byte[] json) => JsonSerializer.Deserialize<InvoiceContent>(json, Json) is { Format: Name } content ? content : throw new JsonException($"This is no document of the form {Name}.");

    private static readonly JsonSerializerOptions Json = new(RunBasis.Json) { IgnoreReadOnlyProperties = true };
}

using CoMaKo.Hub.Settlement.Invoices;
using CoMaKo.Hub.Web.Statements;
using CoMaKo.Hub.Web.Texts;

namespace CoMaKo.Hub.Web.Invoices;

/// <summary>Sentences of invoices in the reader's language.</summary>
internal static class InvoiceWords
{
    /// <summary>What it is, and its number.</summary>
    public static string Heading(Wording say, InvoiceContent invoice) => $"{say.Of(invoice.Kind)} {invoice.Number}";

    /// <summary>Who pays what.</summary>
    public static string Outcome(Wording say, InvoiceContent invoice)
    {
        string sum = StatementWords.Eur(say, Math.Abs(invoice.GrossCents)), name = invoice.Participant.Name ?? invoice.Participant.Id;
        return say[invoice.Kind == InvoiceKind.Cancellation ? "invoices.outcome.cancelled" : invoice.GrossCents >= 0 == (invoice.Kind == InvoiceKind.Invoice) ? "invoices.outcome.pays" : "invoices.outcome.gets", name, sum];
    }

    /// <summary>What is missing.</summary>
    public static string Gap(Wording say, InvoiceGap gap) => gap.Code == "CMH-2406" ? say["invoices.gap.sums", gap.Field] : say["invoices.gap." + gap.Field];
}

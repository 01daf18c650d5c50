using System.Globalization;
using CoMaKo.Hub.Storage;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Invoices;

/// <summary>
/// Numbers without gaps (§ 14 (4) no. 4 UStG: each once; that none is missing is what an auditor asks for): one series per kind and year, e.g. <c>RE-2026-000042</c>.
/// A number is taken in the transaction that writes its document, which keeps all others waiting until it ends; if it fails, the number was never taken.
/// </summary>
internal sealed class InvoiceNumbers(HubTransaction tx, int year)
{
    private const string Gate = "";

    /// <summary>Waits for whoever takes numbers now: all series stand behind one row, so that nobody waits for two in another order.</summary>
    public static async ValueTask<InvoiceNumbers> OpenAsync(HubTransaction tx, LocalDate day)
    {
        ArgumentNullException.ThrowIfNull(tx);
        await tx.Prepare("INSERT INTO mkt_invoice_series (series, last) VALUES ($1, 0) ON CONFLICT (series) DO UPDATE SET last = mkt_invoice_series.last").Bind(Gate).RunAsync();
        return new InvoiceNumbers(tx, day.Year);
    }

    public async ValueTask<(string Series, long Place, string Number)> NextAsync(InvoiceKind kind)
    {
        string series = string.Create(CultureInfo.InvariantCulture, $"{Prefix(kind)}-{year:0000}");
        long place = (await tx.Prepare("INSERT INTO mkt_invoice_series (series, last) VALUES ($1, 1) ON CONFLICT (series) DO UPDATE SET last = mkt_invoice_series.last + 1 RETURNING last").Bind(series).NumberAsync())!.Value;
        return (series, place, string.Create(CultureInfo.InvariantCulture, $"{series}-{place:000000}"));
    }

    /// <summary>Rechnung, Gutschrift, Storno.</summary>
    private static string Prefix(InvoiceKind kind) => kind switch { InvoiceKind.Invoice => "RE", InvoiceKind.CreditNote => "GU", _ => "ST" };
}

using CoMaKo.Hub.Settlement.Statements.Pdf;
using CoMaKo.Hub.Web.Invoices;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Invoices;

/// <summary>Documents on paper: the same parts as the page.</summary>
internal sealed class InvoicePrinter(PaperPage paper)
{
    /// <summary>PDF files of at most <see cref="PdfMaker.MostPages"/> documents, in their order.</summary>
    /// <exception cref="PdfException">They cannot be made.</exception>
    public async Task<IReadOnlyList<byte[]>> PrintAsync(IReadOnlyList<InvoiceContent> invoices, string language, CancellationToken stop)
    {
        var pages = new List<PdfPage>();
        foreach (var invoice in invoices) pages.Add(new PdfPage(await paper.ToHtmlAsync<InvoicePrint>(language, Instant.MinValue, nameof(InvoicePrint.Invoice), invoice)));
        return await PdfMaker.MakeAsync(pages, stop);
    }
}

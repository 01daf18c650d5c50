using CoMaKo.Hub.Access;
using CoMaKo.Hub.Settlement.Statements.Pdf;
using CoMaKo.Hub.Web.Invoices;
using CoMaKo.Hub.Web.Texts;
using CoMaKo.Hub.Web.Views;
using CoMaKo.Web;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Invoices;

/// <summary>Documents on paper: the same parts as the page.</summary>
internal sealed class InvoicePrinter(IServiceProvider services, ILoggerFactory loggers, WebAssets assets)
{
    /// <summary>PDF files of at most <see cref="PdfMaker.MostPages"/> documents, in their order.</summary>
    /// <exception cref="PdfException">They cannot be made.</exception>
    public async Task<IReadOnlyList<byte[]>> PrintAsync(IReadOnlyList<InvoiceContent> invoices, string language, CancellationToken stop)
    {
        var pages = new List<PdfPage>();
        foreach (var invoice in invoices) pages.Add(new PdfPage(await ToHtmlAsync(invoice, language)));
        return await PdfMaker.MakeAsync(pages, stop);
    }

    /// <summary>A whole file that needs nothing beside itself.</summary>
    private async Task<string> ToHtmlAsync(InvoiceContent invoice, string language)
    {
        var page = new PageContext(new Wording(language), assets, "", "light", Instant.MinValue, Caller.Nobody, []);
        await using var renderer = new HtmlRenderer(services, loggers);
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            RenderFragment body = builder =>
            {
                builder.OpenComponent<InvoicePrint>(0);
                builder.AddAttribute(1, nameof(InvoicePrint.Invoice), invoice);
                builder.CloseComponent();
            };
            var root = ParameterView.FromDictionary(new Dictionary<string, object?> { ["Value"] = page, ["IsFixed"] = true, ["ChildContent"] = body });
            return (await renderer.RenderComponentAsync<CascadingValue<PageContext>>(root)).ToHtmlString();
        });
    }
}

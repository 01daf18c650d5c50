using CoMaKo.Hub.Access;
using CoMaKo.Hub.Web.Statements;
using CoMaKo.Hub.Web.Texts;
using CoMaKo.Hub.Web.Views;
using CoMaKo.Web;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Statements.Pdf;

/// <summary>Statements on paper: the same parts as the page, without what can be followed only on a screen.</summary>
internal sealed class StatementPrinter(IServiceProvider services, ILoggerFactory loggers, WebAssets assets)
{
    /// <summary>PDF files of at most <see cref="PdfMaker.MostPages"/> statements, in their order.</summary>
    /// <exception cref="PdfException">They cannot be made.</exception>
    public async Task<IReadOnlyList<byte[]>> PrintAsync(IReadOnlyList<Statement> statements, string language, CancellationToken stop)
    {
        var pages = new List<PdfPage>();
        foreach (var statement in statements) pages.Add(new PdfPage(await ToHtmlAsync(statement, language)));
        return await PdfMaker.MakeAsync(pages, stop);
    }

    /// <summary>A whole document that needs nothing beside itself.</summary>
    public async Task<string> ToHtmlAsync(Statement statement, string language)
    {
        var page = new PageContext(new Wording(language), assets, "", "light", Instant.FromUnixTimeTicks(statement.Head.MadeUs * 10), Caller.Nobody, []);
        await using var renderer = new HtmlRenderer(services, loggers);
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            RenderFragment body = builder =>
            {
                builder.OpenComponent<StatementPrint>(0);
                builder.AddAttribute(1, nameof(StatementPrint.Statement), statement);
                builder.CloseComponent();
            };
            var root = ParameterView.FromDictionary(new Dictionary<string, object?> { ["Value"] = page, ["IsFixed"] = true, ["ChildContent"] = body });
            return (await renderer.RenderComponentAsync<CascadingValue<PageContext>>(root)).ToHtmlString();
        });
    }
}

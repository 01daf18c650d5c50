using CoMaKo.Hub.Web.Statements;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Statements.Pdf;

/// <summary>Statements on paper: the same parts as the page, without what can be followed only on a screen.</summary>
internal sealed class StatementPrinter(PaperPage paper)
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
    public Task<string> ToHtmlAsync(Statement statement, string language) =>
        paper.ToHtmlAsync<StatementPrint>(language, Instant.FromUnixTimeTicks(statement.Head.MadeUs * 10), nameof(StatementPrint.Statement), statement);
}

using System.Diagnostics;
using System.IO.Compression;
using System.Text.RegularExpressions;
using AngleSharp.Html.Parser;
using CoMaKo.Hub.Settlement.Statements.Pdf;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Statements;

/// <summary>Paper says what the page says, and making it reaches for nothing.</summary>
public sealed partial class PdfTests
{
    private const string Ben = "2025-08.1-BK123456-0002";

    [RequiresTheory(Peer.WeasyPrint)]
    [InlineData("de", "keine Rechnung"), InlineData("en", "not an invoice")]
    public async Task Pdf_HasTheFiguresOfThePage(string language, string word)
    {
        await using var world = await StatementWorld.StartAsync(Engine.Sqlite);
        await world.CloseAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/statements/{Ben}.html");
        request.Headers.Add("Accept-Language", language);
        using var response = await world.Hub.Pages.SendAsync(request);
        var main = new HtmlParser().ParseDocument(await response.Content.ReadAsStringAsync()).QuerySelector("main")!;

        string text = await TextAsync(await world.Hub.Pages.GetByteArrayAsync(new Uri($"/statements/{Ben}.pdf?language={language}", UriKind.Relative)));

        string[] figures = [.. Figure().Matches(string.Join(' ', main.QuerySelectorAll(".plain, td").Select(cell => cell.TextContent))).Select(match => match.Value).Distinct()];
        Assert.InRange(figures.Length, 8, 100);
        Assert.All(figures, figure => Assert.Contains(figure, text, StringComparison.Ordinal));
        Assert.Contains(word, text, StringComparison.Ordinal);
        Assert.Contains("Ben & Söhne GmbH", text, StringComparison.Ordinal);
    }

    [RequiresFact(Peer.WeasyPrint)]
    public async Task Pdf_FetchesNothing_AndComesInItsOrder()
    {
        string secret = Path.GetTempFileName();
        await File.WriteAllTextAsync(secret, "secret");

        var files = await PdfMaker.MakeAsync(
            [.. Enumerable.Range(1, 3).Select(i => new PdfPage($"""<html><body><p>page {i}</p><img src="file://{secret}"><object data="file://{secret}"></object><link rel="stylesheet" href="http://127.0.0.1:9/x.css"></body></html>"""))], CancellationToken.None);

        for (int i = 0; i < 3; i++)
        {
            string text = await TextAsync(files[i]);
            Assert.Contains($"page {i + 1}", text, StringComparison.Ordinal);
            Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        }

        File.Delete(secret);
    }

    [RequiresFact(Peer.WeasyPrint)]
    public async Task Month_ComesAsOneZip()
    {
        await using var world = await StatementWorld.StartAsync(Engine.Sqlite);
        await world.CloseAsync();

        using var zip = new ZipArchive(new MemoryStream(await world.Hub.Pages.GetByteArrayAsync(new Uri("/balance_groups/BK123456/months/2025-08/statements.zip?language=en", UriKind.Relative))));

        Assert.Equal(["2025-08.1-BK123456-0001.pdf", "2025-08.1-BK123456-0002.pdf"], zip.Entries.Select(entry => entry.FullName));
        using var file = new MemoryStream();
        await using (var entry = await zip.Entries[1].OpenAsync()) await entry.CopyToAsync(file);
        Assert.Contains("Ben & Söhne GmbH", await TextAsync(file.ToArray()), StringComparison.Ordinal);
        Assert.Equal(404, (await world.Hub.GetAsync("/balance_groups/BK123456/months/2025-09/statements.zip")).Code);
    }

    private static async Task<string> TextAsync(byte[] pdf)
    {
        string file = Path.GetTempFileName();
        await File.WriteAllBytesAsync(file, pdf);
        using var process = Process.Start(new ProcessStartInfo("pdftotext", ["-layout", file, "-"]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        string text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        File.Delete(file);
        return text;
    }

    [GeneratedRegex(@"\d+[.,]\d+(?:[.,]\d+)*", RegexOptions.None, 1000)]
    private static partial Regex Figure();
}

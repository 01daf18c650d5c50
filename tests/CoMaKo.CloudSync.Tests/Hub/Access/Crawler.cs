using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using AngleSharp.Html.Parser;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Access;

/// <summary>One answer as a reader sees it: text, headers that carry text, files unpacked.</summary>
internal sealed record Seen(string Request, int Status, string Text);

/// <summary>Reads everything that one caller can reach from where it stands: links of pages, addresses in JSON, next pages of lists, files inside of files.</summary>
internal sealed partial class Crawler
{
    private const int Most = 3000;

    /// <summary>Days and months have neighbours without end: so many addresses that differ in digits only are enough.</summary>
    private const int MostAlike = 12;

    private readonly HttpClient client;
    private readonly Queue<string> open = new();
    private readonly HashSet<string> known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> alike = new(StringComparer.Ordinal);

    public Crawler(HttpClient client)
    {
        this.client = client;
        client.DefaultRequestHeaders.Remove("X-Forwarded-For");
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "192.0.2.1"); // nobody at this machine, who may read everything on trial
    }

    /// <summary>All answers, in the order of the requests.</summary>
    public List<Seen> Answers { get; } = [];

    /// <summary>All addresses that were asked for.</summary>
    public IReadOnlyCollection<string> Addresses => known;

    /// <summary>Follows everything from these addresses on.</summary>
    public async Task RunAsync(IEnumerable<string> from)
    {
        foreach (string path in from) Add(path);
        while (open.TryDequeue(out string? path))
        {
            Assert.True(known.Count < Most, "The crawl does not end.");
            foreach (string accept in path.EndsWith(".pdf", StringComparison.Ordinal) ? (string[])["*/*"] : ["text/html", "application/json"])
            {
                var seen = await SendAsync(HttpMethod.Get, path, accept);
                if (seen.Status < 400) Follow(path, seen.Text);
            }
        }
    }

    /// <summary>Sends one request and keeps its answer.</summary>
    public async Task<Seen> SendAsync(HttpMethod method, string path, string accept = "application/json", HttpContent? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await client.SendAsync(request);
        var text = new StringBuilder();
        foreach (var header in response.Headers.Concat(response.Content.Headers).Where(header => header.Key is "Location" or "Content-Disposition" or "Link"))
        {
            text.Append(string.Join(' ', header.Value)).Append('\n');
            if (header.Key == "Location" && method == HttpMethod.Get) Add(header.Value.First());
        }

        Unpack(await response.Content.ReadAsByteArrayAsync(), text);
        var seen = new Seen($"{method} {path}", (int)response.StatusCode, text.ToString());
        Answers.Add(seen);
        return seen;
    }

    /// <summary>A zip file is read file by file, a PDF file by Poppler where it is there, everything else as text, once as it is and once without HTML's and JSON's escapes.</summary>
    private static void Unpack(byte[] body, StringBuilder into)
    {
        if (body.AsSpan().StartsWith("PK"u8))
        {
            using var zip = new ZipArchive(new MemoryStream(body));
            foreach (var entry in zip.Entries)
            {
                using var content = new MemoryStream();
                using (var stream = entry.Open()) stream.CopyTo(content);
                into.Append(entry.FullName).Append('\n');
                Unpack(content.ToArray(), into);
            }

            return;
        }

        if (body.AsSpan().StartsWith("%PDF-"u8)) body = PdfText(body); // its own numbers are places on paper
        string text = TraceId().Replace(Encoding.UTF8.GetString(body), ""); // its random digits are now and then those that are looked for
        into.Append(text).Append('\n').Append(WebUtility.HtmlDecode(text)).Append('\n').Append(Escape().Replace(text, match => ((char)Convert.ToInt32(match.Groups[1].Value, 16)).ToString())).Append('\n');
    }

    /// <summary>What a PDF file says; nothing where its reader is not installed, as then no PDF file is made either.</summary>
    private static byte[] PdfText(byte[] pdf)
    {
        if (Peers.WhyNot(Peer.WeasyPrint) is not null) return [];
        string file = Path.GetTempFileName();
        File.WriteAllBytes(file, pdf);
        using var process = Process.Start(new ProcessStartInfo("pdftotext", ["-layout", file, "-"]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        using var text = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(text);
        process.WaitForExit();
        File.Delete(file);
        return text.ToArray();
    }

    private void Follow(string path, string text)
    {
        if (text.TrimStart().StartsWith("<!DOCTYPE", StringComparison.OrdinalIgnoreCase))
            foreach (var link in new HtmlParser().ParseDocument(text).QuerySelectorAll("[href], [src], form:not([method=post])[action]"))
                Add(link.GetAttribute("href") ?? link.GetAttribute("src") ?? link.GetAttribute("action")!, path);
        foreach (Match address in JsonAddress().Matches(text)) Add(address.Groups[1].Value);
        if (NextPage().Match(text) is { Success: true } next) Add($"{path.Split('?')[0]}?cursor={Uri.EscapeDataString(next.Groups[1].Value)}");
    }

    private void Add(string address, string? from = null)
    {
        address = address.Split('#')[0];
        if (address.StartsWith('?') && from is not null) address = from.Split('?')[0] + address;
        if (!address.StartsWith('/') || address.StartsWith("//", StringComparison.Ordinal) || address.StartsWith("/assets/", StringComparison.Ordinal) || known.Contains(address)) return;
        string shape = Digits().Replace(address, "0");
        if ((alike[shape] = alike.GetValueOrDefault(shape) + 1) > MostAlike) return;
        known.Add(address);
        open.Enqueue(address);
    }

    [GeneratedRegex("[0-9]+", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Digits();

    [GeneratedRegex("""":\s*"(/[A-Za-z0-9_./~?=&%-]+)"""", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex JsonAddress();

    [GeneratedRegex(""""next":\s*"([^"]+)"""", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex NextPage();

    [GeneratedRegex("\"trace_id\":\"[0-9a-f-]*\"", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex TraceId();

    [GeneratedRegex(@"\\u([0-9a-fA-F]{4})", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Escape();
}

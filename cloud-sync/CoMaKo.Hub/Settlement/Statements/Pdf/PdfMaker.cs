using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace CoMaKo.Hub.Settlement.Statements.Pdf;

/// <summary>A text to be printed.</summary>
internal sealed record PdfPage(string Html);

/// <summary>PDF files cannot be made here. Codes: CMH-2391 not installed, 2392 failed, 2393 took too long.</summary>
internal sealed class PdfException(string code, string text) : Exception($"{code}. {text}")
{
    public string Code { get; } = code;

    public string Text { get; } = text;
}

/// <summary>
/// Makes PDF files with the distribution's WeasyPrint in a process of its own, with limits on memory and time and nothing to fetch. Starting it costs half a
/// second, so many statements go through one process.
/// </summary>
internal static class PdfMaker
{
    public const int MostPages = 50;

    private const string Python = "/usr/bin/python3";
    private const int NotInstalled = 3;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);

    /// <summary>A process takes a core for its time.</summary>
    private static readonly SemaphoreSlim Places = new(1);

    /// <summary>One PDF file per text, in their order.</summary>
    /// <exception cref="PdfException">They cannot be made.</exception>
    public static async Task<IReadOnlyList<byte[]>> MakeAsync(IReadOnlyList<PdfPage> pages, CancellationToken stop)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pages.Count, MostPages);
        if (!File.Exists(Python)) throw Missing();
        await Places.WaitAsync(stop);
        var folder = Directory.CreateTempSubdirectory("comako-pdf-");
        try
        {
            await RunAsync(pages, folder.FullName, stop);
            var files = new List<byte[]>();
            for (int i = 0; i < pages.Count; i++) files.Add(await File.ReadAllBytesAsync(Path.Combine(folder.FullName, NameOf(i)), stop));
            return files.TrueForAll(file => file.AsSpan().StartsWith("%PDF-"u8)) ? files : throw new PdfException("CMH-2392", "WeasyPrint wrote something that is no PDF.");
        }
        finally
        {
            folder.Delete(recursive: true);
            Places.Release();
        }
    }

    private static async Task RunAsync(IReadOnlyList<PdfPage> pages, string folder, CancellationToken stop)
    {
        string script = Path.Combine(folder, "statement_pdf.py");
        await using (var source = typeof(PdfMaker).Assembly.GetManifestResourceStream("statement_pdf.py")!)
        await using (var target = File.Create(script)) await source.CopyToAsync(target, stop);
        var start = new ProcessStartInfo(Python, ["-I", script, folder]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        start.Environment.Clear();
        (start.Environment["HOME"], start.Environment["LANG"], start.Environment["PATH"]) = (folder, "C.UTF-8", "/usr/bin:/bin");
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Longest, TimeProvider.System); // a real process takes real time, whatever clock the hub has
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(either.Token), process.StandardError.ReadToEndAsync(either.Token));
            await FeedAsync(process.StandardInput, pages, either.Token);
            await Task.WhenAll(output, errors);
            await process.WaitForExitAsync(either.Token);
            if (process.ExitCode == NotInstalled) throw Missing();
            string last = (await errors).Trim().Split('\n')[^1];
            if (process.ExitCode != 0) throw new PdfException("CMH-2392", $"WeasyPrint ended with {process.ExitCode}: {last[..Math.Min(200, last.Length)]}");
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            throw new PdfException("CMH-2393", "Making the PDF took more than three minutes.");
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>A process that ends early (not installed, a limit) no longer reads; its exit code says why.</summary>
    private static async Task FeedAsync(StreamWriter input, IReadOnlyList<PdfPage> pages, CancellationToken stop)
    {
        try
        {
            await using var utf8 = new StreamWriter(input.BaseStream, new UTF8Encoding(false));
            for (int i = 0; i < pages.Count; i++) await utf8.WriteLineAsync(JsonSerializer.Serialize(new { name = NameOf(i), html = pages[i].Html }).AsMemory(), stop);
        }
        catch (IOException)
        {
        }
    }

    private static string NameOf(int place) => FormattableString.Invariant($"{place:00}.pdf");

    private static PdfException Missing() => new("CMH-2391", "PDF files are made by WeasyPrint, which is not installed on the hub's machine: sudo apt-get install weasyprint. The page can be printed by the browser meanwhile.");
}

using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Mail;

/// <summary>A mail as the foreign server took it and Python's parser reads it.</summary>
internal sealed record TakenMail(string Id, string From, string To, string Subject, string Date, string Text, string Sender, IReadOnlyList<string> Recipients, bool Tls, string? User, IReadOnlyList<string> Problems);

/// <summary>A foreign mail server (aiosmtpd) on a free loopback port, which keeps its port while it is down.</summary>
internal sealed class MailPeer : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("comako-mail-");
    private RunningProcess process = null!;
    private int commands;

    public int Port { get; private set; }

    /// <summary>All mails so far, in the order in which they came.</summary>
    public IReadOnlyList<TakenMail> Mails => File.Exists(FileOfMails) ? [.. File.ReadAllLines(FileOfMails).Select(line => JsonSerializer.Deserialize<TakenMail>(line, Json)!)] : [];

    private string FileOfMails => Path.Combine(folder.FullName, "mails.jsonl");

    /// <param name="pem">Certificate and key; absent: no TLS.</param>
    public static async Task<MailPeer> StartAsync(string? pem = null, bool tlsFirst = false, string? signIn = null)
    {
        var peer = new MailPeer();
        List<string> arguments = [Repository.At("tests", "CoMaKo.CloudSync.Tests", "peers", "mail_server.py"), peer.FileOfMails];
        if (pem is not null)
        {
            string file = Path.Combine(peer.folder.FullName, "server.pem");
            await File.WriteAllTextAsync(file, pem);
            arguments.AddRange(["--tls", file]);
        }

        if (tlsFirst) arguments.Add("--tls-first");
        if (signIn is not null) arguments.AddRange(["--sign-in", signIn]);
        peer.process = RunningProcess.Start(new ProcessStartInfo(Peers.Python, arguments));
        await peer.UntilAsync("port ");
        peer.Port = int.Parse(peer.process.Output.Split('\n').First(line => line.StartsWith("port ", StringComparison.Ordinal))[5..], CultureInfo.InvariantCulture);
        return peer;
    }

    /// <summary>How a user names it.</summary>
    public string Url(string scheme = "smtp", string user = "", string host = "127.0.0.1") => string.Create(CultureInfo.InvariantCulture, $"{scheme}://{user}{host}:{Port}");

    /// <summary>down, up, hold or go.</summary>
    public async Task SayAsync(string command)
    {
        await process.TypeAsync(command);
        await UntilAsync(string.Create(CultureInfo.InvariantCulture, $"{command} {++commands}"));
    }

    /// <summary>Waits for what it prints.</summary>
    public async Task UntilAsync(string word)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (!process.Output.Contains(word, StringComparison.Ordinal))
        {
            Assert.True(!process.HasExited && TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromMinutes(2), process.Output);
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }

    /// <summary>Waits until it has taken so many mails.</summary>
    public async Task<IReadOnlyList<TakenMail>> UntilAsync(int mails)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (Mails.Count < mails)
        {
            Assert.True(!process.HasExited && TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromMinutes(2), $"{Mails.Count} of {mails} mails came. {process.Output}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        return Mails;
    }

    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync();
        folder.Delete(recursive: true);
    }
}

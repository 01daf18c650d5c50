using System.Diagnostics;
using System.Globalization;
using System.Net;
using CoMaKo.Hub.Access.OpenId;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Access.OpenId;

/// <summary>A foreign provider (Authlib) on a free loopback port.</summary>
internal sealed class OpenIdPeer : IAsyncDisposable
{
    private const string Secret = "s3cret-0123456789";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("comako-openid-");
    private RunningProcess process = null!;
    private int commands;

    public OpenIdSettings Settings { get; private set; } = null!;

    public static async Task<OpenIdPeer> StartAsync()
    {
        var peer = new OpenIdPeer();
        string file = Path.Combine(peer.folder.FullName, "secret");
        await File.WriteAllTextAsync(file, Secret);
        peer.process = RunningProcess.Start(new ProcessStartInfo(Peers.Python, [Repository.At("tests", "CoMaKo.CloudSync.Tests", "peers", "openid_provider.py"), "hub", file]));
        await peer.UntilAsync("port ");
        string port = peer.process.Output.Split('\n').First(line => line.StartsWith("port ", StringComparison.Ordinal))[5..].Trim();
        peer.Settings = new OpenIdSettings($"http://127.0.0.1:{port}", "hub", Secret, "Dorfkonto");
        return peer;
    }

    /// <summary>subject NAME, rotate KIND, forge HOW.</summary>
    public async Task SayAsync(string command)
    {
        await process.TypeAsync(command);
        await UntilAsync(string.Create(CultureInfo.InvariantCulture, $"{command.Split(' ')[0]} {++commands}"));
    }

    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync();
        folder.Delete(recursive: true);
    }

    private async Task UntilAsync(string word)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (!process.Output.Contains(word, StringComparison.Ordinal))
        {
            Assert.True(!process.HasExited && TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromMinutes(2), process.Output);
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }
}

/// <summary>A browser of somebody: cookies for all that it visits, and redirects one by one.</summary>
internal sealed class Surfer(Uri hub) : IDisposable
{
    private readonly HttpClient client = new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }) { BaseAddress = hub, DefaultRequestHeaders = { { "Accept", "text/html" } } };

    /// <summary>Follows the way to the provider and back, up to the hub's last answer that is no redirect to elsewhere.</summary>
    /// <returns>The hub's answer to what the provider said.</returns>
    public async Task<(int Status, string Where, string Text)> VisitAsync(string path) => await ReturnAsync(await AskAsync(path));

    /// <summary>Goes to the provider.</summary>
    /// <returns>The address at the hub with which it sends the browser back.</returns>
    public async Task<Uri> AskAsync(string path)
    {
        using var sent = await client.GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal(HttpStatusCode.Redirect, sent.StatusCode);
        using var signedIn = await client.GetAsync(sent.Headers.Location);
        Assert.Equal(HttpStatusCode.Redirect, signedIn.StatusCode);
        return signedIn.Headers.Location!;
    }

    public async Task<(int Status, string Where, string Text)> ReturnAsync(Uri address)
    {
        using var answer = await client.GetAsync(address);
        return ((int)answer.StatusCode, answer.Headers.Location?.ToString() ?? "", await answer.Content.ReadAsStringAsync());
    }

    public Task<(int Status, string Where, string Text)> GetAsync(string path) => ReturnAsync(new Uri(path, UriKind.Relative));

    public async Task<(int Status, string Text)> PostAsync(string path, Dictionary<string, string> fields)
    {
        using var form = new FormUrlEncodedContent(fields);
        using var answer = await client.PostAsync(new Uri(path, UriKind.Relative), form);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    public void Dispose() => client.Dispose();
}

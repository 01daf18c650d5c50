using System.Globalization;
using System.Text.RegularExpressions;
using CoMaKo.Testing;

namespace CoMaKo.Benchmarks.Reconnect;

/// <summary>Hub processes on one new PostgreSQL server.</summary>
internal sealed partial class HubGroup : IAsyncDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("comako-benchmark-");
    private readonly List<RunningProcess> hubs = [];

    public HubGroup() => Database = Server.CreateDatabase();

    public PostgresCluster Server { get; } = new();

    public string Database { get; }

    /// <summary>Ports of each hub.</summary>
    public List<(int SyncPort, int PagePort)> Ports { get; } = [];

    /// <summary>Starts one more.</summary>
    /// <param name="authority">For TLS; absent: a trial on loopback.</param>
    public async Task StartAsync(TestAuthority? authority)
    {
        var start = RunningProcess.Describe("CoMaKo.Hub", "comako-hub", ["run", "--data", folder.FullName, "--port", "0", "--sync-port", "0", .. await TlsAsync(authority)]);
        start.Environment["DATABASE_URL"] = Server.UrlOf(Database);
        var hub = RunningProcess.Start(start);
        hubs.Add(hub);
        long started = TimeProvider.System.GetTimestamp();
        while (Listening().Count(hub.Output) < 2)
        {
            if (hub.HasExited || TimeProvider.System.GetElapsedTime(started) > TimeSpan.FromSeconds(60)) throw new InvalidOperationException($"The hub did not start. {hub.Output}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        var found = Listening().Matches(hub.Output); // pages first
        Ports.Add((Port(found[1]), Port(found[0])));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var hub in hubs) await hub.DisposeAsync();
        Server.Dispose();
        folder.Delete(recursive: true);
    }

    private async Task<string[]> TlsAsync(TestAuthority? authority)
    {
        if (authority is null) return ["--loopback"];
        string certificate = Path.Combine(folder.FullName, "hub.pem"), ca = Path.Combine(folder.FullName, "ca.pem");
        if (!File.Exists(certificate))
        {
            await File.WriteAllTextAsync(certificate, authority.IssueServerPem());
            await File.WriteAllTextAsync(ca, authority.Pem);
        }

        return ["--certificate", certificate, "--gateway-ca", ca];
    }

    private static int Port(Match match) => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"listens at https?://\S+:(\d+)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Listening();
}

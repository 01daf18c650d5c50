using System.Globalization;
using System.Text.RegularExpressions;
using CoMaKo.Hub;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Storage;
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

    /// <summary>Batches that the hubs have answered so far, within so many seconds and in all.</summary>
    /// <param name="seconds">A bound of the histogram, as it is written there.</param>
    public async Task<(double Within, double All)> AnsweredAsync(string seconds)
    {
        using var database = HubSchema.Open(DatabaseAddress.Parse(Server.UrlOf(Database)).Value!);
        var key = await new ApiKeys(database, TimeProvider.System).CreateAsync(new KeyWish(Roles.Viewer, "benchmark"), "benchmark");
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Add(Gate.Header, key.Text);
        double within = 0, all = 0;
        foreach (var (_, port) in Ports)
        {
            string text = await http.GetStringAsync(new Uri(FormattableString.Invariant($"http://127.0.0.1:{port}/metrics")));
            within += Sample(text, $"comako_hub_ingest_answer_seconds_bucket{{le=\"{seconds}\"}} ");
            all += Sample(text, "comako_hub_ingest_answer_seconds_count ");
        }

        return (within, all);
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

    private static double Sample(string text, string name) =>
        double.Parse(text.Split('\n').Single(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..], CultureInfo.InvariantCulture);

    private static int Port(Match match) => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"listens at https?://\S+:(\d+)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Listening();
}

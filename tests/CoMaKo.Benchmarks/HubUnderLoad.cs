using System.Globalization;
using System.Text.RegularExpressions;
using CoMaKo.Hub;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Storage;
using CoMaKo.Testing;

namespace CoMaKo.Benchmarks;

/// <summary>A hub process on a new database, a file or on a server, with an operator's connection.</summary>
internal sealed partial class HubUnderLoad : IAsyncDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("comako-benchmark-");
    private readonly RunningProcess process;

    private HubUnderLoad(string? url)
    {
        var start = RunningProcess.Describe("CoMaKo.Hub", "comako-hub", ["run", "--data", folder.FullName, "--port", "0", "--sync-port", "0", "--loopback"]);
        if (url is not null) start.Environment["DATABASE_URL"] = url;
        process = RunningProcess.Start(start);
    }

    public HttpClient Http { get; } = new() { Timeout = TimeSpan.FromMinutes(5) };

    /// <summary>The most memory that was resident so far.</summary>
    public double PeakMegabytes => double.Parse(
        File.ReadLines($"/proc/{process.Id}/status").Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;

    /// <param name="url">The server's database; absent: a file.</param>
    public static async Task<HubUnderLoad> StartAsync(string? url)
    {
        var hub = new HubUnderLoad(url);
        hub.Http.BaseAddress = await hub.AddressAsync();
        using var database = HubSchema.Open(url is null ? DatabaseAddress.OfFile(Path.Combine(hub.folder.FullName, "hub.db")) : DatabaseAddress.Parse(url).Value!);
        hub.Http.DefaultRequestHeaders.Add(Gate.Header, (await new ApiKeys(database, TimeProvider.System).CreateAsync(new KeyWish(Roles.Operator, "benchmark"), "benchmark")).Text);
        return hub;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await process.DisposeAsync();
        folder.Delete(recursive: true);
    }

    private async Task<Uri> AddressAsync()
    {
        long started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            if (Listening().Match(process.Output) is { Success: true } found) return new Uri(found.Groups[1].Value); // pages first
            if (process.HasExited || TimeProvider.System.GetElapsedTime(started) > TimeSpan.FromSeconds(60)) throw new InvalidOperationException($"The hub did not start. {process.Output}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    [GeneratedRegex(@"listens at (https?://\S+:\d+)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Listening();
}

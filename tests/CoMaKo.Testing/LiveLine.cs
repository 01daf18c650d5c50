using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace CoMaKo.Testing;

/// <summary>The whole data line as real processes on one model clock: simulator, gateway, hub. Each part may be killed and started again.</summary>
public sealed class LiveLine : IAsyncDisposable
{
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(10) };
    private (DateTimeOffset Start, double Factor, DateTimeOffset Origin) clock;

    /// <param name="speed">Model seconds per second.</param>
    /// <param name="start">Model time at the start; absent: a summer morning.</param>
    public LiveLine(double speed, DateTimeOffset? start = null)
    {
        Folder = Directory.CreateTempSubdirectory("comako-line-").FullName;
        (EdgePort, HubPort, SyncPort) = (FreePort.Take(), FreePort.Take(), FreePort.Take());
        clock = (start ?? new(2026, 6, 1, 8, 0, 0, TimeSpan.Zero), speed, TimeProvider.System.GetUtcNow());
    }

    /// <summary>Model time.</summary>
    public DateTimeOffset Now => clock.Start + clock.Factor * (TimeProvider.System.GetUtcNow() - clock.Origin);

    public string Folder { get; }

    public int EdgePort { get; }

    public int HubPort { get; }

    public int SyncPort { get; }

    public string BuildingFile => Path.Combine(Folder, "building", "building.yaml");

    /// <summary>The gateway's data; below <see cref="Folder"/> unless it is put elsewhere before the start.</summary>
    public string EdgeData { get => field ?? Path.Combine(Folder, "gateway"); set; }

    public string HubData => Path.Combine(Folder, "hub");

    public string Truth => Path.Combine(Folder, "building", "truth.jsonl");

    public RunningProcess? Simulator { get; private set; }

    public RunningProcess? Edge { get; private set; }

    public RunningProcess? Hub { get; private set; }

    public string Diagnosis => string.Join("\n---\n", new[] { Simulator, Hub, Edge }.Where(p => p is not null).Select(p => p!.Output));

    public async Task StartSimulatorAsync(params string[] more)
    {
        string folder = Directory.CreateDirectory(Path.Combine(Folder, "building")).FullName;
        Simulator = RunningProcess.Start(RunningProcess.Describe(
            "CoMaKo.Devices.Simulator", "comako-simulator",
            ["--clock", ClockText, "--folder", folder, "--building-file", BuildingFile, "--truth", Truth, .. more]));
        await UntilAsync("the simulator wrote the building file", () => Task.FromResult(File.Exists(BuildingFile)));
    }

    public async Task StartHubAsync()
    {
        Hub = RunningProcess.Start(RunningProcess.Describe(
            "CoMaKo.Hub", "comako-hub",
            "run", "--data", Directory.CreateDirectory(HubData).FullName, "--port", Text(HubPort), "--sync-port", Text(SyncPort), "--loopback", "--clock", ClockText));
        await UntilAsync("the hub is healthy", () => AnswersAsync(HubPort, "/health"));
    }

    /// <summary>How to start the gateway.</summary>
    public ProcessStartInfo DescribeEdge() => RunningProcess.Describe(
        "CoMaKo.Edge", "comako-edge",
        "run", "--building", BuildingFile, "--data", Directory.CreateDirectory(EdgeData).FullName,
        "--port", Text(EdgePort), "--hub", $"http://127.0.0.1:{SyncPort}", "--clock", ClockText);

    /// <summary>Stops gateway and simulator as systemd would; what they kept stays.</summary>
    /// <exception cref="InvalidOperationException">One of them ended with an error.</exception>
    public async Task StopAsync()
    {
        foreach (var process in new[] { Edge, Simulator })
        {
            if (process is not null && await process.StopAsync() != 0) throw new InvalidOperationException($"A process did not end in order.\n{process.Output}");
            if (process is not null) await process.DisposeAsync();
        }

        (Edge, Simulator) = (null, null);
    }

    /// <summary>From here on model time goes at another pace; for processes that are started after this.</summary>
    public void ChangeSpeed(double speed) => clock = (Now, speed, TimeProvider.System.GetUtcNow());

    public async Task StartEdgeAsync()
    {
        Edge = RunningProcess.Start(DescribeEdge());
        await UntilAsync("the gateway answers", () => AnswersAsync(EdgePort, "/health/live"));
    }

    public async Task<JsonElement> EdgeAsync(string path) => await http.GetFromJsonAsync<JsonElement>($"http://127.0.0.1:{EdgePort}{path}");

    public async Task<JsonElement> HubAsync(string path) => await http.GetFromJsonAsync<JsonElement>($"http://127.0.0.1:{HubPort}{path}");

    /// <summary>Waits until something holds; otherwise fails with what all processes printed.</summary>
    public async Task UntilAsync(string what, Func<Task<bool>> holds, int seconds = 60)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (!await holds())
        {
            foreach (var process in new[] { Simulator, Hub, Edge })
                if (process is { HasExited: true }) throw new InvalidOperationException($"A process ended while waiting until {what}.\n{Diagnosis}");
            if (TimeProvider.System.GetElapsedTime(started).TotalSeconds > seconds) throw new TimeoutException($"Not within {seconds} s: {what}.\n{Diagnosis}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        foreach (var process in new[] { Edge, Hub, Simulator })
            if (process is not null) await process.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private async Task<bool> AnswersAsync(int port, string path)
    {
        try
        {
            using var answer = await http.GetAsync($"http://127.0.0.1:{port}{path}");
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    private string ClockText => string.Create(CultureInfo.InvariantCulture, $"{clock.Start:O}/{clock.Factor}/{clock.Origin:O}");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

using System.Globalization;
using System.Text.RegularExpressions;
using CoMaKo.Testing;

namespace CoMaKo.Benchmarks.Gateway;

/// <summary>
/// What the gateway needs in a basement: four SML meters at 1 Hz, seven Modbus devices polled at 1 Hz, two pages open with their event streams, hub connected; it plans by a tariff
/// and drives a battery second by second, with wallbox, heat pump, PV inverter and the grid operator's contacts (asked ten times a second) under its limits.
/// Arguments: seconds to run (default 600).
/// </summary>
internal static partial class GatewayBenchmark
{
    private const double TicksPerSecond = 100; // USER_HZ of Linux
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(30);

    public static int Run(string[] arguments) => RunAsync(arguments is [var text] ? int.Parse(text, CultureInfo.InvariantCulture) : 600).GetAwaiter().GetResult();

    private static async Task<int> RunAsync(int seconds)
    {
        await using var line = new LiveLine(1);
        string terminals = Directory.CreateDirectory(Path.Combine(line.Folder, "building")).FullName;
        string[] meters = [.. Enumerable.Range(0, 4).SelectMany(i => new[] { "--sml-pty", Path.Combine(terminals, FormattableString.Invariant($"meter{i}.tty")) })];
        await line.StartSimulatorAsync(["--control", "--inverter", "setpoint", .. meters]);
        Complete(line.BuildingFile);
        await line.StartHubAsync();

        long started = TimeProvider.System.GetTimestamp();
        await line.StartEdgeAsync();
        await line.UntilAsync("the first reading is shown", async () => (await line.EdgeAsync("/api/readings")).EnumerateArray().Any(device => device.TryGetProperty("values", out var values) && values.GetArrayLength() > 0));
        new Figure("gateway.start_to_first_reading", TimeProvider.System.GetElapsedTime(started).TotalSeconds, "s", 3, TimeProvider.System.GetElapsedTime(started).TotalSeconds / 3).Print();

        await DriveAsync(line);
        using var pages = new CancellationTokenSource();
        Task[] open = [WatchAsync(line.EdgePort, "/", pages.Token), WatchAsync(line.EdgePort, "/meters/grid", pages.Token)];
        await Task.Delay(WarmUp, TimeProvider.System);
        int id = line.Edge!.Id;
        (double cpu, long at) = (CpuSeconds(id), TimeProvider.System.GetTimestamp());
        double most = 0;
        for (int elapsed = 0; elapsed < seconds; elapsed += 5)
        {
            await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System);
            most = Math.Max(most, AnonymousMegabytes(id));
        }

        double share = 100 * (CpuSeconds(id) - cpu) / TimeProvider.System.GetElapsedTime(at).TotalSeconds;
        await pages.CancelAsync();
        await Task.WhenAll(open.Select(page => page.ContinueWith(static _ => { }, TaskScheduler.Default)));
        new Figure("gateway.anonymous_memory_most", most, "MB", 60, most / 60).Print();
        new Figure("gateway.cpu", share, "% of one core", 3, share / 3).Print();
        return 0;
    }

    /// <summary>Two of the flats' Modbus meters, which are on the PV meter's bus at units 2 to 4, and a tariff.</summary>
    private static void Complete(string buildingFile)
    {
        string text = File.ReadAllText(buildingFile), bus = PvBus().Match(text).Groups[1].Value;
        string subMeters = string.Concat(Enumerable.Range(2, 2).Select(unit =>
            FormattableString.Invariant($"  - {{ id: sub-{unit}, role: load, bus: {bus}, profile: eastron-sdm630, unit: {unit} }}\n")));
        File.WriteAllText(buildingFile, text.Replace("relays:\n", $"{subMeters}relays:\n", StringComparison.Ordinal) + """
            tariff:
              energy: { price: 12 ct, windows: [{ from: "00:00", until: "06:00", price: 4 ct }, { from: "17:00", until: "21:00", price: 22 ct }] }
              levies: 6.4 ct
              gridFee: { standard: 8.9 ct }
              export: { price: 7.9 ct }

            """);
    }

    /// <summary>A technician confirms the battery, so that it is driven from then on.</summary>
    private static async Task DriveAsync(LiveLine line)
    {
        using var technician = new Technician(line.EdgePort);
        await technician.UseFirstBootCodeAsync(line.Edge!.Output);
        for (int attempt = 0; ; attempt++)
        {
            if (await technician.TestAsync("battery", "discharge", () => line.EdgeAsync("/api/control")) is not { } fault) return;
            if (attempt == 2) throw new InvalidOperationException($"The write test failed: {fault}\n{line.Diagnosis}");
        }
    }

    /// <summary>A browser with the page open: the page once, then its events.</summary>
    private static async Task WatchAsync(int port, string page, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        _ = await http.GetStringAsync($"http://127.0.0.1:{port}{page}", cancellationToken);
        await using var stream = await http.GetStreamAsync($"http://127.0.0.1:{port}/events?page={Uri.EscapeDataString(page)}", cancellationToken);
        var buffer = new byte[65536];
        while (await stream.ReadAsync(buffer, cancellationToken) > 0)
        {
        }
    }

    private static double CpuSeconds(int id)
    {
        string stat = File.ReadAllText($"/proc/{id}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    private static double AnonymousMegabytes(int id)
    {
        string text = File.ReadLines($"/proc/{id}/status").First(field => field.StartsWith("RssAnon:", StringComparison.Ordinal));
        return long.Parse(text.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1000.0 * 1.024;
    }

    [GeneratedRegex(@"id: pv,.* bus: ([a-z0-9-]+)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex PvBus();
}

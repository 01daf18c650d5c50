using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using CoMaKo.Testing;

namespace CoMaKo.Integration.Tests.Mqtt;

/// <summary>The gateway as a real process whose only meter is behind a broker.</summary>
internal sealed class MqttGateway : IAsyncDisposable
{
    public const string Topic = "tele/meter/SENSOR";

    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private readonly string folder = Directory.CreateTempSubdirectory("comako-mqtt-gateway-").FullName;
    private readonly int port = FreePort.Take();

    private MqttGateway(string broker)
    {
        File.WriteAllText(Path.Combine(folder, "building.yaml"), BuildingFile(broker));
        Process = Start();
    }

    public RunningProcess Process { get; private set; }

    /// <summary>One meter behind one broker, and publication.</summary>
    /// <param name="broker">The keys of the bus.</param>
    public static string BuildingFile(string broker) => $$"""
        building: Lindenhof 7
        gateway: gw-0417
        timeZone: Europe/Berlin
        buses:
          - { id: broker, {{broker}} }
        devices:
          - { id: grid, name: Grid meter, role: grid, bus: broker, mqtt: { format: tasmota-sml, topic: {{Topic}}, every: 1 s } }
        publish: { bus: broker, every: 1 s }
        """;

    /// <inheritdoc cref="BuildingFile"/>
    public static async Task<MqttGateway> StartAsync(string broker)
    {
        var gateway = new MqttGateway(broker);
        await gateway.UntilAsync("the gateway answers", async () => await gateway.GridAsync() is not null);
        return gateway;
    }

    /// <summary>Power and freshness of the grid meter as the gateway shows them; absent while it does not answer.</summary>
    public async Task<(string Freshness, decimal? Power)?> GridAsync()
    {
        try
        {
            var grid = (await http.GetFromJsonAsync<JsonElement>(FormattableString.Invariant($"http://127.0.0.1:{port}/api/readings")))[0];
            var power = grid.GetProperty("values").EnumerateArray().FirstOrDefault(v => v.GetProperty("measurand").GetString() == "activePower");
            return (grid.GetProperty("freshness").GetString()!, power.ValueKind == JsonValueKind.Object ? power.GetProperty("value").GetDecimal() : null);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return null;
        }
    }

    public async Task<JsonElement> StatusAsync() => await http.GetFromJsonAsync<JsonElement>(FormattableString.Invariant($"http://127.0.0.1:{port}/api/status"));

    public async Task UntilAsync(string what, Func<Task<bool>> holds, double seconds = 30)
    {
        long began = TimeProvider.System.GetTimestamp();
        while (!await holds())
        {
            if (TimeProvider.System.GetElapsedTime(began).TotalSeconds > seconds || Process.HasExited) throw new TimeoutException($"Not within {seconds} s: {what}. {await GridAsync()} {Process.Output}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    public Task UntilAsync(string what, Func<bool> holds, double seconds = 30) => UntilAsync(what, () => Task.FromResult(holds()), seconds);

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        http.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private RunningProcess Start() => RunningProcess.Start(RunningProcess.Describe(
        "CoMaKo.Edge", "comako-edge",
        "run", "--building", Path.Combine(folder, "building.yaml"), "--data", Directory.CreateDirectory(Path.Combine(folder, "data")).FullName, "--port", port.ToString(CultureInfo.InvariantCulture)));
}

using System.Text.Json;
using CoMaKo.Testing;

namespace CoMaKo.Integration.Tests.Mqtt;

/// <summary>The simulator's meters behind a real mosquitto, read by the whole gateway from the building file that the simulator wrote, with their faults.</summary>
[Trait("Category", "Slow")]
public sealed class SimulatedMqttTests
{
    private static readonly string[] Meters = ["tasmota", "shelly", "own-json"];

    [RequiresFact(Peer.Mosquitto)]
    public async Task Meters_BehindABroker_AreReadAndTheirFaultsAreSeen()
    {
        await using var broker = await MosquittoBroker.StartAsync();
        await using var line = new LiveLine(1);
        await line.StartSimulatorAsync("--mqtt", FormattableString.Invariant($"127.0.0.1:{broker.Port}"));
        await line.StartEdgeAsync();
        await AllFreshAsync(line);

        // Flat 1 is measured by tasmota, flat 2 by shelly, flat 3 by own-json; the building consumes with all of them, and nothing generates in a flat.
        foreach (string meter in Meters) Assert.InRange((await ValueAsync(line, meter, "activePower"))!.Value, 1, 20_000);
        Assert.NotNull(await ValueAsync(line, "tasmota", "activeEnergyImport"));
        Assert.NotNull(await ValueAsync(line, "own-json", "activeEnergyImport"));
        Assert.Null(await ValueAsync(line, "shelly", "activeEnergyImport")); // per phase and not netted: never booked

        await FaultAsync(line, "stop-sending", "tasmota", null);
        await FaultAsync(line, "corrupt-crc", "tasmota", "tele/tasmota/SENSOR"); // cut off: no JSON
        await FaultAsync(line, "noise", "shelly", "shelly/status/em:0");
        await FaultAsync(line, "drop-line", "shelly", null);
    }

    [RequiresFact(Peer.Mosquitto)]
    public async Task LastMessage_KeptByTheBroker_IsNoReadingForAGatewayThatComesLater()
    {
        await using var broker = await MosquittoBroker.StartAsync();
        await using var line = new LiveLine(1);
        await line.StartSimulatorAsync("--mqtt", FormattableString.Invariant($"127.0.0.1:{broker.Port}"));
        Assert.Equal("Online", (await MosquittoTools.HearAsync(broker.Port, "tele/tasmota/LWT")).Trim());
        await line.Simulator!.TypeAsync("fault retain-last on tasmota");
        await line.UntilAsync("the simulator obeys", () => Task.FromResult(line.Simulator.Output.Contains("\"done\":true", StringComparison.Ordinal)));
        string kept = await MosquittoTools.HearAsync(broker.Port, "tele/tasmota/SENSOR");
        Assert.Contains("\"Power_curr\":", kept, StringComparison.Ordinal);

        await line.StartEdgeAsync();
        await line.UntilAsync("the other meters are read", async () => await FreshnessAsync(line, "shelly") == "fresh" && await FreshnessAsync(line, "own-json") == "fresh");
        Assert.Null(await ValueAsync(line, "tasmota", "activePower"));

        await line.Simulator.TypeAsync("fault retain-last off tasmota");
        await AllFreshAsync(line);
    }

    /// <summary>The meter is fresh no more; with garbage the gateway says which topic, or what else is wrong. Afterwards it is read again.</summary>
    private static async Task FaultAsync(LiveLine line, string fault, string meter, string? reason)
    {
        await line.Simulator!.TypeAsync($"fault {fault} on {meter}");
        await line.UntilAsync($"{fault}: {meter} is not fresh", async () => await FreshnessAsync(line, meter) != "fresh" && (reason is null || await ReasonAsync(line, meter) is { } said && said.Contains(reason, StringComparison.Ordinal)));
        await line.Simulator.TypeAsync($"fault {fault} off {meter}");
        await AllFreshAsync(line);
    }

    private static Task AllFreshAsync(LiveLine line) => line.UntilAsync("all meters are read", async () =>
    {
        foreach (string meter in Meters)
            if (await FreshnessAsync(line, meter) != "fresh") return false;
        return true;
    }, 120);

    private static async Task<string?> FreshnessAsync(LiveLine line, string meter) => (await OfAsync(line, "/api/readings", meter))?.GetProperty("freshness").GetString();

    private static async Task<decimal?> ValueAsync(LiveLine line, string meter, string measurand) =>
        (await OfAsync(line, "/api/readings", meter))!.Value.GetProperty("values").EnumerateArray()
        .Where(value => value.GetProperty("measurand").GetString() == measurand).Select(value => (decimal?)value.GetProperty("value").GetDecimal()).FirstOrDefault();

    private static async Task<string?> ReasonAsync(LiveLine line, string meter)
    {
        var devices = (await line.EdgeAsync("/api/status")).GetProperty("devices").EnumerateArray();
        var found = devices.First(device => device.ToString().Contains($"\"{meter}\"", StringComparison.Ordinal));
        return found.TryGetProperty("reason", out var reason) ? reason.GetString() : null;
    }

    private static async Task<JsonElement?> OfAsync(LiveLine line, string path, string meter)
    {
        foreach (var device in (await line.EdgeAsync(path)).EnumerateArray())
            if (device.ToString().Contains($"\"{meter}\"", StringComparison.Ordinal)) return device;
        return null;
    }
}

using System.Text.Json;
using CoMaKo.Integration.Tests.Processes;
using CoMaKo.Testing;
using NodaTime.Text;

namespace CoMaKo.Integration.Tests.EndToEnd;

/// <summary>Simulator, gateway and hub as real processes: what the meter counted is what the hub's load curve says.</summary>
public sealed class LineTests
{
    [Fact]
    [Trait("Category", "Slow")]
    public async Task Line_SomeQuarterHours_ArriveAsTheMeterCounted()
    {
        // A quarter hour in 9 s; the meter still sends each model second.
        await using var line = new LiveLine(100);
        await line.StartSimulatorAsync();
        await line.StartHubAsync();
        await line.StartEdgeAsync();

        string register = "";
        JsonElement curve = default;
        await line.UntilAsync("four quarter hours are at the hub", async () =>
        {
            var registers = (await line.HubAsync("/registers")).GetProperty("items");
            register = registers.EnumerateArray().Select(r => r.GetProperty("register").GetString()!).FirstOrDefault(IsGridImport, "");
            if (register.Length == 0) return false;
            curve = await line.HubAsync($"/load_curves/{register}?from=2026-06-01&to=2026-06-02");
            return Values(curve).Count >= 4;
        }, seconds: 120);

        var truth = new TruthFile(line.Truth);
        int compared = 0;
        foreach (var (end, wh) in Values(curve))
        {
            // The slot in which everything began is covered in part only.
            if (truth.TotalAt(register, end - 900) is not { } before) continue;
            decimal expected = truth.TotalAt(register, end)!.Value - before;
            compared++;
            // The meter steps by 0.1 Wh, power may change inside a second, both borders are floored to Wh.
            Assert.InRange(wh, expected - 2, expected + 2);
        }

        Assert.True(compared >= 3);
        await ShowsAllDevicesAsync(line);
        Assert.Equal(0, await line.Edge!.StopAsync());
        Assert.Equal(0, await line.Hub!.StopAsync());
        Assert.Equal(0, await line.Simulator!.StopAsync());
    }

    /// <summary>A busy machine may be late with a reading on this clock, so a device may be shown as silent for a moment.</summary>
    private static Task ShowsAllDevicesAsync(LiveLine line) => line.UntilAsync("all devices are read and the hub is connected", async () =>
    {
        var status = await line.EdgeAsync("/api/status");
        return status.GetProperty("devices").EnumerateArray().All(device => device.GetProperty("state").GetString() == "ok") && status.GetProperty("sync").GetProperty("connected").GetBoolean();
    });

    private static bool IsGridImport(string register) => register.StartsWith("0a01", StringComparison.Ordinal) && register.EndsWith("~1-0.1.8.0", StringComparison.Ordinal);

    private static List<(long End, long Wh)> Values(JsonElement curve) =>
    [
        .. curve.GetProperty("items").EnumerateArray()
            .Where(slot => slot.TryGetProperty("wh", out _))
            .Select(slot => (InstantPattern.General.Parse(slot.GetProperty("start").GetString()!).Value.ToUnixTimeSeconds() + 900, slot.GetProperty("wh").GetInt64())),
    ];
}

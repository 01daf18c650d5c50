using System.Globalization;
using CoMaKo.Contracts;
using CoMaKo.Edge.Storage;
using CoMaKo.Integration.Tests.Processes;
using CoMaKo.Testing;
using CoMaKo.Quantities;
using Xunit.Abstractions;

namespace CoMaKo.Integration.Tests.Kill;

/// <summary><c>kill -9</c> of the whole gateway at random points, 200 times; <c>COMAKO_KILL_CYCLES</c> sets how often.</summary>
public sealed class GatewayKillTests(ITestOutputHelper output)
{
    private const int DefaultCycles = 200;

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Gateway_KilledAtRandomPoints_LosesAndDoublesNothing()
    {
        int cycles = Environment.GetEnvironmentVariable("COMAKO_KILL_CYCLES") is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : DefaultCycles;
        // A quarter hour in three seconds, so that kills fall before, into and after borders.
        await using var line = new LiveLine(300);
        await line.StartSimulatorAsync();
        await line.StartHubAsync();
        var findings = await KillLoop.RunAsync(new GatewayKillTarget(line), line.EdgeData, cycles, TimeSpan.FromMilliseconds(800), Random.Shared);
        Assert.True(findings.Count == 0, string.Join('\n', findings));

        await line.StartEdgeAsync();
        await line.UntilAsync("the backlog is sent", async () => (await line.EdgeAsync("/api/status")).GetProperty("sync").GetProperty("backlog").GetInt64() == 0);
        Assert.Equal(0, await line.Edge!.StopAsync());
        Assert.Equal(0, await line.Hub!.StopAsync());
        await CompareAsync(line);
    }

    /// <summary>Every total that the store holds is at the hub, nothing else is there, and each is what the meter counted.</summary>
    private async Task CompareAsync(LiveLine line)
    {
        using var hub = new HubTables(line.HubData);
        var arrived = hub.Totals();
        var held = await HeldAsync(line.EdgeData);
        output.WriteLine($"{held.Count} totals in the store, {arrived.Count} at the hub, {hub.Count("met_segment")} segments");
        Assert.True(held.Count > 10, "Hardly any total was recorded: the test shows nothing.");
        // The last second before the stop may not have been sent any more.
        Assert.Empty(arrived.Except(held));
        long last = arrived.Keys.Max(key => key.SlotEnd);
        Assert.Empty(held.Where(total => total.Key.SlotEnd < last).Except(arrived));
        var truth = new TruthFile(line.Truth);
        foreach (var ((register, slotEnd, _), wh) in arrived)
        {
            // On this clock a busy machine's delays are long: a border may lie between samples 60 s apart, in which the building takes up to 34 kW.
            if (truth.TotalAt(register, slotEnd) is { } exact) Assert.InRange(wh, exact - 568, exact + 568);
        }
    }

    private static async Task<Dictionary<(string Register, long SlotEnd, long Segment), long>> HeldAsync(string data)
    {
        var opened = SqliteOutbox.Open(new StoreOptions(data), RecordCodec.Encode, TimeProvider.System);
        await using var store = opened.Outbox;
        var held = new Dictionary<(string, long, long), long>();
        foreach (var state in await store.LoadRegistersAsync(default))
        {
            foreach (var (total, _) in await store.TotalsAsync(state.Begin.Register, NodaTime.Instant.MinValue, NodaTime.Instant.FromUtc(2100, 1, 1, 0, 0), default))
                if (total.Quality != Quality.ClockUncertain) held.Add((total.Register.Value, total.SlotEnd, total.Segment), total.Total.WattHours);
        }

        return held;
    }
}

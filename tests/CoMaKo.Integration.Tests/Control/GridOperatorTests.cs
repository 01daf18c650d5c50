using Xunit.Abstractions;

namespace CoMaKo.Integration.Tests.Control;

/// <summary>
/// From the edge of the grid operator's contact to the registers of the devices, in real time between processes, both by the clock of the devices' side.
/// <c>COMAKO_FULL=1</c> for more edges.
/// </summary>
[Collection(nameof(ControlledHouse))]
[Trait("Category", "Slow")]
public sealed class GridOperatorTests(ControlledHouse house, ITestOutputHelper output)
{
    /// <summary>SunSpec model 123, <c>WMaxLim_Ena</c>, where the simulated inverter has it.</summary>
    private const int PvLimitEnable = 40191;

    private const string Battery = "battery";

    private static readonly int Edges = Environment.GetEnvironmentVariable("COMAKO_FULL") == "1" ? 20 : 4;

    /// <summary>§14a EnWG: wallbox, heat pump (contacts at the I/O module) and the battery whose direction was confirmed.</summary>
    [Fact]
    public async Task Dim_Closes_FirstWriteWithinOneSecondAllDevicesWithinFive()
    {
        await house.DrivenAsync();
        await house.TypeAsync("demand wallbox 11000");
        await house.TypeAsync("demand heat-pump 5000");
        var phase = new Random(1);
        var edges = new List<Dictionary<string, double>>();
        for (int edge = 0; edge < Edges; edge++)
        {
            // The cycle and the poll of the contacts stand at another phase each time.
            await Task.Delay(TimeSpan.FromMilliseconds(2000 + phase.Next(1000)), TimeProvider.System);
            edges.Add(await CloseAsync("dim", "wallbox", "io", Battery));
            await house.TypeAsync("contact dim off");
            await house.Line.UntilAsync("the wallbox has all its power again", () => Task.FromResult(IsFree()), seconds: 30);
        }

        await house.TypeAsync("demand wallbox off");
        await house.TypeAsync("demand heat-pump off");
        Judge(edges);
    }

    /// <summary>§9 EEG: only once, since output is given back over minutes.</summary>
    [Fact]
    public async Task FeedIn_Closes_PlantIsToldWithinOneSecond()
    {
        await house.DrivenAsync();
        // What the house draws itself may be produced: with the car at the wallbox there is nothing to limit.
        await house.TypeAsync("demand wallbox 0");
        await house.TypeAsync("demand heat-pump 0");
        await house.Line.UntilAsync("the house draws little", async () => await house.Inverter.PowerAsync() < 2500);
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System);
        var told = await CloseAsync("feed-in-0", "pv-inverter");
        await house.TypeAsync("contact feed-in-0 off");
        await house.TypeAsync("demand wallbox off");
        await house.TypeAsync("demand heat-pump off");
        Judge([told]);
    }

    private static void Judge(List<Dictionary<string, double>> edges)
    {
        // The battery gets a command every second or two anyway: it shows nothing about the first write.
        Assert.All(edges, told => Assert.InRange(told.Where(device => device.Key != Battery).Min(device => device.Value), 0, 1));
        Assert.All(edges, told => Assert.InRange(told.Values.Max(), 0, 5));
    }

    /// <summary>Closes a contact and waits until each device has what it is told.</summary>
    /// <returns>Seconds from the edge.</returns>
    private async Task<Dictionary<string, double>> CloseAsync(string contact, params string[] devices)
    {
        var typed = TimeProvider.System.GetUtcNow();
        await house.TypeAsync($"contact {contact} on");
        var told = new Dictionary<string, double>(StringComparer.Ordinal);
        IReadOnlyList<DeviceLine> lines = [];
        while (told.Count < devices.Length && TimeProvider.System.GetUtcNow() - typed < TimeSpan.FromSeconds(15))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            lines = house.Writes.Since(typed);
            if (lines.FirstOrDefault(line => line.Device == $"contact {contact}") is not { At: var edge }) continue;
            foreach (var line in lines.Where(line => line.At >= edge && devices.Contains(line.Device) && IsLimit(line))) told.TryAdd(line.Device, (line.At - edge).TotalSeconds);
        }

        output.WriteLine($"{contact}: {string.Join(", ", told.Select(t => FormattableString.Invariant($"{t.Key} {t.Value:0.00} s")))}");
        Assert.True(told.Count == devices.Length, $"Not told: {string.Join(", ", devices.Except(told.Keys))}. Seen: {string.Join("; ", lines)}");
        return told;
    }

    /// <summary>The battery gets its next command, made under the limit; the others get what only a limit gives.</summary>
    private static bool IsLimit(DeviceLine line) => line.Device switch
    {
        "wallbox" => line.Start == 100 && line.Values[0] < 11_000,
        "io" => line.Values[0] == 1,
        "pv-inverter" => line is { Start: PvLimitEnable, Values: [1] },
        Battery => true,
        _ => false,
    };

    private bool IsFree() => house.Writes.Since(DateTimeOffset.MinValue).LastOrDefault(w => w is { Device: "wallbox", Start: 100 }) is not { } last || last.Values[0] >= 11_000;
}

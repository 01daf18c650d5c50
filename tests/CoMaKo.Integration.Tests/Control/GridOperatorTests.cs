using Xunit.Abstractions;

namespace CoMaKo.Integration.Tests.Control;

/// <summary>
/// From the edge of the grid operator's contact to the registers of the devices, in real time between processes: the edge counts from before it is typed, a write when it
/// has arrived at the device. <c>COMAKO_FULL=1</c> for more edges.
/// </summary>
[Collection(nameof(ControlledHouse))]
[Trait("Category", "Slow")]
public sealed class GridOperatorTests(ControlledHouse house, ITestOutputHelper output)
{
    private static readonly int Edges = Environment.GetEnvironmentVariable("COMAKO_FULL") == "1" ? 20 : 5;

    /// <summary>SunSpec model 123, <c>WMaxLim_Ena</c>, where the simulated inverter has it.</summary>
    private const int PvLimitEnable = 40191;

    private static readonly string[] Devices = ["wallbox", "io", "pv-inverter", "battery"];

    [Fact]
    public async Task Contact_Closes_FirstWriteWithinOneSecondAllDevicesWithinFive()
    {
        await house.DrivenAsync();
        await house.TypeAsync("demand wallbox 11000");
        await house.TypeAsync("demand heat-pump 5000");
        var phase = new Random(1);
        var (first, last) = (new List<double>(), new List<double>());
        for (int edge = 0; edge < Edges; edge++)
        {
            await FreeAsync();
            // The cycle and the poll of the contacts stand at another phase each time.
            await Task.Delay(TimeSpan.FromMilliseconds(phase.Next(1000)), TimeProvider.System);
            var told = await CloseAsync();
            output.WriteLine($"edge {edge + 1}: {string.Join(", ", told.Select(t => FormattableString.Invariant($"{t.Key} {t.Value:0.00} s")))}");
            // The battery gets a command every second or two anyway.
            first.Add(told.Where(device => device.Key != "battery").Min(device => device.Value));
            last.Add(told.Values.Max());
        }

        await house.TypeAsync("demand wallbox off");
        await house.TypeAsync("demand heat-pump off");
        await FreeAsync();
        Assert.All(first, seconds => Assert.InRange(seconds, 0, 1));
        Assert.All(last, seconds => Assert.InRange(seconds, 0, 5));
    }

    /// <summary>Closes §14a and §9 at once and waits until each device has what it is told.</summary>
    private async Task<Dictionary<string, double>> CloseAsync()
    {
        var from = TimeProvider.System.GetUtcNow();
        await house.TypeAsync("contact dim on");
        await house.TypeAsync("contact feed-in-30 on");
        var seen = new Dictionary<string, double>(StringComparer.Ordinal);
        while (seen.Count < Devices.Length && TimeProvider.System.GetUtcNow() - from < TimeSpan.FromSeconds(15))
        {
            foreach (var write in house.Writes.Since(from))
                if (IsLimit(write)) seen.TryAdd(write.Device, (write.At - from).TotalSeconds);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        Assert.True(seen.Count == Devices.Length, $"Not told: {string.Join(", ", Devices.Except(seen.Keys))}. Written since: {string.Join("; ", house.Writes.Since(from).Select(w => $"{w.Device} {w.Start}={string.Join(' ', w.Values)}"))}");
        return seen;
    }

    /// <summary>The battery gets its next command, made under the limit; the others get what only a limit gives.</summary>
    private static bool IsLimit(DeviceWrite write) => write.Device switch
    {
        "wallbox" => write.Start == 100 && write.Values[0] < 11_000,
        "io" => write.Values[0] == 1,
        "pv-inverter" => write is { Start: PvLimitEnable, Values: [1] },
        "battery" => true,
        _ => false,
    };

    /// <summary>Opens the contacts and waits until the wallbox has all its power again.</summary>
    private async Task FreeAsync()
    {
        await house.TypeAsync("contact dim off");
        await house.TypeAsync("contact feed-in-30 off");
        await house.Line.UntilAsync("no limit is in force", async () =>
        {
            var control = await house.ControlAsync();
            return control.GetProperty("relays").EnumerateArray().All(r => !r.GetProperty("isActive").GetBoolean()) && IsFree();
        }, seconds: 30);
    }

    private bool IsFree() => house.Writes.Since(DateTimeOffset.MinValue).LastOrDefault(w => w is { Device: "wallbox", Start: 100 }) is not { } last || last.Values[0] >= 11_000;
}

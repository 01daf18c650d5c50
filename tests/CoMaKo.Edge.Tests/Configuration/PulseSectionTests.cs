using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Edge.Configuration;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Tests.Configuration;

public sealed class PulseSectionTests
{
    private const string Right = """
        building: Lindenhof 7
        gateway: gw-0417
        timeZone: Europe/Berlin
        buses:
          - { id: lan, tcp: "192.0.2.10:502", framing: modbus-tcp }
        devices:
          - { id: grid, role: grid, bus: lan, profile: eastron-sdm630 }
          - { id: workshop, role: load, protocol: s0, chip: gpiochip0, line: 23, impulses: 2000, pulse: 50 ms, start: 4711.234 kWh, ratio: 20 }
        relays:
          - { meaning: dim, chip: gpiochip0, line: 17 }
        """;

    [Fact]
    public void Read_RightFile_GivesThePulseOutput()
    {
        var (building, findings) = Read(Right);
        Assert.Empty(findings);
        var device = building!.Devices[1];
        Assert.Equal((DeviceDriver.S0, "", 20m), (device.Driver, device.Bus, device.Ratio));
        Assert.Equal(new ConfiguredPulses("gpiochip0", 23, 2000, Duration.FromMilliseconds(50), new Energy(4_711_234)), device.Pulses);
        Assert.Null(building.Devices[0].Pulses);
    }

    [Fact]
    public void Read_OnlyWhatIsNeeded_GivesTheUsualRest()
    {
        var device = Read(Right.Replace(", pulse: 50 ms, start: 4711.234 kWh, ratio: 20", "", StringComparison.Ordinal)).Building!.Devices[1];
        Assert.Equal((Duration.FromMilliseconds(30), Energy.Zero), (device.Pulses!.Length, device.Pulses.Start));
    }

    [Theory]
    [InlineData("line: 23, ", "", "CME-1205", "devices[1].line")]
    [InlineData("chip: gpiochip0, line: 23", "chip: gpiochip0, line: 17", "CME-1220", "devices[1].line")]
    [InlineData("impulses: 2000", "impulses: 0", "CME-1207", "devices[1].impulses")]
    [InlineData("ratio: 20", "ratio: 1", "CME-1229", "devices[1].impulses")]
    [InlineData("pulse: 50 ms", "pulse: 2 s", "CME-1207", "devices[1].pulse")]
    [InlineData("start: 4711.234 kWh", "start: 4711.234", "CME-1207", "devices[1].start")]
    [InlineData("protocol: s0,", "protocol: s0, bus: lan,", "CME-1204", "devices[1].bus")]
    [InlineData("protocol: s0,", "protocol: s0, invert: true,", "CME-1204", "devices[1].invert")]
    [InlineData("bus: lan, profile: eastron-sdm630", "bus: lan, profile: eastron-sdm630, impulses: 1000", "CME-1204", "devices[0].impulses")]
    public void Read_OneMistake_IsFoundAtItsPlace(string right, string wrong, string code, string path)
    {
        var (building, findings) = Read(Right.Replace(right, wrong, StringComparison.Ordinal));
        Assert.Null(building);
        var finding = Assert.Single(findings);
        Assert.Equal((code, path), (finding.Code, finding.Path));
    }

    private static (Building? Building, IReadOnlyList<Finding> Findings) Read(string text) => BuildingFile.Read(StrictYaml.Parse(text), new HashSet<string> { "eastron-sdm630" });
}

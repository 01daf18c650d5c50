using CoMaKo.Devices;
using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Edge.Configuration;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Tests.Configuration;

public sealed class ControlSectionTests
{
    private const string Right = """
        building: Lindenhof 7
        gateway: gw-0417
        timeZone: Europe/Berlin
        location: { latitude: 52.52, longitude: 13.4 }
        buses:
          - { id: lan, tcp: "192.0.2.10:502", framing: modbus-tcp }
          - { id: io, tcp: "192.0.2.11:502", framing: modbus-tcp }
        devices:
          - { id: grid, role: grid, bus: lan, profile: eastron-sdm630 }
          - { id: pv, role: pv, bus: lan, protocol: sunspec, unit: 2, feedIn: { installed: 9.8 kW, cap: 60 % } }
          - { id: battery, role: battery, bus: lan, protocol: sunspec, unit: 3, control: { charge: 4.6 kW, discharge: 5 kW, capacity: 9.5 kWh, phases: L2, validity: 30 s } }
          - { id: old-battery, role: battery, bus: lan, protocol: sunspec, unit: 4 }
          - { id: wallbox, role: load, bus: lan, profile: eastron-sdm630, unit: 5, controllable: { kind: wallbox, rated: 11 kW, least: 4.14 kW } }
          - { id: heat-pump, role: load, bus: lan, profile: eastron-sdm630, unit: 6, controllable: { kind: heat-pump, rated: 9 kW, sgReady: { bus: io, coils: [4, 5] } } }
        relays:
          - { meaning: dim, bus: io, input: 0, active: open }
          - { meaning: feed-in-30, chip: gpiochip0, line: 17, debounce: 50 ms, bias: pull-up }
        control:
          soc: { min: 10 %, max: 95 % }
          reserve: { percent: 20 %, refill: false }
          fuse: { perPhase: 14.5 kW }
          contract: { exportMax: 7 kW }
          dim: { mode: per-device }
          feedIn: { failsafe: 60 % }
          gridTarget: 40 W
        """;

    private static readonly HashSet<string> Profiles = ["eastron-sdm630"];

    [Fact]
    public void Read_RightFile_GivesTheSettingsOfTheLimits()
    {
        var (building, findings) = Read(Right);
        Assert.Empty(findings);
        var settings = PlantSettings.Of(building!);

        Assert.Equal(new PowerRange(Power.FromWatts(-4600), Power.FromWatts(5000)), settings.Batteries[0].Rated);
        Assert.Equal((Phases.L2, new Energy(9500)), (settings.Batteries[0].Phases, settings.Batteries[0].Capacity));
        Assert.Equal(PowerRange.Pin(Power.Zero), settings.Batteries[1].Rated);
        Assert.Equal([LoadKind.Wallbox, LoadKind.HeatPump], settings.Loads.Select(l => l.Kind));
        Assert.Equal((Power.FromWatts(9800), 0.6m), (settings.Plants[0].Installed, settings.Plants[0].StaticShare));
        Assert.Equal((10m, 95m, 3m, 100m), (settings.SoC.WindowMin, settings.SoC.WindowMax, settings.SoC.HardMin, settings.SoC.HardMax));
        Assert.Equal((20m, false), (settings.Reserve!.Percent, settings.Reserve.Refill));
        Assert.Equal((true, DimMode.PerDevice), (settings.Dim.HasRelay, settings.Dim.Mode));
        Assert.Equal([RelayMeaning.FeedIn30], settings.FeedIn.Relays.AsEnumerable());
        Assert.Equal(0.6m, settings.FeedIn.FailsafeShare);
        Assert.False(settings.GridChargeAllowed);
        Assert.True(building!.HasControl);
    }

    [Fact]
    public void Read_RightFile_GivesContactsAndTimes()
    {
        var building = Read(Right).Building!;
        Assert.Equal(new ConfiguredContact("io", 1, null, 0, ActiveWhenClosed: false), building.Relays[0].Contact);
        Assert.Equal((RelayMeaning.FeedIn30, Duration.FromMilliseconds(50), GpioBias.PullUp), (building.Relays[1].Meaning, building.Relays[1].Debounce, building.Relays[1].Bias));
        Assert.Equal(new ConfiguredSgReady("io", 1, null, 4, 5, ClosedIsLow: false), building.Devices[5].Load!.SgReady);
        Assert.Equal(Duration.FromSeconds(30), building.Devices[2].Battery!.Validity);
        Assert.Equal(Power.FromWatts(40), building.Control.GridTarget);
    }

    [Theory]
    [InlineData("charge: 4.6 kW, ", "", "CME-1205", "devices[2].control.charge")]
    [InlineData("charge: 4.6 kW", "charge: 4.6 kWh", "CME-1207", "devices[2].control.charge")]
    [InlineData("charge: 4.6 kW", "charge: 5 W", "CME-1207", "devices[2].control.charge")]
    [InlineData("role: battery, bus: lan, protocol: sunspec, unit: 3", "role: load, bus: lan, protocol: sunspec, unit: 3", "CME-1226", "devices[2].control")]
    [InlineData("cap: 60 %", "cap: 160 %", "CME-1207", "devices[1].feedIn.cap")]
    [InlineData("kind: wallbox", "kind: kettle", "CME-1207", "devices[4].controllable.kind")]
    [InlineData("coils: [4, 5]", "coils: [4]", "CME-1207", "devices[5].controllable.sgReady.coils")]
    [InlineData("coils: [4, 5]", "coils: [4, 6]", "CME-1207", "devices[5].controllable.sgReady.coils")]
    [InlineData("sgReady: { bus: io", "sgReady: { bus: nowhere", "CME-1221", "devices[5].bus")]
    [InlineData("meaning: dim", "meaning: dimm", "CME-1207", "relays[0].meaning")]
    [InlineData("meaning: feed-in-30", "meaning: dim", "CME-1220", "relays[1].meaning")]
    [InlineData("chip: gpiochip0, line: 17", "bus: io, input: 0", "CME-1220", "relays[1]")]
    [InlineData("min: 10 %", "min: 96 %", "CME-1207", "control.soc.max")]
    [InlineData("percent: 20 %, ", "", "CME-1205", "control.reserve.percent")]
    [InlineData("latitude: 52.52", "latitude: 152.52", "CME-1207", "location.latitude")]
    [InlineData("gridTarget: 40 W", "gridTraget: 40 W", "CME-1204", "control.gridTraget")]
    public void Read_OneMistake_IsFoundAtItsPlace(string right, string wrong, string code, string path)
    {
        var (building, findings) = Read(Right.Replace(right, wrong, StringComparison.Ordinal));
        Assert.Null(building);
        var finding = Assert.Single(findings);
        Assert.Equal((code, path), (finding.Code, finding.Path));
    }

    private static (Building? Building, IReadOnlyList<Finding> Findings) Read(string text) => BuildingFile.Read(StrictYaml.Parse(text), Profiles);
}

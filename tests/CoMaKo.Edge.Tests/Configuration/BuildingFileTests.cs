using CoMaKo.Devices;
using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Edge.Configuration;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Tests.Configuration;

public sealed class BuildingFileTests
{
    private const string Right = """
        building: Lindenhof 7
        gateway: gw-0417
        timeZone: Europe/Berlin
        connectionPower: 11 kW
        hub: { address: "https://hub.example.org:8091" }
        buses:
          - { id: head, serial: /dev/ttyUSB0, settings: 9600-8N1 }
          - { id: lan, tcp: "192.0.2.10:502", framing: modbus-tcp, timeout: 500 ms }
        devices:
          - { id: grid, name: Grid meter, role: grid, bus: head, protocol: sml, ratio: 40 }
          - { id: pv, role: pv, bus: lan, profile: eastron-sdm630, unit: 2, invert: true, poll: 5 s }
          - { id: battery, role: battery, bus: lan, protocol: sunspec }
        """;

    private static readonly HashSet<string> Profiles = ["eastron-sdm630"];

    [Fact]
    public void Read_RightFile_GivesBuilding()
    {
        var (building, findings) = Read(Right);
        Assert.Empty(findings);
        Assert.Equal(("Lindenhof 7", "gw-0417", "Europe/Berlin"), (building!.Name, building.Gateway.Value, building.Zone.Id));
        Assert.Equal(Power.FromWatts(11_000), building.ConnectionPower);
        var lan = Assert.IsType<TcpBus>(building.Buses[1]);
        Assert.Equal(("192.0.2.10", 502, Duration.FromMilliseconds(500)), (lan.Host, lan.Port, lan.Timeout));
        Assert.Equal(40, building.Devices[0].Ratio);
        var pv = building.Devices[1];
        Assert.Equal((DeviceRole.Pv, (byte)2, true, Duration.FromSeconds(5)), (pv.Role, pv.Unit, pv.Invert, pv.Poll));
        Assert.Equal((DeviceDriver.SunSpec, "battery"), (building.Devices[2].Driver, building.Devices[2].Name));
    }

    [Theory]
    [InlineData("gateway: gw-0417", "gateway: gw 0417", "CME-1207", "gateway", 2)]
    [InlineData("timeZone: Europe/Berlin", "timeZone: Europa/Berlin", "CME-1207", "timeZone", 3)]
    [InlineData("connectionPower: 11 kW", "connectionPower: 11 MW", "CME-1207", "connectionPower", 4)]
    [InlineData("https://hub", "http://hub", "CME-1225", "hub.address", 5)]
    [InlineData("settings: 9600-8N1", "settings: 9600-8X1", null, "buses[0].settings", 7)]
    [InlineData("192.0.2.10:502", "192.0.2.10:99999", "CME-1207", "buses[1].tcp", 8)]
    [InlineData("timeout: 500 ms", "timeout: 5 ms", "CME-1207", "buses[1].timeout", 8)]
    [InlineData("framing: modbus-tcp", "framing: modbus-rtu", "CME-1222", "buses[1].framing", 8)]
    [InlineData("bus: head", "bus: heat", "CME-1221", "devices[0].bus", 10)]
    [InlineData("bus: head", "bus: lan", "CME-1222", "devices[0].bus", 10)]
    [InlineData("ratio: 40", "ratio: 0.0000001", "CME-1207", "devices[0].ratio", 10)]
    [InlineData("eastron-sdm630", "eastron-sdm63", "CME-1223", "devices[1].profile", 11)]
    [InlineData("unit: 2", "unit: 1", "CME-1224", "devices[2].unit", 12)]
    [InlineData("invert: true", "inverted: true", "CME-1204", "devices[1].inverted", 11)]
    [InlineData("role: battery", "role: grid", "CME-1224", "devices[2].role", 12)]
    [InlineData("id: battery", "id: pv", "CME-1220", "devices[2].id", 12)]
    public void Read_OneMistake_IsFoundAtItsPlace(string right, string wrong, string? code, string path, int line)
    {
        var (building, findings) = Read(Right.Replace(right, wrong, StringComparison.Ordinal));
        Assert.Null(building);
        var finding = Assert.Single(findings);
        Assert.Equal((path, line), (finding.Path, finding.Line));
        if (code is not null) Assert.Equal(code, finding.Code);
    }

    [Fact]
    public void Read_ManyMistakes_AreFoundAtOnce()
    {
        string wrong = Right.Replace("gw-0417", "gw/0417", StringComparison.Ordinal)
            .Replace("role: pv", "role: solar", StringComparison.Ordinal)
            .Replace("  - { id: head", "  - { colour: red, id: head", StringComparison.Ordinal)
            .Replace("protocol: sunspec", "protocol: sunspec, profile: eastron-sdm630", StringComparison.Ordinal);
        Assert.Equal(["CME-1207", "CME-1204", "CME-1207", "CME-1206"], Read(wrong).Findings.Select(f => f.Code));
    }

    [Fact]
    public void Read_CleartextOnLoopback_IsAllowed() =>
        Assert.Empty(Read(Right.Replace("https://hub.example.org", "http://127.0.0.1", StringComparison.Ordinal)).Findings);

    [Fact]
    public void Read_RandomDamage_NeverThrows()
    {
        var random = new Random(20261120);
        for (int i = 0; i < 2000; i++)
        {
            char[] text = Right.ToCharArray();
            for (int n = 0; n < 1 + i % 5; n++) text[random.Next(text.Length)] = "\n:{}[]-&*!'\"x9 \t\0"[random.Next(17)];
            var (building, findings) = Read(new string(text));
            Assert.True(building is null != (findings.Count == 0));
        }
    }

    private static (Building? Building, IReadOnlyList<Finding> Findings) Read(string text) => BuildingFile.Read(StrictYaml.Parse(text), Profiles);
}

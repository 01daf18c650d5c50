using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Edge.Configuration;
using CoMaKo.Edge.Hosting;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Tests.Hosting;

public sealed class PortsTests
{
    private const string Base = """
        building: Lindenhof 7
        gateway: gw-0417
        timeZone: Europe/Berlin
        buses:
          - { id: head, serial: /dev/ttyUSB0 }
          - { id: lan, tcp: "192.0.2.10:502", framing: modbus-tcp, part: own }
          - { id: broker, mqtt: "broker.lan:1883" }
        devices:
          - { id: grid, role: grid, bus: head, protocol: sml }
          - { id: pv, role: pv, bus: lan, profile: eastron-sdm630 }
        relays:
          - { meaning: dim, chip: gpiochip0, line: 17 }
        parts: { gpio: kernel, buffer: sqlite, hub: own, service: own }

        """;

    [Fact]
    public void Of_BuildingOfThreePorts_NamesTheirPartsOneLineEach()
    {
        string[] lines = [.. Ports.Of(Read(Base).Building!, new Uri("https://hub.example.org:8091")).Select(served => served.ToString())];
        Assert.Equal(["Buffer", "Line to the hub", "Service manager", "Modbus client of bus 'lan'", "MQTT session of bus 'broker'", "GPIO lines"], lines.Select(line => line.Split(": ")[0]));
        Assert.All(lines, line => Assert.Contains(", default, ", line, StringComparison.Ordinal));
        Assert.Contains("own codec", lines[3], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("part: own", "part: libmodbus", "buses[1].part")]
    [InlineData("gpio: kernel", "gpio: wiringpi", "parts.gpio")]
    [InlineData("buffer: sqlite", "buffer: oracle", "parts.buffer")]
    [InlineData("hub: own", "hub: soap", "parts.hub")]
    [InlineData("service: own", "service: upstart", "parts.service")]
    public void Read_PartThatNobodyHas_NamesThoseThatThereAre(string right, string wrong, string path)
    {
        var finding = Assert.Single(Read(Base.Replace(right, wrong, StringComparison.Ordinal)).Findings);
        Assert.Equal(("CME-1244", path), (finding.Code, finding.Path));
        Assert.Contains("this build has " + right.Split(' ')[1], finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_PartOnABusThatNeedsNone_IsRefused() =>
        Assert.Equal("CME-1204", Assert.Single(Read(Base.Replace("/dev/ttyUSB0 }", "/dev/ttyUSB0, part: own }", StringComparison.Ordinal)).Findings).Code);

    [Fact]
    public void Refusal_OptionalPartOutsideThisBuild_NamesThePackageAndWhatToDo()
    {
        var port = new Port<Func<int>>("Clock", "own", new("our clock", static () => 1), ("foreign", "Foreign.Clock"));
        Assert.Equal("This build has no Foreign.Clock: build with -p:Adapters=nuget where a feed carries it, or choose 'own'.", port.Refusal("foreign"));
        Assert.Equal("Clock: our clock, default, the only one of this build", port.Served("own", "", "clock").ToString());

        port.Add("foreign", new("Foreign Clock 3", static () => 2));
        Assert.Null(port.Refusal("foreign"));
        Assert.Equal("Clock of bus 'a': Foreign Clock 3, optional, chosen by 'part: foreign'", port.Served("foreign", "bus 'a'", "part").ToString());
        Assert.Equal("Clock: our clock, default, nothing else is chosen by 'clock'", port.Served("own", "", "clock").ToString());
        Assert.Equal((1, 2), (port["own"].Create(), port["foreign"].Create()));
    }

    private static (Building? Building, IReadOnlyList<Finding> Findings) Read(string text) => BuildingFile.Read(StrictYaml.Parse(text), new HashSet<string> { "eastron-sdm630" });
}

using CoMaKo.Devices;
using CoMaKo.Devices.Protocols.Mqtt;
using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Edge.Configuration;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Tests.Configuration;

public sealed class MqttSectionTests
{
    private const string Right = """
        building: Lindenhof 7
        gateway: gw-0417
        timeZone: Europe/Berlin
        buses:
          - { id: broker, mqtt: "broker.lan:8883", user: gateway, passwordFile: /etc/comako/mqtt-password, tls: true, ca: /etc/comako/ca.pem, keepAlive: 30 s }
          - { id: lan, tcp: "192.0.2.10:502", framing: modbus-tcp }
        devices:
          - { id: grid, role: grid, bus: broker, mqtt: { format: tasmota-sml, topic: tele/meter/SENSOR, group: MT175 } }
          - { id: flat, role: load, bus: broker, mqtt: { format: shelly-3em, topic: shellypro3em-08f9e0e5f9c8, every: 2 s } }
          - { id: plug, role: load, bus: broker, mqtt: { format: zigbee2mqtt, topic: zigbee2mqtt/garden plug } }
          - id: battery
            role: battery
            bus: broker
            mqtt:
              format: json
              topic: battery/state
              counts: inverter
              time: { path: ts, form: unix-ms }
              readings:
                - { measurand: ActivePower, path: "p[0].value", unit: kW, unitPath: "p[0].unit", negate: true }
                - { measurand: StateOfCharge, topic: battery/soc, unit: "%" }
                - { measurand: ActiveEnergyExport, path: out, unit: kWh, step: 0.01 }
          - { id: pv, role: pv, bus: lan, profile: eastron-sdm630, unit: 2 }
        publish: { bus: broker, base: home/comako, every: 5 s }
        """;

    private static readonly HashSet<string> Profiles = ["eastron-sdm630"];

    [Fact]
    public void Read_RightFile_GivesBrokerMetersAndPublication()
    {
        var (building, findings) = Read(Right);
        Assert.Empty(findings);
        var broker = Assert.IsType<MqttBus>(building!.Buses[0]).Settings;
        Assert.Equal(("broker.lan", 8883, "comako-gw-0417-broker", "gateway", "/etc/comako/mqtt-password", Duration.FromSeconds(30)), (broker.Host, broker.Port, broker.ClientId, broker.User, broker.PasswordFile, broker.KeepAlive));
        Assert.Equal(new MqttTls("/etc/comako/ca.pem", null, null), broker.Tls);
        Assert.All(building.Devices.Take(4), device => Assert.Equal(DeviceDriver.Mqtt, device.Driver));
        Assert.Contains(building.Devices[0].Mqtt!.Fields, f => f.Path.ToString() == "MT175.Total_in");
        Assert.Equal((Duration.FromSeconds(2), Duration.FromMinutes(1)), (building.Devices[1].Mqtt!.Period, building.Devices[2].Mqtt!.Period));
        Assert.Equal(new PublishSettings("broker", "home/comako", "homeassistant", Duration.FromSeconds(5)), building.Publish);
    }

    [Fact]
    public void Read_JsonMeter_GivesItsMap()
    {
        var map = Read(Right).Building!.Devices[3].Mqtt!;
        Assert.True(map.CountsAsInverter);
        Assert.Equal(MqttTimeForm.UnixMilliseconds, map.Time!.Value.Form);
        Assert.Equal(["battery/state", "battery/soc"], map.Topics);
        Assert.Equal((Measurand.ActivePower, 1000m, "kW", true), (map.Fields[0].Measurand, map.Fields[0].Scale, map.Fields[0].Unit!.Value.Word, map.Fields[0].Negate));
        Assert.Equal(10, map.Fields[2].Step);
        Assert.False(map.HasPowerOnly);
    }

    [Theory]
    [InlineData("broker.lan:8883", "broker.lan:99999", "CME-1207", "buses[0].mqtt")]
    [InlineData("user: gateway, ", "", "CME-1206", "buses[0].passwordFile")]
    [InlineData("/etc/comako/mqtt-password", "mqtt-password", "CME-1207", "buses[0].passwordFile")]
    [InlineData("tls: true, ", "", "CME-1206", "buses[0]")]
    [InlineData("ca: /etc/comako/ca.pem", "certificate: /etc/comako/gateway.pem", "CME-1206", "buses[0]")]
    [InlineData("keepAlive: 30 s", "keepAlive: 3 s", "CME-1207", "buses[0].keepAlive")]
    [InlineData("keepAlive: 30 s", "part: paho", "CME-2509", "buses[0].part")]
    [InlineData("keepAlive: 30 s", "framing: modbus-tcp", "CME-1204", "buses[0].framing")]
    [InlineData("keepAlive: 30 s", "password: s3cret", "CME-1204", "buses[0].password")]
    [InlineData("format: tasmota-sml", "format: tasmota", "CME-1207", "devices[0].mqtt.format")]
    [InlineData("topic: tele/meter/SENSOR", "topic: tele/+/SENSOR", "CME-2522", "devices[0].mqtt.topic")]
    [InlineData("topic: tele/meter/SENSOR", "topic: \"#\"", "CME-2522", "devices[0].mqtt.topic")]
    [InlineData("topic: tele/meter/SENSOR, ", "", "CME-1205", "devices[0].mqtt.topic")]
    [InlineData("mqtt: { format: tasmota-sml", "protocol: sml, mqtt: { format: tasmota-sml", "CME-1206", "devices[0]")]
    [InlineData("bus: broker, mqtt: { format: shelly", "bus: lan, mqtt: { format: shelly", "CME-1222", "devices[1].bus")]
    [InlineData("role: pv, bus: lan", "role: pv, bus: broker", "CME-1222", "devices[4].bus")]
    [InlineData("every: 2 s", "every: 0.1 s", "CME-1207", "devices[1].mqtt.every")]
    [InlineData("p[0].value", "p[0]value", "CME-2521", "devices[3].mqtt.readings[0].path")]
    [InlineData("unit: kW, unitPath", "unit: hp, unitPath", "CME-1207", "devices[3].mqtt.readings[0].unit")]
    [InlineData("measurand: StateOfCharge, topic: battery/soc, unit: \"%\"", "measurand: ActivePower, topic: battery/soc, unit: W", "CME-2523", "devices[3].mqtt.readings[1].measurand")]
    [InlineData("form: unix-ms", "form: local", "CME-1207", "devices[3].mqtt.time.form")]
    [InlineData("publish: { bus: broker", "publish: { bus: brokers", "CME-1221", "publish.bus")]
    [InlineData("publish: { bus: broker", "publish: { bus: lan", "CME-1222", "publish.bus")]
    [InlineData("base: home/comako", "base: home/#", "CME-2522", "publish.base")]
    public void Read_OneMistake_IsFoundAtItsPlace(string right, string wrong, string code, string path)
    {
        string changed = Right.Replace(right, wrong, StringComparison.Ordinal);
        Assert.NotEqual(Right, changed);
        var (building, findings) = Read(changed);
        Assert.Null(building);
        var finding = Assert.Single(findings);
        Assert.Equal((code, path), (finding.Code, finding.Path));
    }

    private static (Building? Building, IReadOnlyList<Finding> Findings) Read(string text) => BuildingFile.Read(StrictYaml.Parse(text), Profiles);
}

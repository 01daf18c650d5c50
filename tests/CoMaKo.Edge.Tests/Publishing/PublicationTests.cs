using System.Diagnostics;
using System.Text;
using System.Text.Json;
using CoMaKo.Devices;
using CoMaKo.Edge.Acquisition;
using CoMaKo.Edge.Diagnostics;
using CoMaKo.Edge.Publishing;
using CoMaKo.Quantities;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.Edge.Tests.Publishing;

public sealed class PublicationTests
{
    private static readonly GatewayId Gateway = new("gw-0417");
    private static readonly Instant At = Instant.FromUtc(2026, 6, 1, 10, 15);
    private static readonly Publication Publication = new("comako", Gateway);
    private static readonly HomeAssistant Home = new(new("broker", "comako", "homeassistant", Duration.FromSeconds(10)), Publication, Gateway, "Lindenhof 7", "1.2.3");

    [Fact]
    public void Values_FreshDevice_AreExactWithTheRegistersTotal()
    {
        var device = Device(DeviceStatusKind.Ok, (Measurand.ActivePower, -1234.5m), (Measurand.StateOfCharge, 55.50m), (Measurand.ActiveEnergyImport, 1m));
        var values = Publication.Values(device, [Register("battery", ObisCode.ActiveEnergyImport, 12345678.9m), Register("grid", ObisCode.ActiveEnergyExport, 5)]);
        Assert.Equal(
            ["comako/gw-0417/battery/power -1234.5", "comako/gw-0417/battery/energy_import 12345678.9", "comako/gw-0417/battery/soc 55.5",
                """comako/gw-0417/battery/state {"at":"2026-06-01T10:15:00Z","power":-1234.5,"energy_import":12345678.9,"soc":55.5}"""],
            Publication.Messages(device, values).Select(m => $"{m.Topic} {Encoding.UTF8.GetString(m.Payload)}"));
        Assert.DoesNotContain(Publication.Messages(device, values), m => m.IsRetained);
    }

    [Theory]
    [InlineData(DeviceStatusKind.Stale)]
    [InlineData(DeviceStatusKind.Faulted)]
    [InlineData(DeviceStatusKind.Starting)]
    public void Values_DeviceThatIsNotFresh_AreNone(DeviceStatusKind kind)
    {
        var device = Device(kind, (Measurand.ActivePower, 5m));
        Assert.Empty(Publication.Values(device, []));
        Assert.Equal("offline", Encoding.UTF8.GetString(Publication.Status(device).Payload));
    }

    [Fact]
    public void Powers_UnknownOnes_AreNotSent()
    {
        var snapshot = new BuildingSnapshot(At, [Device(DeviceStatusKind.Stale, (Measurand.ActivePower, 5m)), Device(DeviceStatusKind.Ok, (Measurand.ActivePower, 700m)) with { Id = new("grid"), Role = DeviceRole.Grid }]);
        Assert.Equal("comako/gw-0417/building/grid_power", Assert.Single(Publication.Messages(snapshot)).Topic);
    }

    [Fact]
    public void Readme_ListsEveryScalar()
    {
        string page = File.ReadAllText(Repository.At("edge", "CoMaKo.Edge", "Publishing", "README.md"));
        // Phases are written once, for L1.
        var names = PublishedQuantity.All.Select(q => q.Name.Replace("_l2", "_l1", StringComparison.Ordinal).Replace("_l3", "_l1", StringComparison.Ordinal));
        Assert.All(names, name => Assert.Contains(name, page, StringComparison.Ordinal));
    }

    [RequiresFact(Peer.Python, Peer.JsonSchema)]
    public void Announcements_OfGatewayMeterAndBattery_FollowThePublishedFields()
    {
        var infos = new[] { Info("grid", DeviceRole.Grid), Info("battery", DeviceRole.Battery) };
        PublishedMessage[] announcements = [Home.Gateway(["home_power", "grid_power"]), Home.Gateway([]), .. infos.Select(i => Home.Device(i, PublishedQuantity.All))];
        Assert.All(announcements, a => Assert.True(a.IsRetained));
        Assert.Equal(["homeassistant/device/comako_gw-0417/config", "homeassistant/device/comako_gw-0417_battery/config", "homeassistant/device/comako_gw-0417_grid/config"], announcements.Select(a => a.Topic).Distinct().Order(StringComparer.Ordinal));
        string right = Encoding.UTF8.GetString(announcements[^1].Payload);
        string[] wrong =
        [
            right.Replace("\"platform\":\"sensor\"", "\"platform\":\"switch\"", StringComparison.Ordinal), right.Replace("total_increasing", "increasing", StringComparison.Ordinal), right.Replace("\"Wh\"", "\"W\"", StringComparison.Ordinal),
            right.Replace("state_topic", "topic", StringComparison.Ordinal), right.Replace("\"identifiers\"", "\"ids\"", StringComparison.Ordinal), right.Replace("\"origin\"", "\"source\"", StringComparison.Ordinal), right.Replace("expire_after", "command_topic", StringComparison.Ordinal),
            right.Replace("\"device_class\":\"voltage\",\"state_class\":\"measurement\"", "\"device_class\":\"voltage\",\"state_class\":\"total\"", StringComparison.Ordinal), right.Replace("\"device_class\":\"power\"", "\"device_class\":\"watts\"", StringComparison.Ordinal),
            right.Replace("\"unit_of_measurement\":\"V\"", "\"unit_of_measurement\":\"Volt\"", StringComparison.Ordinal), right.Replace("\"availability\"", "\"availability_topic\"", StringComparison.Ordinal),
        ];
        Assert.DoesNotContain(right, wrong);
        var violations = Violations([.. announcements.Select(a => Encoding.UTF8.GetString(a.Payload)), .. wrong]);
        Assert.All(violations.Take(announcements.Length), Assert.Null);
        Assert.All(violations.Skip(announcements.Length), Assert.NotNull);
    }

    /// <summary>What Home Assistant takes as a topic of discovery (MQTT integration, "Discovery messages"), and what every session carries.</summary>
    [Fact]
    public void Announcements_OfALargeBuilding_HaveIdsOfTheirOwnAndFitIntoAMessage()
    {
        var infos = Enumerable.Range(0, 64).Select(i => Info($"device-{i}", DeviceRole.Load)).ToList();
        PublishedMessage[] announcements = [Home.Gateway(["home_power", "grid_power", "pv_power", "battery_power"]), .. infos.Select(i => Home.Device(i, PublishedQuantity.All))];
        Assert.All(announcements, a => Assert.Matches(@"\Ahomeassistant/device/([a-zA-Z0-9_-]+/)?[a-zA-Z0-9_-]+/config\z", a.Topic));
        Assert.All(announcements, a => Assert.InRange(a.Payload.Length, 1, MqttLimits.Payload));
        var sensors = announcements.SelectMany(a => JsonDocument.Parse(a.Payload).RootElement.GetProperty("components").EnumerateObject()).Select(c => c.Value.GetProperty("unique_id").GetString()).ToList();
        Assert.Equal(5 + 64 * PublishedQuantity.All.Count, sensors.Distinct().Count());
        Assert.Equal(sensors.Count, sensors.Distinct().Count());
    }

    [Fact]
    public void Announcement_EachSensor_PointsToATopicThatIsSent()
    {
        var device = Device(DeviceStatusKind.Ok, (Measurand.ActivePower, 1m), (Measurand.StateOfCharge, 50m));
        var values = Publication.Values(device, []);
        var sent = Publication.Messages(device, values).Select(m => m.Topic).ToHashSet();
        using var announcement = JsonDocument.Parse(Home.Device(Info("battery", DeviceRole.Battery), [.. values.Select(v => v.Quantity)]).Payload);
        var sensors = announcement.RootElement.GetProperty("components").EnumerateObject().Select(c => c.Value).ToList();
        Assert.Equal(2, sensors.Count);
        Assert.All(sensors, s => Assert.Contains(s.GetProperty("state_topic").GetString()!, sent));
        Assert.All(sensors, s => Assert.Equal(["comako/gw-0417/status", "comako/gw-0417/battery/status"], s.GetProperty("availability").EnumerateArray().Select(a => a.GetProperty("topic").GetString())));
        Assert.All(sensors, s => Assert.Equal(30, s.GetProperty("expire_after").GetInt32()));
    }

    private static DeviceInfo Info(string id, DeviceRole role) => new(new(id), "Name of it", role, "tasmota", "mqtt broker", Duration.FromSeconds(2), new LinkStatistics());

    private static DeviceSnapshot Device(DeviceStatusKind kind, params (Measurand Measurand, decimal Value)[] values) => new(
        new("battery"), DeviceRole.Battery, new(kind, null, null, At),
        new(new("battery"), At, Duration.Zero, null, null, MeterAlarms.None, [.. values.Select(v => new MeasuredValue(v.Measurand, null, v.Value, 0, false, false))]));

    private static RegisterView Register(string device, ObisCode obis, decimal wattHours) =>
        new(RegisterId.Of("0a01454d480000", obis), new(device), obis, At, wattHours, 0, Quality.Measured, SettlementRole.Settlement, null, null);

    private static string?[] Violations(string[] documents)
    {
        var start = new ProcessStartInfo(
            Peers.Python, [Repository.At("tests", "CoMaKo.Edge.Tests", "peers", "building_schema.py"), Repository.At("contracts", "schemas", "home-assistant-discovery.schema.json")])
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true,
        };
        using var python = Process.Start(start)!;
        JsonSerializer.Serialize(python.StandardInput.BaseStream, documents);
        python.StandardInput.Close();
        return JsonSerializer.Deserialize<string?[]>(python.StandardOutput.ReadToEnd())!;
    }
}

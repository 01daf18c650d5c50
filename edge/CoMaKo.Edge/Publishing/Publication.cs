using System.Globalization;
using System.Text;
using System.Text.Json;
using CoMaKo.Devices;
using CoMaKo.Edge.Acquisition;
using CoMaKo.Quantities;
using NodaTime.Text;

namespace CoMaKo.Edge.Publishing;

/// <summary>A message to the broker.</summary>
internal sealed record PublishedMessage(string Topic, byte[] Payload, bool IsRetained);

/// <summary>What the gateway says about the building: topics and payloads. Values are never retained, so that a subscriber never takes an old one for a fresh one.</summary>
/// <param name="root">First level of all topics.</param>
internal sealed class Publication(string root, GatewayId gateway)
{
    /// <summary>Words of all status topics; Home Assistant's defaults.</summary>
    public const string Online = "online", Offline = "offline";

    /// <summary>Name of the building's own topics; no device's topics look like these.</summary>
    private const string Building = "building";

    /// <summary>Whether the gateway is there; the broker's last will says when it is not.</summary>
    public string StatusTopic { get; } = $"{root}/{gateway}/status";

    public string StatusTopicOf(DeviceId device) => Topic(device.Value, "status");

    public string Topic(string device, string quantity) => $"{root}/{gateway}/{device}/{quantity}";

    /// <summary>Powers of the building as a whole: name and value; absent ones are not known now.</summary>
    public static IEnumerable<(string Name, Power? Power)> Powers(BuildingSnapshot snapshot) =>
    [
        ("home_power", snapshot.Home), ("grid_power", snapshot.PowerOf(DeviceRole.Grid)), ("pv_power", snapshot.PowerOf(DeviceRole.Pv)), ("battery_power", snapshot.PowerOf(DeviceRole.Battery)),
    ];

    public string TopicOfBuilding(string name) => Topic(Building, name);

    /// <summary>Whether a device's values count now.</summary>
    public PublishedMessage Status(DeviceSnapshot device) => Retained(StatusTopicOf(device.Id), device.Status.Kind == DeviceStatusKind.Ok ? Online : Offline);

    public static PublishedMessage Retained(string topic, string payload) => new(topic, Encoding.UTF8.GetBytes(payload), IsRetained: true);

    /// <summary>What a device delivers now, in the order of <see cref="PublishedQuantity.All"/>; nothing unless it is read freshly.</summary>
    public static IReadOnlyList<(PublishedQuantity Quantity, decimal Value)> Values(DeviceSnapshot device, IReadOnlyList<RegisterView> registers)
    {
        if (device.Status.Kind != DeviceStatusKind.Ok || device.Last is not { } last) return [];
        var values = new List<(PublishedQuantity, decimal)>();
        foreach (var quantity in PublishedQuantity.All)
            if ((quantity.IsEnergy ? Register(device.Id, quantity, registers) : last.Find(quantity.Measurand)) is { } value) values.Add((quantity, value));
        return values;
    }

    /// <summary>One message per value and one with all of them.</summary>
    public IEnumerable<PublishedMessage> Messages(DeviceSnapshot device, IReadOnlyList<(PublishedQuantity Quantity, decimal Value)> values)
    {
        foreach (var (quantity, value) in values) yield return new(Topic(device.Id.Value, quantity.Name), Number(value), IsRetained: false);
        yield return new(Topic(device.Id.Value, "state"), State(device, values), IsRetained: false);
    }

    public IEnumerable<PublishedMessage> Messages(BuildingSnapshot snapshot)
    {
        foreach (var (name, power) in Powers(snapshot))
            if (power is { } known) yield return new(TopicOfBuilding(name), Number(known.Watts), IsRetained: false);
    }

    private static decimal? Register(DeviceId device, PublishedQuantity quantity, IReadOnlyList<RegisterView> registers)
    {
        var obis = quantity.Measurand == Measurand.ActiveEnergyImport ? ObisCode.ActiveEnergyImport : ObisCode.ActiveEnergyExport;
        return registers.FirstOrDefault(r => r.Device == device && r.Obis == obis)?.WattHours;
    }

    private static byte[] State(DeviceSnapshot device, IReadOnlyList<(PublishedQuantity Quantity, decimal Value)> values)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("at", InstantPattern.ExtendedIso.Format(device.Last!.At));
            foreach (var (quantity, value) in values)
            {
                json.WritePropertyName(quantity.Name);
                json.WriteRawValue(Number(value));
            }

            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>Exact, without an exponent and without zeros at the end.</summary>
    private static byte[] Number(decimal value) => Encoding.ASCII.GetBytes(value.ToString("0.############################", CultureInfo.InvariantCulture));
}

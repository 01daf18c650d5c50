using System.Text.Json;
using CoMaKo.Devices;
using CoMaKo.Edge.Configuration;
using CoMaKo.Edge.Diagnostics;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Publishing;

/// <summary>
/// Announcements by which Home Assistant finds the building: one device each for gateway, meters and battery (documentation of its MQTT integration, "Device discovery payload", since 2024.11;
/// field names as in <c>contracts/schemas/home-assistant-discovery.schema.json</c>). Sensors only: nothing here can be commanded.
/// </summary>
internal sealed class HomeAssistant(PublishSettings settings, Publication publication, GatewayId gateway, string building, string version)
{
    private const string Product = "CoMaKo.Edge";

    private readonly string own = $"comako_{gateway}";

    /// <summary>Where Home Assistant says that it has started and wants all announcements again.</summary>
    public string BirthTopic { get; } = $"{settings.Discovery}/status";

    /// <summary>The gateway itself: whether it is there, and the powers of the building.</summary>
    /// <param name="powers">Names of those that are known at all.</param>
    public PublishedMessage Gateway(IReadOnlyList<string> powers) => Announcement(own, null, json =>
    {
        Device(json, own, building, "Gateway", via: null);
        json.WriteStartObject("components");
        json.WriteStartObject("status");
        json.WriteString("platform", "binary_sensor");
        json.WriteString("unique_id", $"{own}_status");
        json.WriteString("name", "Connection");
        json.WriteString("device_class", "connectivity");
        json.WriteString("entity_category", "diagnostic");
        json.WriteString("state_topic", publication.StatusTopic);
        json.WriteString("payload_on", Publication.Online);
        json.WriteString("payload_off", Publication.Offline);
        json.WriteEndObject();
        foreach (string name in powers) Sensor(json, $"{own}_{name}", name, Label(name), publication.TopicOfBuilding(name), ("power", "measurement", "W"), settings.Every, [publication.StatusTopic]);
        json.WriteEndObject();
    });

    /// <summary>A meter, inverter or battery with what it delivers.</summary>
    public PublishedMessage Device(DeviceInfo info, IReadOnlyList<PublishedQuantity> quantities) => Announcement(own, info.Id, json =>
    {
        string id = $"{own}_{info.Id}";
        Device(json, id, info.Name, info.Profile, via: own);
        json.WriteStartObject("components");
        foreach (var quantity in quantities)
        {
            Sensor(
                json, $"{id}_{quantity.Name}", quantity.Name, quantity.Label, publication.Topic(info.Id.Value, quantity.Name),
                (quantity.DeviceClass, quantity.IsEnergy ? "total_increasing" : "measurement", quantity.Unit), Duration.Max(settings.Every, info.ExpectedPeriod),
                [publication.StatusTopic, publication.StatusTopicOf(info.Id)]);
        }

        json.WriteEndObject();
    });

    private static string Label(string name) => name switch { "home_power" => "Consumption", "grid_power" => "Grid power", "pv_power" => "PV power", _ => "Battery power" };

    /// <summary>An announcement is retained, so that a Home Assistant that starts later finds it, too.</summary>
    private PublishedMessage Announcement(string prefix, DeviceId? device, Action<Utf8JsonWriter> content)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            content(json);
            json.WriteStartObject("origin");
            json.WriteString("name", Product);
            json.WriteString("sw_version", version);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        // An object id is made of letters, digits, '_' and '-'; a gateway's name may have dots.
        string id = (device is { } of ? $"{prefix}_{of}" : prefix).Replace('.', '_');
        return new($"{settings.Discovery}/device/{id}/config", buffer.ToArray(), IsRetained: true);
    }

    private void Device(Utf8JsonWriter json, string id, string name, string model, string? via)
    {
        json.WriteStartObject("device");
        json.WriteStartArray("identifiers");
        json.WriteStringValue(id);
        json.WriteEndArray();
        json.WriteString("name", name);
        json.WriteString("manufacturer", Product);
        json.WriteString("model", model);
        if (via is null) json.WriteString("sw_version", version);
        else json.WriteString("via_device", via);
        json.WriteEndObject();
    }

    /// <summary>A value counts for three periods; then it is unknown, whatever was said last.</summary>
    private static void Sensor(
        Utf8JsonWriter json, string id, string key, string label, string topic, (string DeviceClass, string StateClass, string Unit) kind, Duration period, IReadOnlyList<string> availability)
    {
        json.WriteStartObject(key);
        json.WriteString("platform", "sensor");
        json.WriteString("unique_id", id);
        json.WriteString("name", label);
        json.WriteString("state_topic", topic);
        json.WriteString("device_class", kind.DeviceClass);
        json.WriteString("state_class", kind.StateClass);
        json.WriteString("unit_of_measurement", kind.Unit);
        json.WriteNumber("expire_after", (int)Math.Ceiling(period.TotalSeconds * 3));
        json.WriteStartArray("availability");
        foreach (string at in availability)
        {
            json.WriteStartObject();
            json.WriteString("topic", at);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("availability_mode", "all");
        json.WriteEndObject();
    }
}

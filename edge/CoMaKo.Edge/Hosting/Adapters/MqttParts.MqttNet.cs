using CoMaKo.Devices.MqttNet;

namespace CoMaKo.Edge.Hosting;

/// <summary>The optional part MQTTnet.</summary>
internal static partial class MqttParts
{
    static partial void AddOptional(Dictionary<string, MqttPart> parts) =>
        parts["mqttnet"] = new("MQTTnet", static (settings, clock) => new MqttNetSession(settings, clock), static () => null);
}

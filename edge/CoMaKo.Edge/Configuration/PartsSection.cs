using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Edge.Hosting;

namespace CoMaKo.Edge.Configuration;

/// <summary>Parts that serve the whole gateway; those of a bus are chosen at the bus.</summary>
/// <param name="Gpio">Name of the part that reaches GPIO lines.</param>
/// <param name="Buffer">… that keeps the buffer.</param>
/// <param name="Hub">… that calls the hub.</param>
/// <param name="Service">… that speaks with the service manager.</param>
public sealed record ChosenParts(string Gpio, string Buffer, string Hub, string Service)
{
    public static ChosenParts Usual { get; } = new(Ports.Gpio.Default, Ports.Buffer.Default, Ports.Hub.Default, Ports.Service.Default);
}

/// <summary>Reads which part serves a port. CME-1244: a part that this build does not have; for MQTT CME-2509.</summary>
internal static class PartsSection
{
    public static ChosenParts Parts(YamlMap? map) => map is null ? ChosenParts.Usual : new(
        Name(map, "gpio", Ports.Gpio), Name(map, "buffer", Ports.Buffer), Name(map, "hub", Ports.Hub), Name(map, "service", Ports.Service));

    /// <returns>The name, of a part that is there.</returns>
    public static string Name<TCreate>(YamlMap map, string key, Port<TCreate> port, string code = "CME-1244") where TCreate : Delegate
    {
        if (map.OptionalText(key) is not { Length: > 0 } name) return port.Default;
        if (port.Refusal(name) is not { } refusal) return name;
        map.Report(code, key, refusal);
        return port.Default;
    }
}

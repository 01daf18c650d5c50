using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Edge.Hosting;

namespace CoMaKo.Edge.Configuration;

/// <summary>Parts that serve the whole gateway; those of a bus are chosen at the bus.</summary>
/// <param name="Gpio">Name of the part that reaches GPIO lines.</param>
public sealed record ChosenParts(string Gpio)
{
    public static ChosenParts Usual { get; } = new(Ports.Gpio.Default);
}

/// <summary>Reads which part serves a port. CME-1244: a part that this build does not have; for MQTT CME-2509.</summary>
internal static class PartsSection
{
    public static ChosenParts Parts(YamlMap? map) => map is null ? ChosenParts.Usual : new(Name(map, "gpio", Ports.Gpio));

    /// <returns>The name, of a part that is there.</returns>
    public static string Name<TCreate>(YamlMap map, string key, Port<TCreate> port, string code = "CME-1244") where TCreate : Delegate
    {
        if (map.OptionalText(key) is not { Length: > 0 } name) return port.Default;
        if (port.Refusal(name) is not { } refusal) return name;
        map.Report(code, key, refusal);
        return port.Default;
    }
}

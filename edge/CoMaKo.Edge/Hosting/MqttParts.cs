using CoMaKo.Devices;
using CoMaKo.Devices.Linux.Mqtt;

namespace CoMaKo.Edge.Hosting;

/// <summary>A part that speaks MQTT.</summary>
/// <param name="Title">For people: what it is made of.</param>
/// <param name="WhyNot">Why it cannot be used on this machine; absent if it can.</param>
internal sealed record MqttPart(string Title, Func<MqttSettings, TimeProvider, IMqttSession> Create, Func<LinkException?> WhyNot);

/// <summary>The parts of this build by the name that a bus chooses them by (<c>part</c>).</summary>
internal static partial class MqttParts
{
    public const string Default = "libmosquitto";

    public static IReadOnlyDictionary<string, MqttPart> All { get; } = Parts();

    private static Dictionary<string, MqttPart> Parts()
    {
        var parts = new Dictionary<string, MqttPart>(StringComparer.Ordinal)
        {
            [Default] = new("libmosquitto", static (settings, clock) => new MosquittoSession(settings, clock), static () => MosquittoSession.WhyNot),
        };
        AddOptional(parts);
        return parts;
    }

    /// <summary>Present only in a build with <c>-p:Adapters=nuget</c>.</summary>
    static partial void AddOptional(Dictionary<string, MqttPart> parts);
}

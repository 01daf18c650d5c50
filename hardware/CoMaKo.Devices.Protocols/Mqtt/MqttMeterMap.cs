using CoMaKo.Devices.Protocols.Profiles;
using NodaTime;

namespace CoMaKo.Devices.Protocols.Mqtt;

/// <summary>Which value of which topic means what.</summary>
/// <param name="Path">Where it stands in the payload.</param>
/// <param name="Scale">One unit of the payload in the measurand's own unit.</param>
public sealed record MqttField(string Topic, JsonPath Path, Measurand Measurand, decimal Scale)
{
    /// <summary>Where the payload names the unit, and the only word that is right there; absent: it names none.</summary>
    public (JsonPath Path, string Word)? Unit { get; init; }

    /// <summary>Whether the payload counts the other way round.</summary>
    public bool Negate { get; init; }

    /// <summary>Smallest step of the register in the measurand's unit; 0 where unknown.</summary>
    public decimal Step { get; init; }
}

/// <summary>How the payload says when its values were taken.</summary>
public enum MqttTimeForm
{
    /// <summary>Seconds since 1970, with or without decimals.</summary>
    UnixSeconds,
    UnixMilliseconds,

    /// <summary>ISO 8601 with an offset or Z; without one it is not a point in time and not believed.</summary>
    Iso,
}

/// <summary>How a meter behind a broker is read.</summary>
/// <param name="Fields">At least one.</param>
/// <param name="Period">Messages at most this far apart are normal.</param>
public sealed record MqttMeterMap(IReadOnlyList<MqttField> Fields, Duration Period)
{
    /// <summary>Where the time stands, in every topic's payload; absent: only the arrival counts.</summary>
    public (JsonPath Path, MqttTimeForm Form)? Time { get; init; }

    /// <summary>Where the meter's own number stands, hexadecimal; absent: it has none here.</summary>
    public JsonPath? MeterId { get; init; }

    /// <summary>Whether values are in the building's terms already, so that generation is counted as export.</summary>
    public bool CountsAsInverter { get; init; }

    /// <summary>The topics, each once.</summary>
    public IReadOnlyCollection<string> Topics { get; } = [.. Fields.Select(f => f.Topic).Distinct(StringComparer.Ordinal)];

    /// <summary>Whether there is no energy register that may be booked.</summary>
    public bool HasPowerOnly => Fields.All(f => ProfileWords.ObisOf(f.Measurand) is null);
}

/// <summary>What is known about common meters (metering.md §6; Tasmota's smart meter script in evcc's naming, Shelly's Gen2 RPC notifications, zigbee2mqtt's exposes).</summary>
public static class MqttFormats
{
    /// <summary>Tasmota with an SML script whose names follow evcc: <c>{"Time":…,"SML":{"Total_in":…}}</c>. Its <c>Time</c> has no zone and is not used.</summary>
    /// <param name="topic">E.g. <c>tele/meter/SENSOR</c>.</param>
    /// <param name="group">The script's name of the meter, usually <c>SML</c>.</param>
    public static MqttMeterMap TasmotaSml(string topic, string group, Duration period) => new(
        [
            Field(topic, $"{group}.Power_curr", Measurand.ActivePower),
            Field(topic, $"{group}.Total_in", Measurand.ActiveEnergyImport, 1000),
            Field(topic, $"{group}.Total_out", Measurand.ActiveEnergyExport, 1000),
            .. Phases(topic, $"{group}.power_l", Measurand.ActivePowerL1),
            .. Phases(topic, $"{group}.voltage_l", Measurand.VoltageL1),
            .. Phases(topic, $"{group}.current_l", Measurand.CurrentL1),
        ],
        period)
    { MeterId = PathOf($"{group}.Meter_Id") };

    /// <summary>Shelly Pro 3EM and 3EM Gen3. Its energy counters are per phase and not netted, so they are not read: power is summed instead.</summary>
    /// <param name="prefix">The device's topic prefix, e.g. <c>shellypro3em-08f9e0e5f9c8</c>.</param>
    public static MqttMeterMap Shelly3Em(string prefix, Duration period)
    {
        string topic = $"{prefix}/status/em:0";
        return new(
            [
                Field(topic, "total_act_power", Measurand.ActivePower),
                .. Letters(topic, "act_power", Measurand.ActivePowerL1),
                .. Letters(topic, "voltage", Measurand.VoltageL1),
                .. Letters(topic, "current", Measurand.CurrentL1),
            ],
            period);
    }

    /// <summary>A plug or meter behind zigbee2mqtt: W, kWh, V, A, Hz; <c>produced_energy</c> where it counts both ways.</summary>
    /// <param name="topic">E.g. <c>zigbee2mqtt/garden plug</c>.</param>
    public static MqttMeterMap Zigbee2Mqtt(string topic, Duration period) => new(
        [
            Field(topic, "power", Measurand.ActivePower),
            Field(topic, "energy", Measurand.ActiveEnergyImport, 1000),
            Field(topic, "produced_energy", Measurand.ActiveEnergyExport, 1000),
            Field(topic, "voltage", Measurand.VoltageL1),
            Field(topic, "current", Measurand.CurrentL1),
            Field(topic, "ac_frequency", Measurand.Frequency),
        ],
        period);

    private static IEnumerable<MqttField> Phases(string topic, string stem, Measurand first) =>
        Enumerable.Range(0, 3).Select(i => Field(topic, FormattableString.Invariant($"{stem}{i + 1}"), first + i));

    private static IEnumerable<MqttField> Letters(string topic, string name, Measurand first) =>
        Enumerable.Range(0, 3).Select(i => Field(topic, $"{"abc"[i]}_{name}", first + i));

    private static MqttField Field(string topic, string path, Measurand measurand, decimal scale = 1) => new(topic, PathOf(path), measurand, scale);

    private static JsonPath PathOf(string text) => JsonPath.Parse(text).GetValueOrThrow();
}

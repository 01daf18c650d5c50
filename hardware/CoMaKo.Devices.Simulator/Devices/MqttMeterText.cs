using System.Globalization;
using System.Text;
using CoMaKo.Devices.Simulator.Model;
using NodaTime;

namespace CoMaKo.Devices.Simulator.Devices;

/// <summary>What a meter behind a broker says, and where.</summary>
/// <param name="Id">Its name in faults and building file.</param>
/// <param name="Topic">Where its values stand.</param>
/// <param name="Map">How the building file describes it: the keys of <c>mqtt</c> without the period.</param>
/// <param name="HasEnergy">Whether it says its registers too.</param>
/// <param name="Payload">The message of a moment.</param>
public sealed record MqttMeterText(string Id, string Topic, string Map, bool HasEnergy, Func<MeterFace, Instant, byte[]> Payload)
{
    /// <summary>Where it says whether it is there, and what; absent: nowhere.</summary>
    public (string Topic, byte[] Online, byte[] Offline)? Availability { get; init; }

    /// <summary>A reading head with Tasmota's smart meter script, its names as evcc has them; its time has no zone.</summary>
    public static MqttMeterText Tasmota(string id) => new(
        id, $"tele/{id}/SENSOR", $"format: tasmota-sml, topic: tele/{id}/SENSOR", HasEnergy: true,
        (face, at) => Json($$$"""{"Time":"{{{at.ToString("uuuu-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture)}}}","SML":{"Meter_Id":"0a01434d4b0000004711","Total_in":{{{KilowattHours(face.Import)}}},"Total_out":{{{KilowattHours(face.Export)}}},"Power_curr":{{{Watts(face.Power)}}}}}"""))
    {
        Availability = ($"tele/{id}/LWT", "Online"u8.ToArray(), "Offline"u8.ToArray()),
    };

    /// <summary>A Shelly Pro 3EM, its three phases alike: power, voltage, current; its counters are not netted and stand in another message.</summary>
    public static MqttMeterText Shelly(string id) => new(
        id, $"{id}/status/em:0", $"format: shelly-3em, topic: {id}", HasEnergy: false,
        (face, _) =>
        {
            const decimal Volts = 230;
            decimal[] phases = [decimal.Floor(face.Power / 300m) / 10, decimal.Floor(face.Power / 300m) / 10, 0];
            phases[2] = face.Power / 1000m - phases[0] - phases[1];
            var said = phases.Select((watts, i) => FormattableString.Invariant($"\"{"abc"[i]}_current\":{Math.Abs(watts) / Volts:0.000},\"{"abc"[i]}_voltage\":{Volts:0.0},\"{"abc"[i]}_act_power\":{watts:0.0##}"));
            return Json($$"""{"id":0,{{string.Join(',', said)}},"total_act_power":{{Watts(face.Power)}}}""");
        })
    {
        Availability = ($"{id}/online", "true"u8.ToArray(), "false"u8.ToArray()),
    };

    /// <summary>A program of somebody's own: nested values beside their units, and the time in seconds since 1970.</summary>
    public static MqttMeterText Own(string id) => new(
        id, $"house/{id}",
        $"format: json, topic: house/{id}, time: {{ path: time, form: unix }}, readings: [{{ measurand: ActivePower, path: power.value, unit: W, unitPath: power.unit }}, "
        + "{ measurand: ActiveEnergyImport, path: energy.in, unit: kWh, step: 0.0001 }, { measurand: ActiveEnergyExport, path: energy.out, unit: kWh, step: 0.0001 }]",
        HasEnergy: true,
        (face, at) => Json($$$"""{"time":{{{at.ToUnixTimeSeconds()}}},"power":{"value":{{{Watts(face.Power)}}},"unit":"W"},"energy":{"in":{{{KilowattHours(face.Import)}}},"out":{{{KilowattHours(face.Export)}}}}}"""));

    private static byte[] Json(string text) => Encoding.UTF8.GetBytes(text);

    private static string Watts(long milliwatts) => (milliwatts / 1000m).ToString("0.0##", CultureInfo.InvariantCulture);

    /// <summary>Down to the register's step of 0.1 Wh.</summary>
    private static string KilowattHours(long milliwattSeconds) =>
        (milliwattSeconds / (BuildingEnergy.PerWattHour / 10) / 10_000m).ToString("0.0000", CultureInfo.InvariantCulture);
}

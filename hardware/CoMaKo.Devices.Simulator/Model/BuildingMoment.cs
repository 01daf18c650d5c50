using System.Text.Json.Serialization;
using NodaTime;

namespace CoMaKo.Devices.Simulator.Model;

/// <summary>The whole building at one full second. Powers hold during the second before it; energies are exact up to it.</summary>
/// <param name="Second">Unix seconds, model time.</param>
/// <param name="Power">Milliwatts.</param>
/// <param name="Energy">Milliwatt seconds since the registers were 0; 3 600 000 are one Wh.</param>
/// <param name="StoredEnergy">Milliwatt seconds inside the battery.</param>
/// <param name="Controls">Limits in force at the battery.</param>
public sealed record BuildingMoment(long Second, BuildingPower Power, BuildingEnergy Energy, long StoredEnergy, BatteryControls Controls)
{
    [JsonIgnore]
    public Instant At => Instant.FromUnixTimeSeconds(Second);
}

/// <summary>Milliwatts; + is towards the building, so home = grid + pv + battery. Consumption of flats is positive.</summary>
public sealed record BuildingPower(long Grid, long Pv, long Battery, IReadOnlyList<long> Flats)
{
    [JsonIgnore]
    public long Home => Grid + Pv + Battery;
}

/// <summary>Register totals in milliwatt seconds, each only growing; home = import − export + pv + discharged − charged.</summary>
public sealed record BuildingEnergy(long GridImport, long GridExport, long Pv, long Charged, long Discharged, IReadOnlyList<long> Flats)
{
    /// <summary>Milliwatt seconds in one watt hour.</summary>
    public const long PerWattHour = 3_600_000;

    /// <summary>An amount as whole watt hours, floored as the product floors at slot borders.</summary>
    public static long FloorToWattHours(long milliwattSeconds) => milliwattSeconds / PerWattHour;
}

/// <summary>What was written to the storage inverter (SunSpec models 123 and 124): limits around its own self-consumption.</summary>
/// <param name="ChargeLimit">Greatest charge in 1/10 000 of the rated power; negative forces discharge. Absent: none.</param>
/// <param name="DischargeLimit">Greatest discharge in 1/10 000 of the rated power; negative forces charge. Absent: none.</param>
/// <param name="OutputLimit">Greatest AC output in 1/10 000 of the rated power. Absent: none.</param>
/// <param name="ChargeFromGrid">Whether it may charge more than the PV plant gives.</param>
/// <param name="MinReserve">Lowest state of charge for discharge in 1/10 000.</param>
/// <param name="ValidUntil">Unix second at which the limits of charge and discharge fall back to none; absent: they stay.</param>
/// <param name="OutputValidUntil">The same for the output limit.</param>
public sealed record BatteryControls(
    int? ChargeLimit, int? DischargeLimit, int? OutputLimit, bool ChargeFromGrid, int MinReserve, long? ValidUntil, long? OutputValidUntil)
{
    /// <summary>As the device leaves the factory.</summary>
    public static readonly BatteryControls None = new(null, null, null, false, 500, null, null);

    /// <summary>These controls after everything that expired has fallen back.</summary>
    public BatteryControls At(long second)
    {
        var now = this;
        if (ValidUntil <= second) now = now with { ChargeLimit = null, DischargeLimit = null, ValidUntil = null };
        if (OutputValidUntil <= second) now = now with { OutputLimit = null, OutputValidUntil = null };
        return now;
    }
}

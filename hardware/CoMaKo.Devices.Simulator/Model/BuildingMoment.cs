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
    /// <summary>The inverter with a set-point register; absent where the storage has another.</summary>
    public DriveMoment? Drive { get; init; }

    /// <summary>Unix second until which the storage inverter gives and takes nothing; absent: it works.</summary>
    public long? BlockedUntil { get; init; }

    /// <summary>Limit in force at the PV inverter.</summary>
    public PlantControls Plant { get; init; } = PlantControls.None;

    /// <summary>Consumers that can be controlled; absent in a building without them.</summary>
    public LoadsMoment? Loads { get; init; }

    [JsonIgnore]
    public Instant At => Instant.FromUnixTimeSeconds(Second);
}

/// <summary>Milliwatts; + is towards the building, so home = grid + pv + battery. Consumption of flats is positive.</summary>
public sealed record BuildingPower(long Grid, long Pv, long Battery, IReadOnlyList<long> Flats)
{
    /// <summary>Wallbox, heat pump, extra consumer; absent in a building without them. Part of home.</summary>
    public IReadOnlyList<long>? Loads { get; init; }

    [JsonIgnore]
    public long Home => Grid + Pv + Battery;
}

/// <summary>Register totals in milliwatt seconds, each only growing; home = import − export + pv + discharged − charged.</summary>
public sealed record BuildingEnergy(long GridImport, long GridExport, long Pv, long Charged, long Discharged, IReadOnlyList<long> Flats)
{
    /// <summary>Wallbox, heat pump, extra consumer since the simulator began; absent in a building without them.</summary>
    public IReadOnlyList<long>? Loads { get; init; }

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

/// <summary>What was written to the PV inverter (SunSpec model 123).</summary>
/// <param name="OutputLimit">Greatest output in 1/10 000 of the installed power; absent: none.</param>
/// <param name="ValidUntil">Unix second at which it falls back to none; absent: it stays.</param>
public sealed record PlantControls(int? OutputLimit, long? ValidUntil)
{
    public static readonly PlantControls None = new(null, null);

    /// <summary>These controls after what expired has fallen back.</summary>
    public PlantControls At(long second) => ValidUntil <= second ? None : this;
}

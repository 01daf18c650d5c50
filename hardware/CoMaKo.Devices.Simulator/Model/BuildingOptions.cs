namespace CoMaKo.Devices.Simulator.Model;

/// <summary>What the simulated building consists of.</summary>
public sealed record BuildingOptions
{
    /// <summary>Same seed, same weather and habits.</summary>
    public ulong Seed { get; init; } = 7;

    public int Flats { get; init; } = 3;

    public int PvPeakWatts { get; init; } = 9_800;

    public int BatteryCapacityWattHours { get; init; } = 10_000;

    /// <summary>Greatest charge and discharge power on the alternating-current side.</summary>
    public int BatteryWatts { get; init; } = 5_000;

    public InverterKind Inverter { get; init; }

    /// <summary>How an inverter with a set-point register behaves.</summary>
    public DriveOptions Drive { get; init; } = new();

    /// <summary>Whether there are a wallbox and a heat pump.</summary>
    public bool HasControllableLoads { get; init; }

    public double LatitudeDegrees { get; init; } = 52.5;

    public double LongitudeDegrees { get; init; } = 13.4;
}

/// <summary>What sort of storage inverter it is.</summary>
public enum InverterKind
{
    /// <summary>Follows its own meter inside limits (SunSpec models 123 and 124).</summary>
    SunSpec,

    /// <summary>Takes a power in a register and follows its own meter when nobody writes it.</summary>
    SetPoint,
}

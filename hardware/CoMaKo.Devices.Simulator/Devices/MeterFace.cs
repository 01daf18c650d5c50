using CoMaKo.Devices.Simulator.Model;

namespace CoMaKo.Devices.Simulator.Devices;

/// <summary>What a meter shows: its registers and its power.</summary>
/// <param name="Import">Milliwatt seconds towards the customer.</param>
/// <param name="Export">Milliwatt seconds from the customer.</param>
/// <param name="Power">Milliwatts, + import.</param>
public readonly record struct MeterFace(long Import, long Export, long Power)
{
    /// <summary>The meter at the grid connection.</summary>
    public static MeterFace Grid(BuildingMoment at) => new(at.Energy.GridImport, at.Energy.GridExport, at.Power.Grid);

    /// <summary>The PV meter, mounted like a consumer's: production counts as export and shows as negative power.</summary>
    public static MeterFace Pv(BuildingMoment at) => new(0, at.Energy.Pv, -at.Power.Pv);

    /// <summary>The meter of one flat, counted from 0.</summary>
    public static MeterFace Flat(BuildingMoment at, int flat) => new(at.Energy.Flats[flat], 0, at.Power.Flats[flat]);

    /// <summary>The meter of the heat pump, counted from 0.</summary>
    public static MeterFace HeatPump(BuildingMoment at) => new(at.Energy.Loads?[1] ?? 0, 0, at.Power.Loads?[1] ?? 0);
}

using CoMaKo.Devices.Simulator.Model;

namespace CoMaKo.Devices.Simulator.Devices;

/// <summary>Faults of what a meter shows, whatever it speaks. Safe from any thread.</summary>
internal sealed class FaceFaults
{
    private const long MegaWattHour = 1_000_000 * BuildingEnergy.PerWattHour, FiveKiloWattHours = 5_000 * BuildingEnergy.PerWattHour;

    private volatile bool freeze, jump, back, inverted;
    private MeterFace? frozen;

    /// <returns>False if it is none of these faults.</returns>
    public bool Switch(Fault fault, bool on)
    {
        switch (fault)
        {
            case Fault.FreezeValue: freeze = on; return true;
            case Fault.JumpRegister: jump = on; return true;
            case Fault.JumpBack: back = on; return true;
            case Fault.InvertSign: inverted = on; return true;
            default: return false;
        }
    }

    public MeterFace Apply(MeterFace actual)
    {
        if (!freeze) frozen = null;
        else actual = frozen ??= actual;
        if (inverted) actual = new(actual.Export, actual.Import, -actual.Power);
        long offset = (jump ? MegaWattHour : 0) - (back ? FiveKiloWattHours : 0);
        return actual with { Import = Math.Max(0, actual.Import + offset), Export = Math.Max(0, actual.Export + offset) };
    }
}

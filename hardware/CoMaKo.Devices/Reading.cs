using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Devices;

/// <summary>One consistent look at a device: everything from one SML frame, one polling round or one message, taken at one instant.</summary>
/// <param name="Device">Who was read.</param>
/// <param name="At">Gateway clock when the last byte arrived.</param>
/// <param name="Monotonic">Time since the process started, on the same clock's monotonic timer; never steps.</param>
/// <param name="ServerId">The meter's identity in lower-case hex; absent where the device has none.</param>
/// <param name="MeterSeconds">The meter's seconds index; never used as wall-clock time. Absent where not sent.</param>
/// <param name="Status">Alarms of the device; empty if fine.</param>
/// <param name="Values">The values; a value that the device did not deliver is not in the list.</param>
public sealed record Reading(
    DeviceId Device, Instant At, Duration Monotonic, string? ServerId, long? MeterSeconds, MeterAlarms Status, IReadOnlyList<MeasuredValue> Values)
{
    /// <summary>The first value of this measurand; absent if not delivered.</summary>
    public decimal? Find(Measurand measurand)
    {
        for (int i = 0; i < Values.Count; i++)
            if (Values[i].Measurand == measurand) return Values[i].Value;
        return null;
    }
}

/// <summary>One value in the measurand's unit, already corrected by profile and building file (scale, sign, CT factor, inversion).</summary>
/// <param name="Obis">OBIS code; present for energy registers.</param>
/// <param name="Value">Exact decimal.</param>
/// <param name="Step">Smallest step of the register at this value, in the measurand's unit (a float32 register: distance of neighbours); 0 where unknown.</param>
/// <param name="IsFloat">Taken from a binary float, so that its step grows with the value.</param>
/// <param name="IsDerived">Composed by the driver, e.g. a sign from a status bit.</param>
public readonly record struct MeasuredValue(Measurand Measurand, ObisCode? Obis, decimal Value, decimal Step, bool IsFloat, bool IsDerived);

/// <summary>What a meter says about itself (FNN status word and the like).</summary>
[Flags]
public enum MeterAlarms
{
    None = 0,
    MagneticInfluence = 1,
    TerminalCoverOpened = 2,
    FatalError = 4,
}

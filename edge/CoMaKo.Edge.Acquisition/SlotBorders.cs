using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Acquisition;

/// <summary>One accepted look at an energy register. Energies in Wh, exact, after the CT factor.</summary>
/// <param name="RegisterWattHours">What the register shows.</param>
/// <param name="EstimateWattHours">Where it stands inside its step; equals the register's value for fine ones.</param>
/// <param name="StepWattHours">Step of the register; 0 where unknown.</param>
/// <param name="IsDerived">A virtual register.</param>
/// <param name="MeterRestarted">The meter's seconds went back since the sample before.</param>
public readonly record struct RegisterSample(
    Instant At, Duration Monotonic, decimal RegisterWattHours, decimal EstimateWattHours, decimal StepWattHours, bool IsFloat, bool IsDerived, bool MeterRestarted);

/// <summary>The register's value at a slot's end.</summary>
/// <param name="SlotEnd">Unix seconds, a multiple of 900.</param>
/// <param name="WattHours">Exact, not floored yet.</param>
/// <param name="OffsetMilliseconds">Distance to the nearer sample.</param>
public readonly record struct BorderValue(long SlotEnd, decimal WattHours, int OffsetMilliseconds);

/// <summary>Values of a register at the quarter-hour borders, between the last sample before and the first one after.</summary>
public static class SlotBorders
{
    /// <summary>Samples further apart say nothing about the border between them.</summary>
    public static readonly Duration LongestGap = Duration.FromSeconds(60);

    /// <summary>
    /// The value at the border between two samples of one segment, linear in monotonic time; absent if there is no border between them
    /// (after the first, up to and including the second), they are more than 60 s apart, the meter restarted or the wall clock was stepped.
    /// </summary>
    public static BorderValue? Between(in RegisterSample before, in RegisterSample after, Duration clockStepTolerance)
    {
        long slotEnd = QuarterHour.Containing(before.At).EndUnixSeconds;
        Instant border = Instant.FromUnixTimeSeconds(slotEnd);
        if (border > after.At || after.MeterRestarted) return null;
        Duration span = after.Monotonic - before.Monotonic;
        if (span <= Duration.Zero || span > LongestGap) return null;
        Duration stepped = after.At - before.At - span;
        if (stepped > clockStepTolerance || stepped < -clockStepTolerance) return null;

        Duration fromBefore = border - before.At;
        Duration toAfter = after.At - border;
        long part = Math.Min(fromBefore.ToInt64Nanoseconds(), span.ToInt64Nanoseconds());
        decimal rise = after.EstimateWattHours - before.EstimateWattHours;
        decimal value = toAfter == Duration.Zero
            ? after.EstimateWattHours
            : before.EstimateWattHours + rise * part / span.ToInt64Nanoseconds();
        return new BorderValue(slotEnd, value, (int)Duration.Min(fromBefore, toAfter).TotalMilliseconds);
    }
}

using CoMaKo.Quantities;
using CoMaKo.Settlement.Allocation;
using NodaTime;

namespace CoMaKo.Settlement.Curves;

/// <summary>Energy of a slot, or of the part of it that a period covers.</summary>
public readonly record struct SlotEnergy(QuarterHour Slot, long Wh);

/// <summary>A register's state as a person read it.</summary>
/// <param name="IsOpening">First state of a new meter: the sum starts here, whatever the old one stood at.</param>
public readonly record struct RegisterState(Instant At, long Wh, bool IsOpening = false);

/// <summary>Energy between two instants.</summary>
public readonly record struct PeriodEnergy(Instant From, Instant To, long Wh);

/// <summary>From readings of people to slots: the sum is theirs and exact, the split is substituted and says so.</summary>
public static class ReadingSplit
{
    /// <summary>Sums between successive states. A state below the one before is not used (rule P11).</summary>
    /// <param name="states">Of one register, in order of time; a meter swap is the old one's last state and the new one's opening, at the same instant.</param>
    /// <returns>The sums, and the states that ran backwards.</returns>
    public static (IReadOnlyList<PeriodEnergy> Periods, IReadOnlyList<RegisterState> Backwards) Sums(IReadOnlyList<RegisterState> states)
    {
        ArgumentNullException.ThrowIfNull(states);
        var periods = new List<PeriodEnergy>();
        var backwards = new List<RegisterState>();
        RegisterState? before = null;
        foreach (var state in states)
        {
            if (before is { } last && !state.IsOpening)
            {
                if (state.Wh < last.Wh)
                {
                    backwards.Add(state);
                    continue;
                }

                if (state.At > last.At) periods.Add(new PeriodEnergy(last.At, state.At, state.Wh - last.Wh));
            }

            before = state;
        }

        return (periods, backwards);
    }

    /// <summary>Splits a sum over the slots of its period by largest remainder in time order. Slots at the borders take their share of seconds.</summary>
    /// <param name="weight">Shape, 0 or more per slot; if it is zero throughout, the split is even.</param>
    /// <exception cref="ArgumentException">An empty period or a negative sum.</exception>
    public static IReadOnlyList<SlotEnergy> Split(PeriodEnergy period, Func<QuarterHour, long> weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        if (period.To <= period.From) throw new ArgumentException("A period has a length.", nameof(period));
        var slots = new List<QuarterHour>();
        var seconds = new List<long>();
        for (var slot = QuarterHour.Containing(period.From); slot.Start < period.To; slot = slot.Next)
        {
            slots.Add(slot);
            seconds.Add((Instant.Min(slot.End, period.To) - Instant.Max(slot.Start, period.From)).ToInt64Nanoseconds() / 1_000_000_000);
        }

        long[] weights = [.. slots.Select((slot, i) => checked(weight(slot) * seconds[i]))];
        if (Array.TrueForAll(weights, each => each == 0)) weights = [.. seconds];
        if (Array.TrueForAll(weights, each => each == 0)) weights[0] = 1; // shorter than a second
        long[] parts = LargestRemainder.Distribute(period.Wh, weights);
        return [.. slots.Select((slot, i) => new SlotEnergy(slot, parts[i]))];
    }
}

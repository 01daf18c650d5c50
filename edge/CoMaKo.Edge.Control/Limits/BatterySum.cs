using System.Collections.Immutable;
using CoMaKo.Devices;

namespace CoMaKo.Edge.Control.Limits;

/// <summary>
/// Turns a bound on a weighted sum of battery powers into ranges of the single batteries, so that the sum keeps the bound whatever each does inside its range.
/// </summary>
/// <remarks>
/// What must be given up is taken in steps: down to 0 W first where limits of lower rank on single batteries will do so anyway, then everywhere, so that no battery is forced
/// to charge while another one could simply discharge less; then as far as those limits want or allow; then the rest. In each step where it helps most (greatest weight first), within a weight in proportion
/// to the room. Batteries that are not controlled count as part of the house and are left alone.
/// </remarks>
internal static class BatterySum
{
    public static readonly ImmutableArray<int> Once = [.. Enumerable.Repeat(1, 64)];

    /// <summary>Narrows commands, and the bounds of own loops if <paramref name="following"/>.</summary>
    /// <param name="weights">0 or more for each battery; a battery without weight is left alone.</param>
    /// <param name="least">Of the weighted sum, milliwatts; absent: not bounded.</param>
    /// <param name="most">The same; not below <paramref name="least"/>.</param>
    public static AllowedRanges Narrow(AllowedRanges allowed, ControlImage now, ReadOnlySpan<int> weights, long? least, long? most, string limit, bool following = false)
    {
        var (commands, isKept) = Narrow(allowed.Batteries, allowed.Preferred, now, weights, least, most);
        var narrowed = commands == allowed.Batteries ? allowed : allowed.NarrowCommands(commands);
        if (following) narrowed = narrowed.NarrowFollowing(Narrow(allowed.Following, allowed.Preferred, now, weights, least, most).Ranges);
        return isKept ? narrowed : narrowed.NoteConflict(limit);
    }

    private static (ImmutableArray<PowerRange> Ranges, bool IsKept) Narrow(
        ImmutableArray<PowerRange> ranges, ImmutableArray<PowerRange> preferred, ControlImage now, ReadOnlySpan<int> weights, long? least, long? most)
    {
        Span<Part> parts = stackalloc Part[ranges.Length];
        int count = 0;
        for (int i = 0; i < ranges.Length; i++)
        {
            if (weights[i] > 0 && now.Batteries[i].IsControlled)
                parts[count++] = new(i, weights[i], ranges[i].Min.Milliwatts, ranges[i].Max.Milliwatts, preferred[i].Min.Milliwatts, preferred[i].Max.Milliwatts);
        }

        parts = parts[..count];
        if (count == 0) return (ranges, !(least > 0) && !(most < 0));
        long cutTop = most is { } high ? Excess(parts, high) : 0;
        bool isKept = cutTop <= 0 || Lower(parts, cutTop);
        Mirror(parts);
        long cutBottom = least is { } low ? Excess(parts, -low) : 0;
        isKept &= cutBottom <= 0 || Lower(parts, cutBottom);
        if (cutTop <= 0 && cutBottom <= 0) return (ranges, true);
        var result = ranges.ToBuilder();
        foreach (var part in parts) result[part.Index] = new(new(-part.Max), new(-part.Min));
        return (result.MoveToImmutable(), isKept);
    }

    private static long Excess(ReadOnlySpan<Part> parts, long most)
    {
        long sum = -most;
        foreach (var part in parts) sum += part.Weight * part.Max;
        return sum;
    }

    private static void Mirror(Span<Part> parts)
    {
        foreach (ref var part in parts) part = new(part.Index, part.Weight, -part.Max, -part.Min, -part.PreferredMax, -part.PreferredMin);
    }

    /// <summary>Lowers the upper ends until their weighted sum is less by <paramref name="excess"/>; false if the lower ends are reached before.</summary>
    private static bool Lower(Span<Part> parts, long excess)
    {
        int greatest = 0;
        foreach (var part in parts) greatest = Math.Max(greatest, part.Weight);
        for (int step = 0; step < Part.Steps; step++)
        {
            for (int weight = greatest; weight > 0 && excess > 0; weight--) excess = Lower(parts, weight, step, excess);
        }

        return excess <= 0;
    }

    private static long Lower(Span<Part> parts, int weight, int step, long excess)
    {
        long room = 0;
        foreach (var part in parts)
        {
            if (part.Weight == weight) room += weight * part.Room(step);
        }

        if (room == 0) return excess;
        long before = Math.Min(excess, room);
        foreach (ref var part in parts)
        {
            if (part.Weight != weight) continue;
            // Rounded up: the sum must not exceed the bound by a milliwatt.
            long cut = (long)(((Int128)part.Room(step) * before + room - 1) / room);
            part = part with { Max = part.Max - cut };
            excess -= weight * cut;
        }

        return excess;
    }

    private readonly record struct Part(int Index, int Weight, long Min, long Max, long PreferredMin, long PreferredMax)
    {
        public const int Steps = 5;

        /// <summary>How far the upper end may be lowered in a step.</summary>
        public long Room(int step) => Math.Max(0, Max - Math.Max(Min, step switch
        {
            0 => Math.Max(0, PreferredMax),
            1 => Math.Max(0, PreferredMin),
            2 => Math.Min(0, PreferredMax),
            3 => PreferredMin,
            _ => long.MinValue,
        }));
    }
}

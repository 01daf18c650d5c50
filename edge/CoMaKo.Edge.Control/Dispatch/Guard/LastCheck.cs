using CoMaKo.Devices;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control.Dispatch;

/// <summary>The last look at a power before it is written. Pure; whatever comes in, what goes out lies inside what is allowed.</summary>
internal static class LastCheck
{
    /// <summary>What a battery may be told.</summary>
    /// <param name="wanted">Ends in any order.</param>
    /// <param name="command">Allowed commands.</param>
    /// <param name="following">Allowed bounds of an own loop.</param>
    /// <returns>One power for a device that the gateway drives; bounds for one with an own loop, unless a power was wanted.</returns>
    public static PowerRange Battery(PowerRange wanted, PowerRange command, PowerRange following, BatteryControlTraits traits)
    {
        if (wanted.Min > wanted.Max) wanted = new(wanted.Max, wanted.Min);
        var range = Inside(command, traits.Limits);
        if (traits.Follows == BatteryFollower.Device && wanted.Min != wanted.Max)
        {
            var bounds = Bounds(wanted, command, Inside(following, traits.Limits));
            bool reachesCommand = bounds.Max >= range.Min && bounds.Min <= range.Max;
            if (bounds.Contains(Power.Zero) && reachesCommand) return Inward(bounds, traits.Resolution);
            wanted = bounds;
        }

        return PowerRange.Pin(TowardsZero(range.Clamp(wanted.Clamp(Power.Zero)), range, traits.Resolution));
    }

    /// <summary>
    /// Batteries must not work against each other: losses, and an unbalance between phases that no limit on one battery could see. The smaller side stops as far as its limits let it.
    /// </summary>
    public static void Unite(Span<PowerRange?> commands, ReadOnlySpan<PowerRange> allowed)
    {
        Power gives = Power.Zero, takes = Power.Zero;
        foreach (var command in commands)
        {
            if (command is not { } range || range.Min != range.Max) continue;
            if (range.Min > Power.Zero) gives += range.Min;
            else takes -= range.Min;
        }

        if (gives == Power.Zero || takes == Power.Zero) return;
        bool stopGiving = gives <= takes;
        for (int i = 0; i < commands.Length; i++)
        {
            if (commands[i] is { } range && range.Min == range.Max && range.Min > Power.Zero == stopGiving && range.Min != Power.Zero)
                commands[i] = PowerRange.Pin(allowed[i].Clamp(Power.Zero));
        }
    }

    /// <summary>
    /// A limit that must force charging or discharging lets the own loop do so: it takes the surplus, or covers the house, as far as it can.
    /// Otherwise 0 W stays inside: bounds beside it would be a forced power, and those are commands.
    /// </summary>
    private static PowerRange Bounds(PowerRange wanted, PowerRange command, PowerRange following)
    {
        if (command.Max < Power.Zero) return new(following.Min, following.Clamp(Power.Zero));
        if (command.Min > Power.Zero) return new(following.Clamp(Power.Zero), following.Max);
        return new(following.Clamp(PowerMath.Min(wanted.Min, Power.Zero)), following.Clamp(PowerMath.Max(wanted.Max, Power.Zero)));
    }

    private static PowerRange Inside(PowerRange range, PowerRange limits) => new(limits.Clamp(range.Min), limits.Clamp(range.Max));

    /// <summary>The next step of the register towards 0 W that is still allowed, so that the device rounds nothing; between two steps the power itself.</summary>
    private static Power TowardsZero(Power power, PowerRange allowed, Power resolution)
    {
        if (resolution <= Power.Zero) return power;
        var stepped = new Power(power.Milliwatts - power.Milliwatts % resolution.Milliwatts);
        return allowed.Contains(stepped) ? stepped : power;
    }

    private static PowerRange Inward(PowerRange range, Power resolution)
    {
        if (resolution <= Power.Zero) return range;
        long step = resolution.Milliwatts;
        var (min, max) = (new Power(-FloorTo(-range.Min.Milliwatts, step)), new Power(FloorTo(range.Max.Milliwatts, step)));
        return min <= max ? new(min, max) : range;
    }

    private static long FloorTo(long value, long step) => value - ((value % step) + step) % step;
}

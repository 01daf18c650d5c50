using CoMaKo.Quantities;

namespace CoMaKo.Settlement.Plausibility;

/// <summary>Rules over registers and sums: P11 to P13.</summary>
public static class RegisterRules
{
    /// <summary>
    /// P11: a register that stands lower than before. It may have rolled over if the way through its last digit is energy that the connection lets through
    /// in the time between. Value: the new state in Wh, limit: the old one.
    /// </summary>
    /// <param name="at">Slot that ends with the new state.</param>
    /// <param name="capacityWh">Where the register starts again from zero, e.g. 10^6 kWh; absent if it never does.</param>
    /// <param name="slots">Quarter hours between the two states, at least 1.</param>
    /// <param name="limitWh">Energy per quarter hour, see <see cref="CurveRules.ConnectionLimit"/>.</param>
    public static PlausibilityFinding? Backwards(QuarterHour at, long lastWh, long nextWh, long? capacityWh, long slots, long limitWh)
    {
        if (nextWh >= lastWh) return null;
        bool rolledOver = capacityWh is { } capacity && (Int128)capacity - lastWh + nextWh <= (Int128)limitWh * slots;
        return rolledOver ? null : new PlausibilityFinding(PlausibilityRule.Backwards, at, nextWh, lastWh);
    }

    /// <summary>
    /// P12: quarter hours that do not add up to what the register rose by. Allowed is the greater of 1 Wh per value, since each was floored, and 0.1 %.
    /// Value: the difference in Wh, limit: what is allowed.
    /// </summary>
    public static PlausibilityFinding? SumDiffers(QuarterHour from, IReadOnlyCollection<long> values, long registerWh)
    {
        ArgumentNullException.ThrowIfNull(values);
        long difference = Math.Abs(values.Sum() - registerWh);
        decimal allowed = Math.Max(values.Count, registerWh / 1000m);
        return difference > allowed ? new PlausibilityFinding(PlausibilityRule.SumDiffers, from, difference, allowed) : null;
    }

    /// <summary>P13: a building whose main meter differs from its sub-meters and losses by more than 2 % on a day. Value: the difference in Wh, limit: 2 % of the main meter.</summary>
    /// <param name="day">First slot of the day.</param>
    public static PlausibilityFinding? BuildingBalance(QuarterHour day, long mainWh, long subMetersWh, long lossesWh)
    {
        long difference = Math.Abs(mainWh - subMetersWh - lossesWh);
        return difference * 50 > Math.Abs(mainWh) ? new PlausibilityFinding(PlausibilityRule.BuildingBalance, day, difference, Math.Abs(mainWh) / 50m) : null;
    }

    /// <summary>P14: a slot in which more was allocated than generated or consumed; impossible unless the code is broken, so it is checked on what was stored.</summary>
    public static PlausibilityFinding? CommunityBalance(QuarterHour slot, ReadOnlySpan<long> allocated, ReadOnlySpan<long> consumption, long generation)
    {
        long sum = 0;
        for (int i = 0; i < allocated.Length; i++)
        {
            if (allocated[i] > consumption[i]) return new PlausibilityFinding(PlausibilityRule.CommunityBalance, slot, allocated[i], consumption[i]);
            sum += allocated[i];
        }

        return sum > generation ? new PlausibilityFinding(PlausibilityRule.CommunityBalance, slot, sum, generation) : null;
    }
}

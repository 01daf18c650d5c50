using CoMaKo.Quantities;

namespace CoMaKo.Settlement.Plausibility;

/// <summary>Rules over the slots of one series, in order of time: P01, P04 to P08, P15.</summary>
public static class CurveRules
{
    /// <summary>P08: more zeros in a row than this are worth a look.</summary>
    public const int LongestZeroRun = 96;

    /// <summary>P15: so many equal values in a row are worth a look.</summary>
    public const int ShortestConstantRun = 8;

    /// <summary>P06: what a plant may show at night, in Wh.</summary>
    public const long NightWh = 5;

    private const double CivilTwilightDegrees = -6;
    private const int LeastHistory = 7;
    private const long HampelFactorTenThousandths = 59_304; // 4 × 1.4826
    private const long MadFloorWh = 5;

    /// <summary>P01: runs of slots without value. Value: slots of the run, limit: 0.</summary>
    public static IEnumerable<PlausibilityFinding> Gaps(IReadOnlyList<CheckedSlot> slots) =>
        Runs(slots, (one, _) => one.Wh is null).Where(run => run.First.Wh is null).Select(run => new PlausibilityFinding(PlausibilityRule.Gap, run.First.Slot, run.Length, 0));

    /// <summary>P04: energy below zero in a register of one direction.</summary>
    public static IEnumerable<PlausibilityFinding> Negatives(IReadOnlyList<CheckedSlot> slots) =>
        slots.Where(slot => slot.Wh < 0).Select(slot => new PlausibilityFinding(PlausibilityRule.Negative, slot.Slot, slot.Wh!.Value, 0));

    /// <summary>P05: more energy than the connection lets through.</summary>
    /// <param name="limitWh">See <see cref="ConnectionLimit"/>.</param>
    public static IEnumerable<PlausibilityFinding> BeyondConnection(IReadOnlyList<CheckedSlot> slots, long limitWh) =>
        slots.Where(slot => slot.Wh > limitWh).Select(slot => new PlausibilityFinding(PlausibilityRule.BeyondConnection, slot.Slot, slot.Wh!.Value, limitWh));

    /// <summary>Energy per quarter hour behind a fuse of three phases at 230 V, rounded up: 63 A let 10 868 Wh through.</summary>
    public static long ConnectionLimit(long fuseAmperes) => (fuseAmperes * 3 * 230 + 3) / 4;

    /// <summary>P06: generation of a PV plant although the sun is below −6° throughout the slot.</summary>
    /// <param name="latitude">Degrees, north above zero.</param>
    /// <param name="longitude">Degrees, east above zero.</param>
    public static IEnumerable<PlausibilityFinding> GenerationAtNight(IReadOnlyList<CheckedSlot> slots, double latitude, double longitude) =>
        slots.Where(slot => slot.Wh > NightWh && IsNight(slot.Slot, latitude, longitude))
            .Select(slot => new PlausibilityFinding(PlausibilityRule.GenerationAtNight, slot.Slot, slot.Wh!.Value, NightWh));

    /// <summary>
    /// P07: a value far from the median of the same slot of the last days: by more than 4 × 1.4826 × their median deviation, at least 5 Wh of it.
    /// Fewer than 7 values say nothing. Value: the slot's, limit: the bound on its side.
    /// </summary>
    /// <param name="history">Values of the same wall time on the 28 days before; absent ones left out.</param>
    public static PlausibilityFinding? Outlier(CheckedSlot slot, IReadOnlyList<long> history)
    {
        ArgumentNullException.ThrowIfNull(history);
        if (slot.Wh is not { } wh || history.Count < LeastHistory) return null;
        // In quarters of Wh: the median of an even count is a half, and so may be the median of distances to it.
        long median = DoubleMedian([.. history.Select(value => 2 * value)]);
        long deviation = Math.Max(DoubleMedian([.. history.Select(value => Math.Abs(4 * value - median))]) / 2, 4 * MadFloorWh);
        long distance = 4 * wh - median;
        if ((Int128)Math.Abs(distance) * 10_000 <= (Int128)HampelFactorTenThousandths * deviation) return null;
        decimal reach = HampelFactorTenThousandths / 10_000m * deviation;
        return new PlausibilityFinding(PlausibilityRule.Outlier, slot.Slot, wh, (median + Math.Sign(distance) * reach) / 4);
    }

    /// <summary>P08: more than 96 zeros in a row at a consuming point that was never vacant. Value: slots of the run.</summary>
    public static IEnumerable<PlausibilityFinding> ZeroRuns(IReadOnlyList<CheckedSlot> slots) =>
        Runs(slots, (one, other) => one.Wh == other.Wh).Where(run => run.First.Wh == 0 && run.Length > LongestZeroRun)
            .Select(run => new PlausibilityFinding(PlausibilityRule.ZeroRun, run.First.Slot, run.Length, LongestZeroRun));

    /// <summary>P15: the same value, not zero, in at least 8 slots in a row. Value: slots of the run, limit: the longest run allowed.</summary>
    public static IEnumerable<PlausibilityFinding> Constants(IReadOnlyList<CheckedSlot> slots) =>
        Runs(slots, (one, other) => one.Wh == other.Wh).Where(run => run.First.Wh is not (null or 0) && run.Length >= ShortestConstantRun)
            .Select(run => new PlausibilityFinding(PlausibilityRule.Constant, run.First.Slot, run.Length, ShortestConstantRun - 1));

    private static bool IsNight(QuarterHour slot, double latitude, double longitude) =>
        SunPosition.Elevation(slot.Start, latitude, longitude) < CivilTwilightDegrees && SunPosition.Elevation(slot.End, latitude, longitude) < CivilTwilightDegrees;

    /// <summary>Twice the median; sorts.</summary>
    private static long DoubleMedian(long[] values)
    {
        Array.Sort(values);
        return values[(values.Length - 1) / 2] + values[values.Length / 2];
    }

    /// <summary>Neighbours that belong together; a hole in time ends a run.</summary>
    private static IEnumerable<(CheckedSlot First, int Length)> Runs(IReadOnlyList<CheckedSlot> slots, Func<CheckedSlot, CheckedSlot, bool> goesOn)
    {
        for (int i = 0; i < slots.Count;)
        {
            int end = i + 1;
            while (end < slots.Count && slots[end].Slot == slots[end - 1].Slot.Next && goesOn(slots[i], slots[end]) && slots[end].Wh is null == slots[i].Wh is null) end++;
            yield return (slots[i], end - i);
            i = end;
        }
    }
}

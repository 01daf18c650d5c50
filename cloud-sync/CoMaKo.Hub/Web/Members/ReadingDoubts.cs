using CoMaKo.Hub.Market;
using CoMaKo.Hub.Metering.Readings;

namespace CoMaKo.Hub.Web.Members;

/// <summary>Why a reading should be looked at once more before it is stored.</summary>
public enum DoubtKind
{
    /// <summary>Lower than the reading before: it would be kept and not used (P11).</summary>
    Below,

    /// <summary>Higher than a later one.</summary>
    Above,

    /// <summary>Far more per day than usual.</summary>
    Much,

    /// <summary>Far less per day than usual.</summary>
    Little,

    /// <summary>More than the connection lets through (P05).</summary>
    Fuse,

    /// <summary>There is another value at this instant, which it would replace.</summary>
    Other,
}

/// <summary>A doubt with the figures that explain it.</summary>
/// <param name="ThisWh">What the new reading says: a state, or energy per day.</param>
/// <param name="OtherWh">What it is compared with.</param>
/// <param name="OtherAt">When that was, Unix seconds; absent for a rate.</param>
public sealed record Doubt(DoubtKind Kind, long ThisWh, long OtherWh, long? OtherAt = null);

/// <summary>What a new reading means against those before: pure.</summary>
/// <param name="Before">The register's state before it; absent without one, or for energy of a period.</param>
/// <param name="PerDayWh">Energy per day since then; absent if it cannot be said.</param>
public sealed record ReadingMeaning(OwnReading? Before, long? SumWh, long? PerDayWh, IReadOnlyList<Doubt> Doubts)
{
    private const long Day = 86_400;

    /// <summary>Below this much per day nothing is unusual.</summary>
    private const long LeastWh = 3_000;

    /// <param name="counting">Current readings of the same series, by instant.</param>
    internal static ReadingMeaning Of(NewReading reading, IReadOnlyList<OwnReading> counting, OwnPoint point)
    {
        var doubts = new List<Doubt>();
        var same = counting.FirstOrDefault(each => each.At == reading.At && each.Kind == reading.Kind);
        if (same is not null && same.Wh != reading.Wh && reading.Replaces is null) doubts.Add(new Doubt(DoubtKind.Other, reading.Wh, same.Wh, same.At));
        var states = counting.Where(each => each.Kind != ReadingKind.Period && each.State == ReadingState.Used && each.At != reading.At).ToList();
        var before = reading.Kind == ReadingKind.Register ? states.LastOrDefault(each => each.At < reading.At) : null;
        var after = reading.Kind == ReadingKind.Register ? states.Find(each => each.At > reading.At) : null;
        if (before is not null && reading.Wh < before.Wh) doubts.Add(new Doubt(DoubtKind.Below, reading.Wh, before.Wh, before.At));
        if (after is { Kind: ReadingKind.Register } && reading.Wh > after.Wh) doubts.Add(new Doubt(DoubtKind.Above, reading.Wh, after.Wh, after.At));
        long? start = reading.Kind == ReadingKind.Period ? reading.PeriodStart ?? counting.LastOrDefault(each => each.At < reading.At && each.State == ReadingState.Used)?.At : before?.At;
        long? sum = reading.Kind == ReadingKind.Period ? reading.Wh : before is not null && reading.Wh >= before.Wh ? reading.Wh - before.Wh : null;
        long? perDay = sum is { } wh && start is { } from && reading.At > from ? Rate(wh, reading.At - from) : null;
        if (perDay is { } rate) AddRates(doubts, rate, sum!.Value, reading.At - start!.Value, Usual(states, before, point), point);
        return new ReadingMeaning(before, sum, perDay, doubts);
    }

    private static void AddRates(List<Doubt> doubts, long perDay, long sum, long seconds, long? usual, OwnPoint point)
    {
        if (point.FuseAmperes is { } fuse && sum > CoMaKo.Settlement.Plausibility.CurveRules.ConnectionLimit(fuse) * ((seconds + 899) / 900)) doubts.Add(new Doubt(DoubtKind.Fuse, perDay, CoMaKo.Settlement.Plausibility.CurveRules.ConnectionLimit(fuse) * 96));
        else if (usual is { } normal && perDay > Math.Max(LeastWh, normal * 3)) doubts.Add(new Doubt(DoubtKind.Much, perDay, normal));
        else if (usual is { } expected && expected > LeastWh && perDay < expected / 5 && seconds >= 7 * Day) doubts.Add(new Doubt(DoubtKind.Little, perDay, expected));
    }

    /// <summary>Energy per day between the two readings before, else a day's share of the year's.</summary>
    private static long? Usual(List<OwnReading> states, OwnReading? before, OwnPoint point)
    {
        var first = before is null ? null : states.LastOrDefault(each => each.At < before.At && each.Kind == ReadingKind.Register);
        if (before is { Kind: ReadingKind.Register } && first is not null && before.Wh >= first.Wh && before.At - first.At >= Day) return Rate(before.Wh - first.Wh, before.At - first.At);
        return point.AnnualWh / 365;
    }

    private static long Rate(long wh, long seconds) => (long)((Int128)wh * Day / seconds);
}

using CoMaKo.Quantities;

namespace CoMaKo.Settlement.Curves;

/// <summary>
/// What a register stood at, followed over the borders of its segments. A service start opens a segment without reading anything new: there the
/// register goes on, and a first total up to one step below the last one counts as no energy (running maximum). At any other border the old run
/// counts to its closing total and the new one from its opening total.
/// </summary>
internal sealed class RunningLevel
{
    private readonly IReadOnlyList<CurveSegment> segments;
    private readonly long?[] entering;
    private long level;

    public RunningLevel(IReadOnlyList<CurveSegment> segments)
    {
        this.segments = segments;
        entering = new long?[segments.Count];
        long? running = null;
        for (int i = 0; i < segments.Count; i++)
        {
            if (i > 0 && !GoesOn(segments[i - 1], segments[i])) running = null;
            entering[i] = running;
            if (segments[i].LastWh is { } last) running = running is { } before && last < before && before - last <= segments[i].StepWh ? before : last;
        }
    }

    /// <summary>Stands at a point, whatever was before it.</summary>
    public void StartAt(int segment, long wh)
    {
        level = wh;
        if (entering[segment] is { } before && before > wh && before - wh <= segments[segment].StepWh) level = before;
    }

    /// <summary>Goes from a point in one segment to a point in the same or a later one.</summary>
    /// <returns>The energy between them; absent with the reason if it is not known.</returns>
    public (long? Wh, SlotQuality Problem) GoTo(int from, int to, long wh)
    {
        long sum = 0;
        bool isKnown = true;
        for (int i = from + 1; i <= to; i++)
        {
            var (old, next) = (segments[i - 1], segments[i]);
            if (GoesOn(old, next)) continue;
            if (old.ClosingWh is { } closing && !old.IsDisputed && !next.IsDisputed && Rise(closing, old) is { } rest) sum += rest;
            else isKnown = false;
            level = next.OpeningWh;
        }

        long? rise = Rise(wh, segments[to]);
        level = rise is null ? wh : Math.Max(level, wh);
        if (rise is null) return (null, SlotQuality.Fault);
        return isKnown ? (sum + rise, SlotQuality.Missing) : (null, SlotQuality.Fault);
    }

    private long? Rise(long wh, CurveSegment segment) =>
        wh >= level ? wh - level : level - wh <= segment.StepWh ? 0 : null;

    private static bool GoesOn(CurveSegment old, CurveSegment next) =>
        next.OpenReason == SegmentReason.Resumed && old.ClosedUs is null && !next.IsDisputed
        && old.CtFactorMicro == next.CtFactorMicro && old.ResolutionMilliwattHours == next.ResolutionMilliwattHours;
}

using CoMaKo.Quantities;

namespace CoMaKo.Settlement.Curves;

/// <summary>
/// From register totals to a load curve: a pure function. A slot has a value if the totals at both its borders are there; longer differences are
/// gaps with their sum, which only substitute rules may split. No value is negative, and values plus gap sums give the difference of the totals.
/// </summary>
public static class CurveDerivation
{
    private const long Second = 1_000_000;

    /// <summary>Derives the slots of [<paramref name="from"/>, <paramref name="to"/>).</summary>
    /// <param name="segments">All segments of the register whose begin arrived, ordered by identity.</param>
    /// <param name="totals">Its totals from the last one at or before <paramref name="from"/> to the first one at or after <paramref name="to"/>.</param>
    /// <param name="from">Unix seconds, a multiple of 900.</param>
    /// <param name="to">Unix seconds, a multiple of 900.</param>
    public static LoadCurve Derive(IReadOnlyList<CurveSegment> segments, IReadOnlyList<CurveTotal> totals, long from, long to)
    {
        ArgumentNullException.ThrowIfNull(segments);
        ArgumentNullException.ThrowIfNull(totals);
        var curve = new Window(from, to);
        var level = new RunningLevel(segments);
        Point? before = null;
        foreach (var point in Points(segments, totals, from))
        {
            if (before is not { } start)
            {
                level.StartAt(point.Segment, point.Wh);
            }
            else
            {
                if (point.End <= start.End) continue; // an older run that overlaps: the register's order is that of its segments
                var (wh, problem) = level.GoTo(start.Segment, point.Segment, point.Wh);
                curve.Set(start.End, point.End, wh, wh is null ? problem : Worse(start.Quality, point.Quality));
            }

            before = point;
        }

        foreach (var total in totals)
            if (total.IsDisputed) curve.Dispute(total.SlotEnd);
        return curve.ToCurve();
    }

    /// <summary>Undisputed totals of known segments in order, with the register's first opening and last closing as points at their slot's far border.</summary>
    private static IEnumerable<Point> Points(IReadOnlyList<CurveSegment> segments, IReadOnlyList<CurveTotal> totals, long from)
    {
        var order = new Dictionary<long, int>();
        for (int i = 0; i < segments.Count; i++) order.Add(segments[i].Segment, i);
        var points = totals
            .Where(total => !total.IsDisputed && order.ContainsKey(total.Segment))
            .Select(total => new Point(total.SlotEnd, order[total.Segment], total.Wh, total.Quality))
            .OrderBy(point => point.Segment).ThenBy(point => point.End).ToList();
        if (segments.Count == 0) return points;

        // A register begins with its meter: from there its energy counts, although the slot is not whole for this register.
        var first = segments[0];
        if (first.OpenReason is SegmentReason.Commissioned or SegmentReason.MeterSwapped && !first.IsDisputed)
        {
            long start = Math.DivRem(first.OpenedUs, QuarterHour.Seconds * Second).Quotient * QuarterHour.Seconds;
            bool isFirst = points.Count == 0 || points[0].End > Math.Max(start, from); // no total before the window was handed in
            if (isFirst) points.Insert(0, new Point(start, 0, first.OpeningWh, null));
        }

        var last = segments[^1];
        if (last is { ClosedUs: { } closed, ClosingWh: { } closing, IsDisputed: false })
        {
            long end = (closed + QuarterHour.Seconds * Second - 1) / (QuarterHour.Seconds * Second) * QuarterHour.Seconds;
            if (points.Count > 0 && points[^1].End < end) points.Add(new Point(end, segments.Count - 1, closing, null));
        }

        return points;
    }

    private static SlotQuality Worse(Quality? one, Quality? other) =>
        (SlotQuality)Math.Max((int)(one ?? Quality.Measured), (int)(other ?? Quality.Measured));

    private readonly record struct Point(long End, int Segment, long Wh, Quality? Quality);

    /// <summary>The slots asked for, filled from differences.</summary>
    private sealed class Window(long from, long to)
    {
        private readonly int?[] values = new int?[(to - from) / QuarterHour.Seconds];
        private readonly SlotQuality[] qualities = new SlotQuality[(to - from) / QuarterHour.Seconds];
        private readonly List<CurveGap> differences = [];

        /// <summary>Notes the energy between two borders.</summary>
        public void Set(long start, long end, long? wh, SlotQuality quality)
        {
            if (end <= from || start >= to) return;
            if (end - start == QuarterHour.Seconds && wh is >= 0 and <= int.MaxValue)
            {
                values[IndexOf(start)] = (int)wh;
                qualities[IndexOf(start)] = quality;
                return;
            }

            var reason = wh is null || end - start == QuarterHour.Seconds ? SlotQuality.Fault : SlotQuality.Missing;
            differences.Add(new CurveGap(start, end, wh, reason));
            for (long slot = Math.Max(start, from); slot < Math.Min(end, to); slot += QuarterHour.Seconds) qualities[IndexOf(slot)] = reason;
        }

        /// <summary>A border whose total is in dispute: neither slot beside it has a value.</summary>
        public void Dispute(long border)
        {
            foreach (long start in (ReadOnlySpan<long>)[border - QuarterHour.Seconds, border])
            {
                if (start < from || start >= to) continue;
                values[IndexOf(start)] = null;
                qualities[IndexOf(start)] = SlotQuality.Conflict;
            }
        }

        public LoadCurve ToCurve()
        {
            var slots = new CurveSlot[values.Length];
            for (int i = 0; i < slots.Length; i++)
                slots[i] = new CurveSlot(QuarterHour.StartingAt(from + (long)i * QuarterHour.Seconds), values[i], qualities[i]);
            return new LoadCurve(slots, Gaps());
        }

        /// <summary>Known differences over several slots, and runs of slots that no difference covers.</summary>
        private List<CurveGap> Gaps()
        {
            var gaps = differences.ConvertAll(gap => IsDisputed(gap) ? gap with { Reason = SlotQuality.Conflict } : gap);
            for (int i = 0; i < values.Length; i++)
            {
                if (values[i] is not null || IsCovered(i)) continue;
                int last = i;
                while (last + 1 < values.Length && values[last + 1] is null && qualities[last + 1] == qualities[i] && !IsCovered(last + 1)) last++;
                gaps.Add(new CurveGap(from + (long)i * QuarterHour.Seconds, from + (last + 1L) * QuarterHour.Seconds, null, qualities[i]));
                i = last;
            }

            gaps.Sort((one, other) => one.From.CompareTo(other.From));
            return gaps;
        }

        private bool IsDisputed(CurveGap gap)
        {
            for (long slot = Math.Max(gap.From, from); slot < Math.Min(gap.To, to); slot += QuarterHour.Seconds)
                if (qualities[IndexOf(slot)] == SlotQuality.Conflict) return true;
            return false;
        }

        private bool IsCovered(int slot)
        {
            long start = from + (long)slot * QuarterHour.Seconds;
            return differences.Exists(gap => gap.From <= start && gap.To > start);
        }

        private int IndexOf(long start) => (int)((start - from) / QuarterHour.Seconds);
    }
}

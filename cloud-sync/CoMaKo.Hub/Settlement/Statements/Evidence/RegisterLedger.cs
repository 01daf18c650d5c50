using CoMaKo.Hub.Ingest;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;

namespace CoMaKo.Hub.Settlement.Statements.Evidence;

/// <summary>
/// One register's records in order of their arrival, and what the hub makes of them (sync protocol, "Applying"): what comes first stays, a different second one
/// is a conflict, and so is a total after its segment's end. The same rule as <c>MeteringIntake</c>, on records instead of tables, so that a curve can be
/// built again from evidence alone.
/// </summary>
internal sealed class RegisterLedger
{
    private const long Second = 1_000_000;
    private readonly List<(long ReceivedUs, SyncRecord Record)> records = [];
    private State known = new();
    private int applied;
    private bool isInOrder = true;

    /// <summary>Adds a record in order of arrival; one that the hub parks because of its time does not count.</summary>
    public void Add(long receivedUs, SyncRecord record)
    {
        if (record is RegisterTotal { Quality: Quality.ClockUncertain } || ParkReason.OfTime(record, receivedUs / Second) is not null) return;
        isInOrder &= records.Count == 0 || records[^1].ReceivedUs <= receivedUs;
        records.Add((receivedUs, record));
    }

    /// <summary>The register's part in a metering point on one day, from what was received up to an instant.</summary>
    /// <param name="asOfUs">Unix µs.</param>
    public RegisterPart PartOf(int day, int factor, long asOfUs)
    {
        var slots = MarketDay.Slots(day);
        var (from, to) = (slots[0].StartUnixSeconds, slots[^1].EndUnixSeconds);
        var state = StateAt(asOfUs);
        var segments = state.Segments();
        var curve = CurveDerivation.Derive(segments, state.Totals(from, to), from, to);
        return RegisterPart.Of(new LoadCurve(curve.Slots, []), factor, segments);
    }

    /// <summary>Totals and borders that a curve of the days rests on: those inside and at the far borders, every border of a segment and every segment's last total.</summary>
    public IReadOnlySet<SyncRecord> NeededFor(long from, long to, long asOfUs)
    {
        var state = StateAt(asOfUs);
        var ends = state.Totals(from, to).Select(total => total.SlotEnd).Concat(state.Lasts()).ToHashSet();
        return records.Select(each => each.Record).Where(record => record is not RegisterTotal total || ends.Contains(total.SlotEnd)).ToHashSet();
    }

    /// <summary>Days are asked for one after another and mostly as of the same or a later instant: then what was received since is all that is new.</summary>
    private State StateAt(long asOfUs)
    {
        int count = records.Count(each => each.ReceivedUs <= asOfUs);
        if (count < applied || (count > applied && !isInOrder)) (known, applied) = (new State(), 0);
        if (count == applied) return known;
        foreach (var (_, record) in isInOrder ? records.Take(count).Skip(applied) : records.Where(each => each.ReceivedUs <= asOfUs)) known.Apply(record);
        applied = count;
        return known;
    }

    private sealed class State
    {
        private readonly SortedDictionary<long, Run> runs = [];
        private readonly Dictionary<(long Segment, long End), RegisterTotal> totals = [];
        private readonly HashSet<(long Segment, long End)> disputed = [];
        private IReadOnlyList<CurveSegment>? segments;

        public void Apply(SyncRecord record)
        {
            segments = null;
            if (record is RegisterTotal total) Apply(total);
            else if (record is RegisterSegment border) Apply(border);
        }

        public IReadOnlyList<CurveSegment> Segments() => segments ??= Build();

        private List<CurveSegment> Build()
        {
            var all = runs.ToList();
            var built = new List<CurveSegment>();
            for (int i = 0; i < all.Count; i++)
            {
                if (all[i].Value is not { Begin: { } begin } run) continue;
                built.Add(new CurveSegment(
                    begin.Segment, Us(begin), begin.Total.WattHours, begin.Reason, run.End is { } end ? Us(end) : null, run.End?.Total.WattHours,
                    run.First.CtFactorMicro, run.First.ResolutionMilliwattHours, run.IsDisputed, LastOf(i, all)?.Total.WattHours));
            }

            return built;
        }

        /// <summary>From the last total at or before <paramref name="from"/> to the first at or after <paramref name="to"/>.</summary>
        public IReadOnlyList<CurveTotal> Totals(long from, long to)
        {
            long least = totals.Keys.Where(key => key.End <= from).Select(key => key.End).DefaultIfEmpty(from).Max();
            long most = totals.Keys.Where(key => key.End >= to).Select(key => key.End).DefaultIfEmpty(to).Min();
            return [.. totals.Values.Where(total => total.SlotEnd >= least && total.SlotEnd <= most).OrderBy(total => total.SlotEnd).ThenBy(total => total.Segment)
                .Select(total => new CurveTotal(total.SlotEnd, total.Segment, total.Total.WattHours, total.Quality, IsDisputed(total)))];
        }

        /// <summary>Slot ends of the segments' last totals.</summary>
        public IEnumerable<long> Lasts()
        {
            var all = runs.ToList();
            for (int i = 0; i < all.Count; i++)
                if (LastOf(i, all) is { } last) yield return last.SlotEnd;
        }

        private void Apply(RegisterTotal total)
        {
            var key = (total.Segment, total.SlotEnd);
            if (!totals.TryAdd(key, total) && totals[key].Total != total.Total) disputed.Add(key);
        }

        private void Apply(RegisterSegment border)
        {
            if (!runs.TryGetValue(border.Segment, out var run)) runs.Add(border.Segment, run = new Run { First = border });
            bool isSame = run.First.Obis == border.Obis && run.First.CtFactorMicro == border.CtFactorMicro && run.First.ResolutionMilliwattHours == border.ResolutionMilliwattHours && run.First.Role == border.Role;
            var known = border.IsEnd ? run.End ??= border : run.Begin ??= border;
            if (!isSame || Us(known) != Us(border) || known.Total != border.Total || known.Reason != border.Reason) run.IsDisputed = true;
        }

        private bool IsDisputed(RegisterTotal total) =>
            disputed.Contains((total.Segment, total.SlotEnd)) || (runs.TryGetValue(total.Segment, out var run) && run.End is { } end && total.SlotEnd * Second > Us(end));

        /// <summary>The last total of a segment up to its end, or to a slot after the next one's begin.</summary>
        private RegisterTotal? LastOf(int index, List<KeyValuePair<long, Run>> all)
        {
            long segment = all[index].Key;
            long until = all[index].Value.End is { } end ? Us(end) : index + 1 < all.Count ? all[index + 1].Key + QuarterHour.Seconds * Second : long.MaxValue;
            return totals.Values.Where(total => total.Segment == segment && total.SlotEnd >= segment / Second && total.SlotEnd <= until / Second).MaxBy(total => total.SlotEnd);
        }

        private static long Us(RegisterSegment border) => border.At.ToUnixTimeTicks() / 10;
    }

    private sealed class Run
    {
        public required RegisterSegment First { get; init; }

        public RegisterSegment? Begin { get; set; }

        public RegisterSegment? End { get; set; }

        public bool IsDisputed { get; set; }
    }
}

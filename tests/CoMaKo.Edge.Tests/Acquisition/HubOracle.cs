using CoMaKo.Quantities;

namespace CoMaKo.Edge.Tests.Acquisition;

/// <summary>Energy that the hub derives between two borders of a register.</summary>
/// <param name="From">Start as Unix seconds; absent at a segment's border.</param>
/// <param name="To">End as Unix seconds; absent at a segment's border.</param>
internal readonly record struct DerivedSpan(RegisterId Register, long? From, long? To, long WattHours)
{
    /// <summary>One whole slot inside one segment.</summary>
    public bool IsSlot => From is { } from && To == from + QuarterHour.Seconds;
}

/// <summary>What a hub derives from the records, written anew from sync.md: differences inside segments, resumed segments bridged, other borders by closing and opening.</summary>
internal static class HubOracle
{
    public static IReadOnlyList<DerivedSpan> Derive(IReadOnlyList<SyncRecord> records)
    {
        var spans = new List<DerivedSpan>();
        var totals = records.OfType<RegisterTotal>().Where(total => total.Segment != 0).ToLookup(total => (total.Register, total.Segment));
        var ends = records.OfType<RegisterSegment>().Where(segment => segment.IsEnd).ToDictionary(segment => (segment.Register, segment.Segment));
        foreach (var register in records.OfType<RegisterSegment>().Where(segment => !segment.IsEnd).GroupBy(segment => segment.Register))
        {
            long last = 0;
            long? lastSlotEnd = null;
            RegisterSegment? before = null;
            foreach (var begin in register.OrderBy(segment => segment.Segment))
            {
                CheckBorder(before, begin, ends);
                if (begin.Reason != SegmentReason.Resumed) (last, lastSlotEnd) = (begin.Total.WattHours, null);
                bool first = true;
                foreach (var total in totals[(begin.Register, begin.Segment)].OrderBy(total => total.SlotEnd))
                {
                    long energy = total.Total.WattHours - last;
                    if (first && energy < 0 && -energy * 1000 <= begin.ResolutionMilliwattHours + 1000) energy = 0; // running maximum over a resumed border
                    spans.Add(new DerivedSpan(begin.Register, lastSlotEnd, total.SlotEnd, energy));
                    (last, lastSlotEnd, first) = (Math.Max(last, total.Total.WattHours), total.SlotEnd, false);
                }

                if (ends.TryGetValue((begin.Register, begin.Segment), out var end))
                {
                    spans.Add(new DerivedSpan(begin.Register, lastSlotEnd, null, end.Total.WattHours - last));
                    Assert.True(lastSlotEnd is null || end.At.ToUnixTimeSeconds() >= lastSlotEnd, "A total after its segment's end is a conflict.");
                }

                before = begin;
            }
        }

        return spans;
    }

    private static void CheckBorder(RegisterSegment? before, RegisterSegment begin, Dictionary<(RegisterId, long), RegisterSegment> ends)
    {
        if (before is null) return;
        bool ended = ends.TryGetValue((before.Register, before.Segment), out var end);
        Assert.Equal(begin.Reason != SegmentReason.Resumed, ended);
        if (ended) Assert.Equal(begin.Reason, end!.Reason);
        else Assert.Equal((before.CtFactorMicro, before.ResolutionMilliwattHours), (begin.CtFactorMicro, begin.ResolutionMilliwattHours));
    }
}

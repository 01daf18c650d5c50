using CoMaKo.Quantities;

namespace CoMaKo.Hub.Ingest;

/// <summary>
/// The records of a batch by what becomes of them, judged by nothing but their content and the hub's clock: what can be done before a transaction.
/// Each list is in sequence.
/// </summary>
internal sealed class SortedRecords
{
    private readonly Dictionary<RegisterId, List<(long Sequence, RegisterTotal Total)>> totals = [];

    public SortedRecords(VerifiedBatch batch, long nowUs)
    {
        for (long sequence = batch.From; sequence <= batch.To; sequence++) Sort(batch, sequence, nowUs / 1_000_000);
    }

    /// <summary>Totals by register.</summary>
    public IReadOnlyDictionary<RegisterId, List<(long Sequence, RegisterTotal Total)>> Totals => totals;

    public List<(long Sequence, RegisterSegment Segment)> Segments { get; } = [];

    public List<(long Sequence, GatewayEvent Event)> Events { get; } = [];

    /// <summary>Records of which only the identity arrived.</summary>
    public List<long> Damaged { get; } = [];

    /// <summary>Records that are kept aside whatever the database says.</summary>
    public List<(long Sequence, ParkReason Reason)> Wrong { get; } = [];

    /// <summary>All registers of totals and segments.</summary>
    public IReadOnlyCollection<RegisterId> Registers => Segments.Count == 0 ? totals.Keys : [.. totals.Keys.Union(Segments.Select(entry => entry.Segment.Register))];

    /// <summary>Least and greatest slot end of the totals from a sequence on; absent without any.</summary>
    public (long Least, long Greatest)? SlotEnds(long from)
    {
        (long Least, long Greatest)? ends = null;
        foreach (var (sequence, total) in totals.Values.SelectMany(list => list))
        {
            if (sequence < from) continue;
            ends = ends is { } known ? (Math.Min(known.Least, total.SlotEnd), Math.Max(known.Greatest, total.SlotEnd)) : (total.SlotEnd, total.SlotEnd);
        }

        return ends;
    }

    private void Sort(VerifiedBatch batch, long sequence, long now)
    {
        if (batch.IsDamaged(sequence))
        {
            Damaged.Add(sequence);
            return;
        }

        var read = batch.RecordAt(sequence);
        if (!read.Success)
        {
            Wrong.Add((sequence, new ParkReason(read.Error.Code, read.Error.Text)));
            return;
        }

        // Totals of an unsynchronised clock are evidence: the log keeps them, no slot is bordered by them.
        if (read.Value is RegisterTotal { Quality: Quality.ClockUncertain }) return;
        if (ParkReason.OfTime(read.Value!, now) is { } reason) Wrong.Add((sequence, reason));
        else if (read.Value is RegisterTotal total) Add(sequence, total);
        else if (read.Value is RegisterSegment segment) Segments.Add((sequence, segment));
        else if (read.Value is GatewayEvent happened) Events.Add((sequence, happened));
    }

    private void Add(long sequence, RegisterTotal total)
    {
        if (!totals.TryGetValue(total.Register, out var list)) totals.Add(total.Register, list = []);
        list.Add((sequence, total));
    }
}

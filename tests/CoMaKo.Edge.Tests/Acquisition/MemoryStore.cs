using CoMaKo.Edge.Acquisition;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Tests.Acquisition;

/// <summary>A store in memory that can refuse; what it holds survives the gateway under test.</summary>
internal sealed class MemoryStore : IOutbox, IRegisterHistory
{
    private readonly Lock gate = new();
    private readonly List<SyncRecord> records = [];
    private readonly Dictionary<string, string> state = [];

    /// <summary>Why each append fails; absent if it works.</summary>
    public string? Refuses { get; set; }

    public int Attempts { get; private set; }

    public IReadOnlyList<SyncRecord> Records
    {
        get
        {
            lock (gate) return [.. records];
        }
    }

    public IEnumerable<RegisterTotal> Totals => Records.OfType<RegisterTotal>();

    public IEnumerable<RegisterSegment> Segments => Records.OfType<RegisterSegment>();

    public IEnumerable<GatewayEvent> Events => Records.OfType<GatewayEvent>();

    public string? State(string key)
    {
        lock (gate) return state.GetValueOrDefault(key);
    }

    public ValueTask<long> AppendAsync(IReadOnlyList<SyncRecord> newRecords, IReadOnlyList<StateEntry> newState, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            Attempts++;
            if (Refuses is { } reason) throw new IOException(reason);
            records.AddRange(newRecords);
            foreach (var entry in newState) state[entry.Key] = entry.Value;
            return ValueTask.FromResult((long)records.Count);
        }
    }

    public ValueTask<IReadOnlyList<RegisterState>> LoadRegistersAsync(CancellationToken cancellationToken)
    {
        var states = Segments.Where(segment => !segment.IsEnd).GroupBy(segment => segment.Register).Select(group =>
        {
            var begin = group.MaxBy(segment => segment.Segment)!;
            var end = Segments.SingleOrDefault(segment => segment.IsEnd && segment.Register == begin.Register && segment.Segment == begin.Segment);
            var last = Totals.Where(total => total.Register == begin.Register && total.Segment == begin.Segment).MaxBy(total => total.SlotEnd);
            return new RegisterState(begin, end, last);
        });
        return ValueTask.FromResult<IReadOnlyList<RegisterState>>([.. states]);
    }

    public ValueTask<long> LastSegmentAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(Segments.Select(segment => segment.Segment).DefaultIfEmpty(0).Max());

    public ValueTask<string?> LoadStateAsync(string key, CancellationToken cancellationToken) => ValueTask.FromResult(State(key));
}

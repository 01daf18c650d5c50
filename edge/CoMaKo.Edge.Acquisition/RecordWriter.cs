using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Acquisition;

/// <summary>
/// Hands records to the outbox, in order, one append per second at most. While the store refuses, records wait in memory (a day of 100 registers and more)
/// and are tried again each minute; if even that is full, the oldest totals go, because the next totals cover their energy. Segments and events stay.
/// </summary>
/// <param name="capacity">Records that may wait.</param>
public sealed class RecordWriter(IOutbox outbox, TimeProvider time, int capacity = RecordWriter.DefaultCapacity)
{
    /// <summary>24 h × 4 totals × 200 registers.</summary>
    public const int DefaultCapacity = 19_200;

    private static readonly TimeSpan Retry = TimeSpan.FromMinutes(1);
    private readonly Lock gate = new();
    private readonly List<SyncRecord> records = [];
    private readonly Dictionary<string, string> state = [];
    private WriterStatus status = new(0, null, Instant.FromDateTimeOffset(time.GetUtcNow()));
    private long failedAt;
    private int dropped;

    public WriterStatus Status
    {
        get
        {
            lock (gate) return status with { Waiting = records.Count };
        }
    }

    /// <summary>Takes records and state that belong into one append. Never blocks on the store.</summary>
    public void Add(IReadOnlyCollection<SyncRecord> newRecords, IEnumerable<KeyValuePair<string, string>> newState)
    {
        ArgumentNullException.ThrowIfNull(newRecords);
        ArgumentNullException.ThrowIfNull(newState);
        lock (gate)
        {
            records.AddRange(newRecords);
            foreach (var (key, value) in newState) state[key] = value;
            int excess = records.Count - capacity;
            if (excess > 0) dropped += records.RemoveAll(record => record is RegisterTotal && excess-- > 0);
        }
    }

    /// <summary>Appends what waits, if anything does and the last refusal is a minute ago.</summary>
    /// <param name="now">Try even within that minute: the service stops.</param>
    public async ValueTask FlushAsync(bool now, CancellationToken cancellationToken)
    {
        if (!now && Status.Fault is not null && time.GetElapsedTime(failedAt) < Retry) return;
        var (batch, entries) = Take();
        if (batch.Count == 0 && entries.Count == 0) return;
        string? fault = null;
        try
        {
            await outbox.AppendAsync(batch, entries, cancellationToken);
        }
        catch (IOException refused)
        {
            (fault, failedAt) = (refused.Message, time.GetTimestamp());
        }

        Settle(batch, entries, fault);
    }

    private (List<SyncRecord> Records, List<StateEntry> State) Take()
    {
        lock (gate)
        {
            if (dropped > 0) records.Add(Event(EventCodes.RecordsDropped, "The store refused for so long that the oldest totals were dropped; later totals cover their energy.", "dropped_count", FormattableString.Invariant($"{dropped}")));
            dropped = 0;
            return ([.. records], [.. state.Select(pair => new StateEntry(pair.Key, pair.Value))]);
        }
    }

    /// <summary>Forgets what was stored; what was added meanwhile stays. Records only ever leave at the front or by <see cref="Add"/>'s limit.</summary>
    private void Settle(List<SyncRecord> batch, List<StateEntry> entries, string? fault)
    {
        lock (gate)
        {
            if (fault is null)
            {
                var stored = new HashSet<SyncRecord>(batch, ReferenceEqualityComparer.Instance);
                records.RemoveAll(stored.Contains);
                foreach (var entry in entries)
                    if (state.GetValueOrDefault(entry.Key) == entry.Value) state.Remove(entry.Key);
            }

            if ((fault is null) == (status.Fault is null)) return;
            var since = Instant.FromDateTimeOffset(time.GetUtcNow());
            if (fault is not null) records.Add(Event(EventCodes.StoreFailed, "The store refuses records; they wait in memory.", "reason", fault));
            status = new WriterStatus(0, fault, since);
        }
    }

    private GatewayEvent Event(string code, string text, string name, string value) =>
        new(Instant.FromDateTimeOffset(time.GetUtcNow()), code, "store", text, new Dictionary<string, string>(StringComparer.Ordinal) { [name] = value });
}

using CoMaKo.Quantities;

namespace CoMaKo.Edge.Storage;

public sealed partial class Outbox
{
    // Monotonic time at which this process last got a mark of the current epoch; absent before.
    private long? markedAt;

    /// <summary>Notes what the hub holds durably; may go down (a restored hub), which takes the acknowledgement of the records above back.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The store holds no such record.</exception>
    public async ValueTask SetMarkAsync(long acknowledgedSequence, CancellationToken cancellationToken) => await WriteAsync(
        tables =>
        {
            markedAt = null; // if this fails, the store may hold a mark that the hub no longer has
            var row = tables.Row;
            if (acknowledgedSequence < row.First - 1 || acknowledgedSequence > Tail(tables, row).Sequence)
                throw new ArgumentOutOfRangeException(nameof(acknowledgedSequence), acknowledgedSequence, "The store does not hold this sequence.");
            if (acknowledgedSequence == row.Acknowledged) return 0;
            tables.LowerAcknowledgements(acknowledgedSequence);
            tables.Row = row with { Acknowledged = acknowledgedSequence, AcknowledgedUnixUs = NowUnixMicroseconds };
            return 0;
        },
        cancellationToken,
        committed: () => markedAt = time.GetTimestamp());

    /// <summary>One small synced write: everything held keeps sequence and chain and is sent again under the new epoch.</summary>
    public ValueTask<Epoch> StartNewEpochAsync(CancellationToken cancellationToken) => WriteAsync(NewEpoch, cancellationToken);

    private Epoch NewEpoch(IStoreTables tables)
    {
        var epoch = RandomEpoch();
        tables.ForgetAcknowledgements();
        var row = tables.Row;
        tables.Row = row with { Epoch = epoch, EpochSinceUnixUs = NowUnixMicroseconds, Acknowledged = row.First - 1, AcknowledgedUnixUs = null };
        markedAt = null;
        arrived.Writer.TryWrite(true);
        return epoch;
    }
}

using CoMaKo.Quantities;

namespace CoMaKo.Edge.Storage;

public sealed partial class SqliteOutbox
{
    // Monotonic time at which this process last got a mark of the current epoch; absent before.
    private long? markedAt;

    /// <summary>Notes what the hub holds durably; may go down (a restored hub), which takes the acknowledgement of the records above back.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The store holds no such record.</exception>
    public async ValueTask SetMarkAsync(long acknowledgedSequence, CancellationToken cancellationToken) => await WriteAsync(
        connection =>
        {
            markedAt = null; // if this fails, the store may hold a mark that the hub no longer has
            var row = StoreRow.Load(connection);
            if (acknowledgedSequence < row.First - 1 || acknowledgedSequence > Tail(connection, row).Sequence)
                throw new ArgumentOutOfRangeException(nameof(acknowledgedSequence), acknowledgedSequence, "The store does not hold this sequence.");
            if (acknowledgedSequence == row.Acknowledged) return 0;
            connection.Execute("UPDATE acknowledgement SET sequence = $1 WHERE sequence > $1", acknowledgedSequence);
            return connection.Execute("UPDATE store SET acknowledged_sequence = $1, acknowledged_unix_us = $2", acknowledgedSequence, NowUnixMicroseconds);
        },
        cancellationToken,
        committed: () => markedAt = time.GetTimestamp());

    /// <summary>One small synced write: everything held keeps sequence and chain and is sent again under the new epoch.</summary>
    public ValueTask<Epoch> StartNewEpochAsync(CancellationToken cancellationToken) => WriteAsync(NewEpoch, cancellationToken);

    private Epoch NewEpoch(StoreConnection connection)
    {
        var epoch = RandomEpoch();
        connection.Execute("DELETE FROM acknowledgement");
        connection.Execute(
            "UPDATE store SET epoch = $1, epoch_since_unix_us = $2, acknowledged_sequence = first_sequence - 1, acknowledged_unix_us = NULL",
            unchecked((long)epoch.Value), NowUnixMicroseconds);
        markedAt = null;
        arrived.Writer.TryWrite(true);
        return epoch;
    }
}

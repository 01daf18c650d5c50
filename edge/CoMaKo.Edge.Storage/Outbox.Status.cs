using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Storage;

public sealed partial class Outbox
{
    /// <summary>The store as the technicians' page shows it.</summary>
    public ValueTask<StoreStatus> StatusAsync(CancellationToken cancellationToken) => ReadAsync(
        tables =>
        {
            var row = tables.Row;
            long last = Tail(tables, row).Sequence;
            return new StoreStatus(
                row.Epoch, StoreTime.At(row.EpochSinceUnixUs), row.First, last + 1, row.Acknowledged, InstantOf(row.AcknowledgedUnixUs),
                last - row.Acknowledged, InstantOf(tables.AppendedAfter(row.Acknowledged)), files.StoreBytes, files.FreeBytes, files.HasReserve);
        },
        cancellationToken);

    private static Instant? InstantOf(long? unixMicroseconds) => unixMicroseconds is { } at ? StoreTime.At(at) : null;
}

/// <summary>What the store holds and what waits.</summary>
/// <param name="EpochSince">When the epoch last changed.</param>
/// <param name="FirstHeldSequence">First held record, or the next one if none is held.</param>
/// <param name="AcknowledgedSequence">What the hub holds durably.</param>
/// <param name="AcknowledgedAt">When that last changed; absent in an epoch without a mark.</param>
/// <param name="WaitingRecords">Records that the hub has not acknowledged.</param>
/// <param name="OldestWaiting">When the oldest of them was appended; absent if none waits.</param>
/// <param name="StoreBytes">Database and log.</param>
/// <param name="FreeBytes">Free on the disk, without the reserve.</param>
/// <param name="HasReserve">Whether the reserve is still there; without it the disk is about to be full.</param>
public sealed record StoreStatus(
    Epoch Epoch, Instant EpochSince, long FirstHeldSequence, long NextSequence, long AcknowledgedSequence, Instant? AcknowledgedAt,
    long WaitingRecords, Instant? OldestWaiting, long StoreBytes, long FreeBytes, bool HasReserve);

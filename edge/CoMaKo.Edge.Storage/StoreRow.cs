using CoMaKo.Quantities;

namespace CoMaKo.Edge.Storage;

/// <summary>The one row about the store itself.</summary>
/// <param name="First">First held sequence, or the next one if none is held.</param>
/// <param name="AcknowledgedUnixUs">When the mark last changed; absent before the first.</param>
/// <param name="PrunedDay">Unix day of the last deletion; 0: never.</param>
internal sealed record StoreRow(
    Epoch Epoch, long EpochSinceUnixUs, long First, byte[] ChainBeforeFirst, long Acknowledged, long? AcknowledgedUnixUs, long PrunedDay)
{
    /// <exception cref="InvalidDataException">The row is missing or makes no sense.</exception>
    public static StoreRow Load(StoreConnection connection)
    {
        var rows = connection.Query(
            "SELECT epoch, epoch_since_unix_us, first_sequence, chain_before_first, acknowledged_sequence, acknowledged_unix_us, pruned_unix_day FROM store",
            r => new StoreRow(
                new Epoch(unchecked((ulong)r.GetInt64(0))), r.GetInt64(1), r.GetInt64(2), r.GetFieldValue<byte[]>(3),
                r.GetInt64(4), r.IsDBNull(5) ? null : r.GetInt64(5), r.GetInt64(6)));
        return rows is [{ First: > 0, ChainBeforeFirst.Length: RecordChain.Length } row]
            ? row
            : throw new InvalidDataException("The store's own row is missing or damaged.");
    }
}

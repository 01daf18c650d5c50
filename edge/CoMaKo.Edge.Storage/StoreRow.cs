using CoMaKo.Quantities;

namespace CoMaKo.Edge.Storage;

/// <summary>The one row about the store itself.</summary>
/// <param name="First">First held sequence, or the next one if none is held.</param>
/// <param name="AcknowledgedUnixUs">When the mark last changed; absent before the first.</param>
/// <param name="PrunedDay">Unix day of the last deletion; 0: never.</param>
internal sealed record StoreRow(
    Epoch Epoch, long EpochSinceUnixUs, long First, byte[] ChainBeforeFirst, long Acknowledged, long? AcknowledgedUnixUs, long PrunedDay)
{
    /// <summary>Whether it can be continued.</summary>
    public bool MakesSense => First > 0 && ChainBeforeFirst.Length == RecordChain.Length;
}

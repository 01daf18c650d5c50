namespace CoMaKo.Hub.Ingest;

/// <summary>What the hub holds durably of one epoch of a gateway, read under the lock of the gateway's row.</summary>
/// <param name="HasParked">Whether any record of the gateway is kept aside.</param>
/// <param name="NextBatchId">The number for the batch that is being taken.</param>
internal sealed record EpochRow(
    long GatewayId, long Epoch, long CreatedMicroseconds, long BaseSequence, byte[] BaseChain, long AckedSequence, byte[] AckedChain,
    long CurrentEpoch, long CurrentEpochCreatedMicroseconds, bool HasParked, long NextBatchId);

namespace CoMaKo.Hub.Ingest;

/// <summary>What the hub holds durably of one epoch of a gateway.</summary>
internal sealed record EpochRow(
    long GatewayId, long Epoch, long CreatedMicroseconds, long BaseSequence, byte[] BaseChain, long AckedSequence, byte[] AckedChain, long CurrentEpoch, long CurrentEpochCreatedMicroseconds);

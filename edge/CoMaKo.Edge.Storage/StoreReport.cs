using CoMaKo.Quantities;

namespace CoMaKo.Edge.Storage;

/// <summary>What a check of a whole store found (<c>contracts/schemas/verify-store.schema.json</c>).</summary>
/// <param name="Epoch">Absent if the store could not be read so far.</param>
/// <param name="FirstSequence">First held record, or the next one if none is held.</param>
/// <param name="NextSequence">The one after the newest.</param>
/// <param name="AcknowledgedSequence">What the hub holds durably.</param>
/// <param name="Records">Records read.</param>
/// <param name="DamagedRecords">Of these, how many lost their bytes; they travel as their hash.</param>
/// <param name="Findings">Empty if all is well; at most <see cref="StoreVerification.MaxFindings"/>.</param>
public sealed record StoreReport(
    Epoch? Epoch, long FirstSequence, long NextSequence, long AcknowledgedSequence, long Records, long DamagedRecords, IReadOnlyList<Finding> Findings);

/// <summary>How far a check has come.</summary>
/// <param name="Records">Records read so far.</param>
/// <param name="Of">Records that the store held at the beginning.</param>
public readonly record struct StoreProgress(long Records, long Of);

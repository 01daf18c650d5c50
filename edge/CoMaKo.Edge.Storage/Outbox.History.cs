using CoMaKo.Edge.Acquisition;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Storage;

public sealed partial class Outbox
{
    /// <inheritdoc/>
    /// <remarks>A register whose newest segment is closed and no longer held whole is left out: it begins anew.</remarks>
    public ValueTask<IReadOnlyList<RegisterState>> LoadRegistersAsync(CancellationToken cancellationToken) => ReadAsync(t => t.Registers(), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> LastSegmentAsync(CancellationToken cancellationToken) => ReadAsync(t => t.LastSegment(), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<string?> LoadStateAsync(string key, CancellationToken cancellationToken) => ReadAsync(t => t.State(key), cancellationToken);

    /// <summary>Totals of a register whose slot ends after <paramref name="after"/> and at or before <paramref name="until"/>, by slot end, with their sequence.</summary>
    public ValueTask<IReadOnlyList<(RegisterTotal Total, long Sequence)>> TotalsAsync(RegisterId register, Instant after, Instant until, CancellationToken cancellationToken) =>
        ReadAsync(t => t.Totals(register, after.ToUnixTimeSeconds(), until.ToUnixTimeSeconds()), cancellationToken);

    /// <summary>When each held register was first opened, as far as its segments are still held.</summary>
    public ValueTask<IReadOnlyDictionary<RegisterId, Instant>> KnownSinceAsync(CancellationToken cancellationToken) => ReadAsync(t => t.KnownSince(), cancellationToken);
}

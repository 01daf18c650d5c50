namespace CoMaKo.Quantities;

/// <summary>Random 64 bits, created with a store and again whenever the store may not be the one that the hub knows.</summary>
public readonly record struct Epoch(ulong Value)
{
    public override string ToString() => Value.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>One record on its way: its bytes, or only its identity if the store's copy is damaged.</summary>
/// <param name="Record">The bytes as serialized once at append; absent if damaged.</param>
/// <param name="DamagedHash">SHA-256 of the record that should have been there; absent if intact.</param>
public readonly record struct OutboxEntry(ReadOnlyMemory<byte>? Record, ReadOnlyMemory<byte>? DamagedHash);

/// <summary>Consecutive records from <paramref name="FromSequence"/>, with the chain before the first and after the last.</summary>
public sealed record OutboxBatch(Epoch Epoch, long FromSequence, IReadOnlyList<OutboxEntry> Entries, ReadOnlyMemory<byte> ChainBefore, ReadOnlyMemory<byte> ChainAfter)
{
    public long ToSequence => FromSequence + Entries.Count - 1;
}

/// <summary>What a store holds: its epoch, the first held record with the chain before it, and the sequence that comes next.</summary>
public sealed record OutboxState(Epoch Epoch, long FirstHeldSequence, ReadOnlyMemory<byte> ChainBeforeFirst, long NextSequence, long AcknowledgedSequence);

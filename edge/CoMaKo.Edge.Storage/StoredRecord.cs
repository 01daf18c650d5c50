using CoMaKo.Quantities;

namespace CoMaKo.Edge.Storage;

/// <summary>A row of the table <c>record</c>, any part of which the disk may have damaged.</summary>
internal sealed record StoredRecord(long Sequence, RecordKind Kind, byte[] Bytes, byte[] Hash, byte[] Chain)
{
    /// <summary>
    /// The record's identity and whether its bytes are the ones that were appended. The bytes win against a damaged hash
    /// if the chain proves them.
    /// </summary>
    public (byte[] Hash, bool Intact) Identity(byte[] chainBefore)
    {
        byte[] actual = RecordChain.Hash(Bytes);
        if (actual.AsSpan().SequenceEqual(Hash)) return (actual, true);
        bool bytesFitChain = RecordChain.Next(chainBefore, actual).AsSpan().SequenceEqual(Chain);
        // A hash of another length cannot be sent; the bytes that are there take its place, and mending makes the chain follow.
        return bytesFitChain || Hash.Length != RecordChain.Length ? (actual, true) : (Hash, false);
    }
}

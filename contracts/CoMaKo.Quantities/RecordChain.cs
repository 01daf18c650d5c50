using System.Security.Cryptography;

namespace CoMaKo.Quantities;

/// <summary>The hash chain over a gateway's records: h = SHA-256(bytes), chain = SHA-256(chain before ‖ h), 32 zero bytes before the first.</summary>
public static class RecordChain
{
    /// <summary>Length of h and of a chain value in bytes.</summary>
    public const int Length = 32;

    /// <summary>Chain before the first record.</summary>
    public static ReadOnlyMemory<byte> Start { get; } = new byte[Length];

    /// <summary>Identity of a record.</summary>
    public static byte[] Hash(ReadOnlySpan<byte> record) => SHA256.HashData(record);

    /// <summary>Chain after a record whose identity is <paramref name="hash"/>.</summary>
    public static byte[] Next(ReadOnlySpan<byte> chainBefore, ReadOnlySpan<byte> hash)
    {
        Span<byte> both = stackalloc byte[2 * Length];
        chainBefore.CopyTo(both);
        hash.CopyTo(both[Length..]);
        return SHA256.HashData(both);
    }
}

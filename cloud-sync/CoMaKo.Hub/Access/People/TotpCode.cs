using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace CoMaKo.Hub.Access.People;

/// <summary>Codes of authenticator apps: RFC 6238 with HMAC-SHA-1, steps of 30 s, 6 digits, which every app knows.</summary>
internal static class TotpCode
{
    public const int SecretBytes = 20;

    private const long StepMicroseconds = 30_000_000;
    private const string Base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    public static long StepAt(long unixMicroseconds) => unixMicroseconds / StepMicroseconds;

    /// <summary>The code of a step (RFC 4226, section 5.3).</summary>
    public static string Of(ReadOnlySpan<byte> secret, long step)
    {
        Span<byte> counter = stackalloc byte[8], hash = stackalloc byte[20];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
#pragma warning disable CA5350 // RFC 6238's default, the only one that all apps know; HMAC does not rest on collisions being hard to find
        HMACSHA1.HashData(secret, counter, hash);
#pragma warning restore CA5350
        int number = BinaryPrimitives.ReadInt32BigEndian(hash[(hash[19] & 0xF)..]) & int.MaxValue;
        return (number % 1_000_000).ToString("000000", CultureInfo.InvariantCulture);
    }

    /// <summary>The step whose code was typed, if it is now, the one before or the one after, and later than the last one used.</summary>
    /// <returns>Absent if the code is wrong or was used.</returns>
    public static long? StepOf(ReadOnlySpan<byte> secret, string typed, long nowUs, long? lastStep)
    {
        string code = string.Concat(typed.Where(c => c != ' '));
        long? found = null;
        for (long step = StepAt(nowUs) - 1; step <= StepAt(nowUs) + 1; step++)
            if (CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(code), Encoding.UTF8.GetBytes(Of(secret, step))) && step > (lastStep ?? long.MinValue)) found = step;
        return found;
    }

    /// <summary>The secret as apps take it: base 32 without padding (RFC 4648, section 6).</summary>
    public static string TextOf(ReadOnlySpan<byte> secret)
    {
        var text = new StringBuilder();
        int bits = 0, buffer = 0;
        foreach (byte next in secret)
        {
            buffer = ((buffer << 8) | next) & 0xFFFF;
            for (bits += 8; bits >= 5; bits -= 5) text.Append(Base32[(buffer >> (bits - 5)) & 31]);
        }

        return bits == 0 ? text.ToString() : text.Append(Base32[(buffer << (5 - bits)) & 31]).ToString();
    }

    /// <summary>What the QR code says (Key URI format of authenticator apps).</summary>
    public static string AddressOf(ReadOnlySpan<byte> secret, string name) =>
        $"otpauth://totp/CoMaKo:{Uri.EscapeDataString(name)}?secret={TextOf(secret)}&issuer=CoMaKo&algorithm=SHA1&digits=6&period=30";
}

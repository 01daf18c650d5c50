using System.Globalization;
using System.Text;

namespace CoMaKo.Devices.Protocols.Sml;

/// <summary>Writes contents of fields for people.</summary>
internal static class SmlFieldText
{
    private static readonly (int Bit, string Meaning)[] FnnBits =
    [
        (8, "running"), (9, "magnetic influence"), (10, "terminal cover opened"), (11, "export"), (12, "L1 export"), (13, "L2 export"), (14, "L3 export"),
        (15, "rotating field not L1-L2-L3"), (16, "backstop active"), (17, "fatal error"), (18, "U L1"), (19, "U L2"), (20, "U L3"),
    ];

    /// <summary>A status word with the meaning of its bits (metering.md 2.8).</summary>
    public static string Status(ulong word)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"0x{word:X}");
        if (!SmlStatusWord.IsFnn(word)) return text.Append(SmlStatusWord.IsExport(word) ? ": export" : ": import").ToString();
        string separator = ": ";
        foreach (var (bit, meaning) in FnnBits)
        {
            if ((word >> bit & 1) == 0) continue;
            text.Append(separator).Append(meaning);
            separator = ", ";
        }

        return text.ToString();
    }

    public static string Calculation(in SmlEntry entry) => string.Create(CultureInfo.InvariantCulture, $"{Integer(entry)} × 10^{entry.Scaler}");

    public static string Correction(in SmlEntry sent, in SmlEntry corrected) =>
        string.Create(CultureInfo.InvariantCulture, $"({Integer(sent)} + {corrected.Bits - sent.Bits}: sign defect) × 10^{sent.Scaler}");

    /// <summary>Printable ASCII as text in quotes, anything else as lower-case hex.</summary>
    public static string Octets(ReadOnlySpan<byte> octets) =>
        octets.ContainsAnyExceptInRange((byte)0x20, (byte)0x7E) ? Convert.ToHexStringLower(octets) : $"\"{Encoding.ASCII.GetString(octets)}\"";

    private static string Integer(in SmlEntry entry) =>
        entry.Type == TlvType.Unsigned ? ((ulong)entry.Bits).ToString(CultureInfo.InvariantCulture) : entry.Bits.ToString(CultureInfo.InvariantCulture);
}

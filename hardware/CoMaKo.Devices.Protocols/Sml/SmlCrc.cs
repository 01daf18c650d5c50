using System.Buffers.Binary;

namespace CoMaKo.Devices.Protocols.Sml;

/// <summary>Which check sum a frame or message carries.</summary>
public enum SmlCrcKind
{
    /// <summary>None of the known ones fits.</summary>
    Bad,

    /// <summary>CRC-16/ISO-HDLC, low byte first: the standard.</summary>
    X25,

    /// <summary>CRC-16/KERMIT, high byte first: some Holley firmwares.</summary>
    Kermit,

    /// <summary>CRC-16/KERMIT, low byte first.</summary>
    KermitSwapped,
}

/// <summary>The two check sums of SML. Both are reflected with polynomial 0x1021 and differ in start value, final inversion and byte order.</summary>
public static class SmlCrc
{
    private const int Lanes = 8;

    /// <summary>Lane n holds the effect of a byte that is followed by n zero bytes, so that eight bytes are taken in one step.</summary>
    private static readonly ushort[][] Tables = BuildTables();

    /// <summary>CRC-16/ISO-HDLC; 0x906E for "123456789".</summary>
    public static ushort X25(ReadOnlySpan<byte> bytes) => (ushort)~Register(0xFFFF, bytes);

    /// <summary>CRC-16/KERMIT; 0x2189 for "123456789".</summary>
    public static ushort Kermit(ReadOnlySpan<byte> bytes) => Register(0, bytes);

    /// <summary>Tells which kind fits the two octets that follow the bytes on the wire.</summary>
    public static SmlCrcKind KindOf(ReadOnlySpan<byte> bytes, byte first, byte second)
    {
        int lowFirst = first | second << 8;
        if (X25(bytes) == lowFirst) return SmlCrcKind.X25;
        ushort kermit = Kermit(bytes);
        if (kermit == (first << 8 | second)) return SmlCrcKind.Kermit;
        return kermit == lowFirst ? SmlCrcKind.KermitSwapped : SmlCrcKind.Bad;
    }

    /// <summary>The kind's name in outputs: <c>x25</c>, <c>kermit</c>, <c>kermit-swapped</c> or <c>bad</c>.</summary>
    public static string NameOf(SmlCrcKind kind) => kind switch
    {
        SmlCrcKind.X25 => "x25",
        SmlCrcKind.Kermit => "kermit",
        SmlCrcKind.KermitSwapped => "kermit-swapped",
        _ => "bad",
    };

    private static ushort Register(ushort start, ReadOnlySpan<byte> bytes)
    {
        uint crc = start;
        ushort[] t0 = Tables[0], t1 = Tables[1], t2 = Tables[2], t3 = Tables[3], t4 = Tables[4], t5 = Tables[5], t6 = Tables[6], t7 = Tables[7];
        for (; bytes.Length >= Lanes; bytes = bytes[Lanes..])
        {
            ulong next = BinaryPrimitives.ReadUInt64LittleEndian(bytes) ^ crc;
            crc = (uint)(t7[(byte)next] ^ t6[(byte)(next >> 8)] ^ t5[(byte)(next >> 16)] ^ t4[(byte)(next >> 24)]
                ^ t3[(byte)(next >> 32)] ^ t2[(byte)(next >> 40)] ^ t1[(byte)(next >> 48)] ^ t0[(byte)(next >> 56)]);
        }

        foreach (byte b in bytes) crc = crc >> 8 ^ t0[(byte)(crc ^ b)];
        return (ushort)crc;
    }

    private static ushort[][] BuildTables()
    {
        var tables = new ushort[Lanes][];
        for (int lane = 0; lane < Lanes; lane++) tables[lane] = new ushort[256];
        for (int value = 0; value < 256; value++)
        {
            int crc = value;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0x8408 : crc >> 1;
            tables[0][value] = (ushort)crc;
        }

        for (int lane = 1; lane < Lanes; lane++)
            for (int value = 0; value < 256; value++)
                tables[lane][value] = (ushort)(tables[lane - 1][value] >> 8 ^ tables[0][(byte)tables[lane - 1][value]]);
        return tables;
    }
}

using System.Buffers.Binary;

namespace CoMaKo.Devices.Simulator.Devices;

/// <summary>
/// Writes SML 1.04 in transport version 1, as a meter's firmware would. It shares no code with the product's decoder on purpose:
/// each is written from the description of the format, so that one finds the other's mistakes.
/// </summary>
internal sealed class SmlWriter
{
    private static readonly byte[] Escape = [0x1B, 0x1B, 0x1B, 0x1B];

    private readonly List<byte> payload = new(512);
    private readonly List<byte> frame = new(640);
    private int messageStart;

    /// <summary>Begins a new file.</summary>
    public void Begin() => payload.Clear();

    /// <summary>Begins a message; its body follows as the content of <paramref name="tag"/>.</summary>
    public void BeginMessage(ReadOnlySpan<byte> transaction, ushort tag)
    {
        messageStart = payload.Count;
        List(6);
        Octets(transaction);
        Unsigned(0, 1);
        Unsigned(0, 1);
        List(2);
        Unsigned(tag, 2);
    }

    /// <summary>Ends it with checksum and end mark.</summary>
    public void EndMessage()
    {
        ushort crc = Crc(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(payload)[messageStart..]);
        payload.AddRange([0x63, (byte)crc, (byte)(crc >> 8), 0x00]);
    }

    public void List(int elements) => TypeLength(7, elements, countsItself: false);

    public void Absent() => payload.Add(0x01);

    public void Octets(ReadOnlySpan<byte> bytes)
    {
        TypeLength(0, bytes.Length, countsItself: true);
        foreach (byte b in bytes) payload.Add(b);
    }

    public void Unsigned(ulong value, int width) => Integer(6, value, width);

    public void Signed(long value, int width) => Integer(5, unchecked((ulong)value), width);

    /// <summary>The whole frame: start, stuffed payload, fill bytes, end with checksum. Valid until the next call.</summary>
    public List<byte> Frame()
    {
        int fill = (4 - payload.Count % 4) % 4;
        for (int i = 0; i < fill; i++) payload.Add(0);
        frame.Clear();
        frame.AddRange(Escape);
        frame.AddRange([0x01, 0x01, 0x01, 0x01]);
        int run = 0;
        foreach (byte b in payload)
        {
            frame.Add(b);
            run = b == 0x1B ? run + 1 : 0;
            if (run != 4) continue;
            frame.AddRange(Escape); // four of them inside are sent twice
            run = 0;
        }

        frame.AddRange(Escape);
        frame.AddRange([0x1A, (byte)fill]);
        ushort crc = Crc(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(frame));
        frame.AddRange([(byte)crc, (byte)(crc >> 8)]);
        return frame;
    }

    /// <summary>CRC-16/X-25, bit by bit.</summary>
    internal static ushort Crc(ReadOnlySpan<byte> bytes)
    {
        int register = 0xFFFF;
        foreach (byte b in bytes)
        {
            register ^= b;
            for (int bit = 0; bit < 8; bit++) register = (register & 1) != 0 ? (register >> 1) ^ 0x8408 : register >> 1;
        }

        return (ushort)~register;
    }

    private void Integer(int type, ulong value, int width)
    {
        TypeLength(type, width, countsItself: true);
        Span<byte> big = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(big, value);
        foreach (byte b in big[(8 - width)..]) payload.Add(b);
    }

    /// <summary>Length in nibbles of four bits, more of them while bit 7 is set; a value's length counts these bytes too, a list's does not.</summary>
    private void TypeLength(int type, int length, bool countsItself)
    {
        int bytes = 1;
        while (length + (countsItself ? bytes : 0) >= 1 << (4 * bytes)) bytes++;
        int total = length + (countsItself ? bytes : 0);
        for (int i = bytes - 1; i >= 0; i--)
        {
            int nibble = (total >> (4 * i)) & 0xF;
            int more = i > 0 ? 0x80 : 0;
            payload.Add((byte)(more | (i == bytes - 1 ? type << 4 : 0) | nibble));
        }
    }
}

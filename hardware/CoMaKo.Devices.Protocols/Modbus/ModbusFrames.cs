using System.Buffers.Binary;

namespace CoMaKo.Devices.Protocols.Modbus;

/// <summary>The MBAP frame: transaction id, protocol 0, length, unit, then the PDU.</summary>
public static class MbapFrame
{
    public const int HeaderLength = 7;

    /// <summary>What a stream with a lost border means.</summary>
    public const string NotSpoken = "it does not speak Modbus TCP; check the framing (RTU over TCP?)";

    public static byte[] Write(ushort transaction, byte unit, ReadOnlySpan<byte> pdu)
    {
        var frame = new byte[HeaderLength + pdu.Length];
        BinaryPrimitives.WriteUInt16BigEndian(frame, transaction);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(4), (ushort)(pdu.Length + 1));
        frame[6] = unit;
        pdu.CopyTo(frame.AsSpan(HeaderLength));
        return frame;
    }

    /// <summary>Length of the first frame in the buffer; 0 if more bytes are needed; -1 if this is no Modbus TCP: the border is lost.</summary>
    public static int Length(ReadOnlySpan<byte> buffer)
    {
        if (buffer.Length >= 4 && (buffer[2] | buffer[3]) != 0) return -1;
        if (buffer.Length < 6) return 0;
        int length = BinaryPrimitives.ReadUInt16BigEndian(buffer[4..]);
        if (length is < 2 or > ModbusPdu.MaxLength + 1) return -1;
        return buffer.Length >= 6 + length ? 6 + length : 0;
    }

    public static ushort Transaction(ReadOnlySpan<byte> frame) => BinaryPrimitives.ReadUInt16BigEndian(frame);

    public static byte Unit(ReadOnlySpan<byte> frame) => frame[6];

    public static ReadOnlySpan<byte> Pdu(ReadOnlySpan<byte> frame) => frame[HeaderLength..];
}

/// <summary>The serial frame: unit, PDU, CRC-16/MODBUS low byte first. It has no length field: the function tells the length.</summary>
public static class RtuFrame
{
    public const int MaxLength = ModbusPdu.MaxLength + 3;

    public static byte[] Write(byte unit, ReadOnlySpan<byte> pdu)
    {
        var frame = new byte[pdu.Length + 3];
        frame[0] = unit;
        pdu.CopyTo(frame.AsSpan(1));
        BinaryPrimitives.WriteUInt16LittleEndian(frame.AsSpan(pdu.Length + 1), Crc(frame.AsSpan(0, pdu.Length + 1)));
        return frame;
    }

    public static ReadOnlySpan<byte> Pdu(ReadOnlySpan<byte> frame) => frame[1..^2];

    /// <summary>Whether the last two bytes are the CRC of those before.</summary>
    public static bool IsIntact(ReadOnlySpan<byte> frame) =>
        frame.Length >= 4 && BinaryPrimitives.ReadUInt16LittleEndian(frame[^2..]) == Crc(frame[..^2]);

    /// <summary>Length of the request at the start of the buffer; 0 if more bytes are needed; -1 if its function has no known length.</summary>
    public static int RequestLength(ReadOnlySpan<byte> buffer)
    {
        if (buffer.Length < 2) return 0;
        if (buffer[1] is >= 1 and <= 6) return buffer.Length >= 8 ? 8 : 0;
        if (buffer[1] is not (15 or 16 or 23)) return -1;
        int countAt = buffer[1] == 23 ? 10 : 6;
        if (buffer.Length <= countAt) return 0;
        int length = countAt + 1 + buffer[countAt] + 2;
        return buffer.Length >= length ? length : 0;
    }

    /// <summary>
    /// Finds the answer to a request among what came in, wherever it starts: line noise and late answers of other units are passed over,
    /// since an answer has a known unit, function, length and CRC.
    /// </summary>
    /// <returns>Start and length; length 0 if it is not there (yet).</returns>
    public static (int Start, int Length) FindResponse(ReadOnlySpan<byte> buffer, byte unit, ModbusRequest request)
    {
        int normal = ModbusPdu.ResponseLength(request) + 3;
        for (int start = 0; start + 5 <= buffer.Length; start++)
        {
            if (buffer[start] != unit) continue;
            int length = buffer[start + 1] == request.Function ? normal : buffer[start + 1] == (request.Function | 0x80) ? 5 : 0;
            if (length == 0 || start + length > buffer.Length || !IsIntact(buffer.Slice(start, length))) continue;
            return (start, length);
        }

        return (0, 0);
    }

    /// <summary>CRC-16/MODBUS: polynomial 0x8005 reflected, start 0xFFFF; check value of "123456789" is 0x4B37.</summary>
    public static ushort Crc(ReadOnlySpan<byte> bytes)
    {
        ushort crc = 0xFFFF;
        foreach (byte b in bytes) crc = (ushort)(crc >> 8 ^ CrcTable[(byte)(crc ^ b)]);
        return crc;
    }

    private static readonly ushort[] CrcTable = [.. Enumerable.Range(0, 256).Select(i =>
    {
        int crc = i;
        for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xA001 : crc >> 1;
        return (ushort)crc;
    })];
}

using System.Buffers.Binary;
using CoMaKo.Quantities;

namespace CoMaKo.Devices.Protocols.Modbus;

/// <summary>
/// Requests and responses as protocol data units: function code and data, 1–253 bytes, without unit id, header or CRC.
/// Decoding checks every length, count and echo and never throws.
/// </summary>
/// <remarks>Codes: CME-1321 unknown function, CME-1322 wrong length, count or value, CME-1323 range beyond register 65535, CME-1324 answer to another request.</remarks>
public static class ModbusPdu
{
    public const int MaxLength = 253;
    public const int MaxBits = 2000;
    public const int MaxRegisters = 125;
    public const int MaxBitsWritten = 1968;
    public const int MaxRegistersWritten = 123;
    public const int MaxRegistersWrittenBeforeRead = 121;

    /// <exception cref="ArgumentException">Count or range is not possible in one request.</exception>
    public static byte[] Encode(ModbusRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        byte[] pdu = request switch
        {
            ReadBitsRequest r => [r.Function, .. Word(r.Start), .. Word(r.Count)],
            ReadRegistersRequest r => [r.Function, .. Word(r.Start), .. Word(r.Count)],
            WriteCoilRequest r => [5, .. Word(r.Address), r.Value ? (byte)0xFF : (byte)0, 0],
            WriteRegisterRequest r => [6, .. Word(r.Address), .. Word(r.Value)],
            WriteCoilsRequest r => [15, .. Word(r.Start), .. Word(r.Values.Length), (byte)((r.Values.Length + 7) / 8), .. PackBits(r.Values.Span)],
            WriteRegistersRequest r => [16, .. Word(r.Start), .. Word(r.Values.Length), (byte)(2 * r.Values.Length), .. PackRegisters(r.Values.Span)],
            ReadWriteRegistersRequest r =>
                [23, .. Word(r.ReadStart), .. Word(r.ReadCount), .. Word(r.WriteStart), .. Word(r.Values.Length), (byte)(2 * r.Values.Length), .. PackRegisters(r.Values.Span)],
            _ => throw new ArgumentException("Not a Modbus request.", nameof(request)),
        };
        return Check(request) is { } error ? throw new ArgumentException(error.Text, nameof(request)) : pdu;
    }

    public static ParseResult<ModbusRequest> DecodeRequest(ReadOnlySpan<byte> pdu)
    {
        if (pdu.Length == 0) return WrongLength(0);
        byte function = pdu[0];
        if (function is not ((>= 1 and <= 6) or 15 or 16 or 23)) return new ParseError("CME-1321", 0, FormattableString.Invariant($"Function {function} is not served."));
        if (pdu.Length < (function == 23 ? 11 : function >= 15 ? 7 : 5)) return WrongLength(pdu.Length);
        ParseResult<ModbusRequest> decoded = function >= 15 ? DecodeLong(pdu) : DecodeShort(pdu);
        return decoded.Success && Check(decoded.Value!) is { } error ? error : decoded;
    }

    public static byte[] EncodeResponse(ModbusRequest request, ModbusResponse response)
    {
        ArgumentNullException.ThrowIfNull(request);
        return response switch
        {
            RefusedResponse refused => [(byte)(request.Function | 0x80), refused.Code],
            BitsResponse bits => [request.Function, (byte)((bits.Values.Length + 7) / 8), .. PackBits(bits.Values)],
            RegistersResponse registers => [request.Function, (byte)(2 * registers.Values.Length), .. PackRegisters(registers.Values)],
            _ => Encode(request)[..5], // a write is confirmed by address and value or count
        };
    }

    /// <summary>Checks the answer against its request: function, counts, echoed address and value.</summary>
    public static ParseResult<ModbusResponse> DecodeResponse(ModbusRequest request, ReadOnlySpan<byte> pdu)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (pdu.Length < 2) return WrongResponse(pdu.Length, "The answer is too short.");
        if (pdu[0] == (request.Function | 0x80))
            return pdu.Length == 2 && pdu[1] != 0 ? new RefusedResponse(pdu[1]) : WrongResponse(1, "The exception reply is damaged.");
        if (pdu[0] != request.Function)
            return new ParseError("CME-1324", 0, FormattableString.Invariant($"Function {pdu[0]} was answered where {request.Function} was asked."));
        switch (request)
        {
            case ReadBitsRequest r:
                return HasData(pdu, (r.Count + 7) / 8) ? new BitsResponse(UnpackBits(pdu[2..], r.Count)) : WrongCount();
            case ReadRegistersRequest r:
                return HasData(pdu, 2 * r.Count) ? new RegistersResponse(UnpackRegisters(pdu[2..])) : WrongCount();
            case ReadWriteRegistersRequest r:
                return HasData(pdu, 2 * r.ReadCount) ? new RegistersResponse(UnpackRegisters(pdu[2..])) : WrongCount();
            default:
                if (pdu.Length != 5) return WrongResponse(pdu.Length, "The confirmation of a write has 5 bytes.");
                return pdu.SequenceEqual(Encode(request).AsSpan(0, 5)) ? new WrittenResponse() : new ParseError("CME-1324", 1, "Another write is confirmed than was asked for.");
        }
    }

    /// <summary>Length of the normal answer in bytes.</summary>
    internal static int ResponseLength(ModbusRequest request) => request switch
    {
        ReadBitsRequest r => 2 + (r.Count + 7) / 8,
        ReadRegistersRequest r => 2 + 2 * r.Count,
        ReadWriteRegistersRequest r => 2 + 2 * r.ReadCount,
        _ => 5,
    };

    private static ParseResult<ModbusRequest> DecodeShort(ReadOnlySpan<byte> pdu)
    {
        if (pdu.Length != 5) return WrongLength(pdu.Length);
        ushort first = ReadWord(pdu, 1), second = ReadWord(pdu, 3);
        return pdu[0] switch
        {
            1 => new ReadBitsRequest(BitTable.Coils, first, second),
            2 => new ReadBitsRequest(BitTable.DiscreteInputs, first, second),
            3 => new ReadRegistersRequest(RegisterTable.Holding, first, second),
            4 => new ReadRegistersRequest(RegisterTable.Input, first, second),
            5 when second is 0 or 0xFF00 => new WriteCoilRequest(first, second != 0),
            5 => new ParseError("CME-1322", 3, "A coil is written with 0x0000 or 0xFF00."),
            _ => new WriteRegisterRequest(first, second),
        };
    }

    private static ParseResult<ModbusRequest> DecodeLong(ReadOnlySpan<byte> pdu)
    {
        int header = pdu[0] == 23 ? 10 : 6;
        int count = ReadWord(pdu, header - 3);
        int bytes = pdu[0] == 15 ? (count + 7) / 8 : 2 * count;
        var data = pdu[header..];
        if (pdu[header - 1] != bytes || data.Length != bytes) return WrongLength(header - 1);
        return pdu[0] switch
        {
            15 => new WriteCoilsRequest(ReadWord(pdu, 1), UnpackBits(data, count)),
            16 => new WriteRegistersRequest(ReadWord(pdu, 1), UnpackRegisters(data)),
            _ => new ReadWriteRegistersRequest(ReadWord(pdu, 1), ReadWord(pdu, 3), ReadWord(pdu, 5), UnpackRegisters(data)),
        };
    }

    private static ParseError? Check(ModbusRequest request) => request switch
    {
        ReadBitsRequest r => Check(r.Start, r.Count, MaxBits),
        ReadRegistersRequest r => Check(r.Start, r.Count, MaxRegisters),
        WriteCoilsRequest r => Check(r.Start, r.Values.Length, MaxBitsWritten),
        WriteRegistersRequest r => Check(r.Start, r.Values.Length, MaxRegistersWritten),
        ReadWriteRegistersRequest r => Check(r.ReadStart, r.ReadCount, MaxRegisters) ?? Check(r.WriteStart, r.Values.Length, MaxRegistersWrittenBeforeRead),
        _ => null,
    };

    private static ParseError? Check(int start, int count, int max)
    {
        if (count < 1 || count > max) return new("CME-1322", 3, FormattableString.Invariant($"A request of this function has 1 to {max} items, not {count}."));
        return start + count <= 0x10000 ? null : new("CME-1323", 1, "The range ends beyond address 65535.");
    }

    private static bool HasData(ReadOnlySpan<byte> pdu, int bytes) => pdu[1] == bytes && pdu.Length == 2 + bytes;

    private static ParseError WrongCount() => WrongResponse(1, "The answer holds another number of values than was asked for.");

    private static ParseError WrongResponse(int offset, string text) => new("CME-1322", offset, text);

    private static ParseError WrongLength(int offset) => new("CME-1322", offset, "The request has the wrong length.");

    private static byte[] Word(int value) => [(byte)(value >> 8), (byte)value];

    private static ushort ReadWord(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt16BigEndian(bytes[offset..]);

    private static byte[] PackBits(ReadOnlySpan<bool> bits)
    {
        var bytes = new byte[(bits.Length + 7) / 8];
        for (int i = 0; i < bits.Length; i++)
            if (bits[i]) bytes[i / 8] |= (byte)(1 << (i % 8));
        return bytes;
    }

    private static bool[] UnpackBits(ReadOnlySpan<byte> bytes, int count)
    {
        var bits = new bool[count];
        for (int i = 0; i < count; i++) bits[i] = (bytes[i / 8] >> (i % 8) & 1) != 0;
        return bits;
    }

    private static byte[] PackRegisters(ReadOnlySpan<ushort> registers)
    {
        var bytes = new byte[2 * registers.Length];
        for (int i = 0; i < registers.Length; i++) BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2 * i), registers[i]);
        return bytes;
    }

    private static ushort[] UnpackRegisters(ReadOnlySpan<byte> bytes)
    {
        var registers = new ushort[bytes.Length / 2];
        for (int i = 0; i < registers.Length; i++) registers[i] = ReadWord(bytes, 2 * i);
        return registers;
    }
}

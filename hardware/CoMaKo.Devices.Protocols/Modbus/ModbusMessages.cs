namespace CoMaKo.Devices.Protocols.Modbus;

/// <summary>One request of the Modbus Application Protocol V1.1b3. Counts and ranges are checked where it is encoded or decoded.</summary>
public abstract record ModbusRequest(byte Function)
{
    /// <summary>Whether it changes something in the device (function 23 writes and reads).</summary>
    public bool Writes => Function is 5 or 6 or 15 or 16 or 23;
}

/// <summary>Function 1 or 2: 1–2000 bits.</summary>
public sealed record ReadBitsRequest(BitTable Table, ushort Start, int Count) : ModbusRequest(Table == BitTable.Coils ? (byte)1 : (byte)2);

/// <summary>Function 3 or 4: 1–125 registers.</summary>
public sealed record ReadRegistersRequest(RegisterTable Table, ushort Start, int Count) : ModbusRequest(Table == RegisterTable.Holding ? (byte)3 : (byte)4);

/// <summary>Function 5.</summary>
public sealed record WriteCoilRequest(ushort Address, bool Value) : ModbusRequest(5);

/// <summary>Function 6.</summary>
public sealed record WriteRegisterRequest(ushort Address, ushort Value) : ModbusRequest(6);

/// <summary>Function 15: 1–1968 coils.</summary>
public sealed record WriteCoilsRequest(ushort Start, ReadOnlyMemory<bool> Values) : ModbusRequest(15);

/// <summary>Function 16: 1–123 registers.</summary>
public sealed record WriteRegistersRequest(ushort Start, ReadOnlyMemory<ushort> Values) : ModbusRequest(16);

/// <summary>Function 23: writes 1–121 registers, then reads 1–125.</summary>
public sealed record ReadWriteRegistersRequest(ushort ReadStart, int ReadCount, ushort WriteStart, ReadOnlyMemory<ushort> Values) : ModbusRequest(23);

/// <summary>What a device answers.</summary>
public abstract record ModbusResponse;

/// <summary>To functions 1 and 2.</summary>
public sealed record BitsResponse(bool[] Values) : ModbusResponse;

/// <summary>To functions 3, 4 and 23.</summary>
public sealed record RegistersResponse(ushort[] Values) : ModbusResponse;

/// <summary>To functions 5, 6, 15 and 16: done as asked.</summary>
public sealed record WrittenResponse : ModbusResponse;

/// <summary>Exception reply; <see cref="ModbusException.Name"/> gives the code's name.</summary>
public sealed record RefusedResponse(byte Code) : ModbusResponse;

/// <summary>How messages are framed on a link.</summary>
public enum ModbusFraming
{
    /// <summary>MBAP header with transaction id (Modbus Messaging on TCP/IP V1.0b).</summary>
    Tcp,

    /// <summary>Unit, message, CRC-16 on a serial line (Modbus over Serial Line V1.02).</summary>
    Rtu,

    /// <summary>The serial frame inside a TCP connection, as transparent Ethernet converters send it.</summary>
    RtuOverTcp,
}

using NodaTime;

namespace CoMaKo.Devices;

/// <summary>The read side of a device. Pushing devices (SML, MQTT) and polled ones (Modbus) look alike.</summary>
public interface IDevice : IAsyncDisposable
{
    DeviceId Id { get; }

    DeviceRole Role { get; }

    /// <summary>Readings at most this far apart are normal; three times this without one is stale.</summary>
    Duration ExpectedPeriod { get; }

    /// <summary>
    /// Readings as they arrive, until cancelled or the link breaks.
    /// </summary>
    /// <exception cref="IOException">The link broke or the device answered wrongly; the message says what to check. The caller waits and calls again.</exception>
    IAsyncEnumerable<Reading> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>A stream of bytes to something outside: serial line, pseudo terminal or TCP connection.</summary>
public interface IByteLink : IAsyncDisposable
{
    /// <summary>How people know it, e.g. <c>/dev/ttyUSB0 9600-8N1</c> or <c>tcp 192.0.2.7:502</c>.</summary>
    string Name { get; }

    bool IsOpen { get; }

    /// <summary>Opens the link; does nothing if it is open.</summary>
    /// <exception cref="IOException">It cannot be opened; the message says why and what to check.</exception>
    ValueTask OpenAsync(CancellationToken cancellationToken);

    /// <summary>Waits for bytes and returns how many came; 0 means that the other side closed.</summary>
    /// <exception cref="IOException">The link broke.</exception>
    ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Writes all bytes.</summary>
    /// <exception cref="IOException">The link broke.</exception>
    ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Closes the link; it may be opened again.</summary>
    ValueTask CloseAsync();
}

/// <summary>A Modbus client on one bus. Requests of all devices on the bus run one after another, writes before reads.</summary>
/// <remarks>All calls throw <see cref="ModbusException"/> if the device answers with an exception code, <see cref="TimeoutException"/> if it does not answer,
/// and <see cref="IOException"/> if the link breaks or the answer does not fit the request.</remarks>
public interface IModbusClient
{
    /// <summary>Function 3 (holding) or 4 (input): 1–125 registers.</summary>
    ValueTask<ushort[]> ReadRegistersAsync(byte unit, RegisterTable table, ushort start, int count, CancellationToken cancellationToken);

    /// <summary>Function 1 (coils) or 2 (discrete inputs): 1–2000 bits.</summary>
    ValueTask<bool[]> ReadBitsAsync(byte unit, BitTable table, ushort start, int count, CancellationToken cancellationToken);

    /// <summary>Function 5.</summary>
    ValueTask WriteCoilAsync(byte unit, ushort address, bool value, CancellationToken cancellationToken);

    /// <summary>Function 6.</summary>
    ValueTask WriteRegisterAsync(byte unit, ushort address, ushort value, CancellationToken cancellationToken);

    /// <summary>Function 15: 1–1968 coils.</summary>
    ValueTask WriteCoilsAsync(byte unit, ushort start, ReadOnlyMemory<bool> values, CancellationToken cancellationToken);

    /// <summary>Function 16: 1–123 registers.</summary>
    ValueTask WriteRegistersAsync(byte unit, ushort start, ReadOnlyMemory<ushort> values, CancellationToken cancellationToken);

    /// <summary>Function 23: writes up to 121 registers, then reads up to 125, in one request.</summary>
    ValueTask<ushort[]> ReadWriteRegistersAsync(byte unit, ushort readStart, int readCount, ushort writeStart, ReadOnlyMemory<ushort> values, CancellationToken cancellationToken);
}

public enum RegisterTable
{
    Holding,
    Input,
}

public enum BitTable
{
    Coils,
    DiscreteInputs,
}

/// <summary>The device refused a request with an exception code (Modbus Application Protocol V1.1b3, section 7).</summary>
public sealed class ModbusException(byte function, byte code) : IOException(FormattableString.Invariant($"Modbus function {function} was refused with exception {code} ({Name(code)})."))
{
    public byte Function { get; } = function;

    public byte Code { get; } = code;

    /// <summary>The standard's name of an exception code.</summary>
    public static string Name(byte code) => code switch
    {
        1 => "illegal function",
        2 => "illegal data address",
        3 => "illegal data value",
        4 => "server device failure",
        5 => "acknowledge",
        6 => "server device busy",
        8 => "memory parity error",
        10 => "gateway path unavailable",
        11 => "gateway target device failed to respond",
        _ => "unknown",
    };
}

/// <summary>Sees every raw frame of a bus, good or bad, for the technicians' frame view. Called on the hot path: copies and returns.</summary>
public interface IFrameTap
{
    /// <param name="device">Whose frame it is.</param>
    /// <param name="protocol">What it is written in.</param>
    /// <param name="bytes">The frame as on the wire; for Modbus the answer's ADU. Valid during the call only.</param>
    /// <param name="fault">Absent for a good frame.</param>
    void Frame(DeviceId device, WireProtocol protocol, ReadOnlySpan<byte> bytes, FrameFault? fault);

    /// <summary>The same for an MQTT message.</summary>
    /// <param name="isRetained">The broker had kept it, so it became no reading; it is neither good nor bad.</param>
    void Message(DeviceId device, string topic, bool isRetained, ReadOnlySpan<byte> payload, FrameFault? fault) => Frame(device, WireProtocol.Mqtt, payload, fault);
}

public enum WireProtocol
{
    Sml,
    ModbusTcp,
    ModbusRtu,

    /// <summary>A payload; its topic is beside it.</summary>
    Mqtt,
}

public enum FrameFault
{
    Crc,
    Truncated,
    Malformed,
    Timeout,
    Refused,
    WrongTransaction,
}

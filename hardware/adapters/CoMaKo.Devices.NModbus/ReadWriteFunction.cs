using NModbus;

namespace CoMaKo.Devices.NModbus;

/// <summary>Function 23 on serial lines, whose answer's length the package does not know.</summary>
internal sealed class ReadWriteFunction : IModbusFunctionService
{
    public byte FunctionCode => 23;

    /// <summary>The package has read unit, function, byte count and one byte of data: the rest of the data and the CRC are left.</summary>
    public int GetRtuResponseBytesToRead(byte[] frameStart) => frameStart[2] + 1;

    public int GetRtuRequestBytesToRead(byte[] frameStart) => throw NoServer();

    public IModbusMessage CreateRequest(byte[] frame) => throw NoServer();

    public IModbusMessage HandleSlaveRequest(IModbusMessage request, ISlaveDataStore dataStore) => throw NoServer();

    private static NotSupportedException NoServer() => new("Only the client's side is used.");
}

using CoMaKo.Devices.Protocols.Modbus;

namespace CoMaKo.Devices.NModbus;

/// <summary>A bus whose requests and answers the package frames.</summary>
public static class NModbusBus
{
    /// <param name="time">Real time for deadlines and pauses.</param>
    public static ModbusBus Create(IByteLink link, ModbusBusOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new(new NModbusExchanger(new ModbusLine(link, options, time)), options.Framing);
    }
}

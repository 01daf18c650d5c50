using CoMaKo.Devices.Protocols.Modbus;

namespace CoMaKo.Devices.Tests.Modbus;

/// <summary>The default part: our codec.</summary>
public sealed class ModbusBusTests : ModbusClientContract
{
    protected override ModbusBus Create(IByteLink link, ModbusBusOptions options) => new(link, options, TimeProvider.System);
}

/// <inheritdoc cref="ModbusBusTests"/>
public sealed class ModbusBusPeerTests : ModbusPeerContract
{
    protected override ModbusBus Create(IByteLink link, ModbusBusOptions options) => new(link, options, TimeProvider.System);
}

using CoMaKo.Devices.NModbus;
using CoMaKo.Devices.Protocols.Modbus;
using CoMaKo.Devices.Tests.Modbus;

namespace CoMaKo.Devices.Tests.Adapters;

/// <summary>The optional part: NModbus. In the build only with <c>-p:Adapters=nuget</c>.</summary>
public sealed class NModbusBusTests : ModbusClientContract
{
    protected override ModbusBus Create(IByteLink link, ModbusBusOptions options) => NModbusBus.Create(link, options, TimeProvider.System);
}

/// <inheritdoc cref="NModbusBusTests"/>
public sealed class NModbusPeerTests : ModbusPeerContract
{
    protected override ModbusBus Create(IByteLink link, ModbusBusOptions options) => NModbusBus.Create(link, options, TimeProvider.System);
}

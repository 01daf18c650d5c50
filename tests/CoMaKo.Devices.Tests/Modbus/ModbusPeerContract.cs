using CoMaKo.Devices.Linux;
using CoMaKo.Devices.Protocols.Modbus;
using CoMaKo.Testing;

namespace CoMaKo.Devices.Tests.Modbus;

/// <summary>Every part behind the Modbus client against a pymodbus server: all functions, all exception codes, every framing.</summary>
public abstract class ModbusPeerContract
{
    protected abstract ModbusBus Create(IByteLink link, ModbusBusOptions options);

    [RequiresTheory(Peer.Pymodbus)]
    [InlineData(ModbusFraming.Tcp)]
    [InlineData(ModbusFraming.RtuOverTcp)]
    [InlineData(ModbusFraming.Rtu)]
    public async Task Client_PymodbusServer_AllFunctionsAndExceptionCodes(ModbusFraming framing)
    {
        await using var terminal = PseudoTerminal.Create();
        using var python = Pymodbus.Start("modbus_server.py", framing == ModbusFraming.Rtu ? ["serial", terminal.Path] : [Pymodbus.NameOf(framing)]);
        string ready = await python.StandardOutput.ReadLineAsync() ?? await python.StandardError.ReadToEndAsync();
        Assert.StartsWith("ready ", ready, StringComparison.Ordinal);
        IByteLink link = framing == ModbusFraming.Rtu ? terminal : new TcpLink("127.0.0.1", int.Parse(ready[6..], System.Globalization.CultureInfo.InvariantCulture));
        var statistics = new LinkStatistics();
        await using var bus = Create(link, new(framing) { Timeout = TimeSpan.FromSeconds(20) });
        var client = bus.For(new("peer"), statistics);

        await ReadAndWriteAsync(client);
        foreach (byte code in Pymodbus.ExceptionCodes) await AssertRefusedAsync(client, code);
        var beyond = await Assert.ThrowsAsync<ModbusException>(async () => await client.ReadRegistersAsync(1, RegisterTable.Holding, 255, 2, default));
        Assert.Equal(2, beyond.Code);
        Assert.Equal((0, 0), (statistics.Timeouts, statistics.CrcErrors));
        python.StandardInput.Close();
        await python.WaitForExitAsync();
    }

    private static async Task ReadAndWriteAsync(ModbusClient client)
    {
        Assert.Equal(Enumerable.Range(3, 10).Select(i => i % 3 == 0), await client.ReadBitsAsync(1, BitTable.Coils, 3, 10, default));
        Assert.Equal(Enumerable.Range(0, 2000).Select(i => i % 3 == 0), await client.ReadBitsAsync(1, BitTable.DiscreteInputs, 0, 2000, default));
        Assert.Equal(Enumerable.Range(5, 125).Select(i => (ushort)(7 * i)), await client.ReadRegistersAsync(1, RegisterTable.Holding, 5, 125, default));
        Assert.Equal([55, 66, 77], await client.ReadRegistersAsync(1, RegisterTable.Input, 5, 3, default));
        await client.WriteCoilAsync(1, 4, true, default);
        await client.WriteRegisterAsync(1, 20, 4711, default);
        bool[] coils = [.. Enumerable.Range(0, 1968).Select(i => i % 5 == 0)];
        await client.WriteCoilsAsync(1, 50, coils, default);
        ushort[] registers = [.. Enumerable.Range(1000, 123).Select(i => (ushort)i)];
        await client.WriteRegistersAsync(1, 100, registers, default);
        Assert.Equal([1000, 1, 2, 1003], await client.ReadWriteRegistersAsync(1, 100, 4, 101, new ushort[] { 1, 2 }, default));
        Assert.True(Assert.Single(await client.ReadBitsAsync(1, BitTable.Coils, 4, 1, default)));
        Assert.Equal(coils, await client.ReadBitsAsync(1, BitTable.Coils, 50, 1968, default));
        Assert.Equal([4711], await client.ReadRegistersAsync(1, RegisterTable.Holding, 20, 1, default));
    }

    private static async Task AssertRefusedAsync(ModbusClient client, byte code)
    {
        ushort at = (ushort)(9000 + code);
        Func<Task>[] calls =
        [
            async () => await client.ReadBitsAsync(1, BitTable.Coils, at, 1, default),
            async () => await client.ReadBitsAsync(1, BitTable.DiscreteInputs, at, 1, default),
            async () => await client.ReadRegistersAsync(1, RegisterTable.Holding, at, 1, default),
            async () => await client.ReadRegistersAsync(1, RegisterTable.Input, at, 1, default),
            async () => await client.WriteCoilAsync(1, at, true, default),
            async () => await client.WriteRegisterAsync(1, at, 1, default),
            async () => await client.WriteCoilsAsync(1, at, new bool[] { true }, default),
            async () => await client.WriteRegistersAsync(1, at, new ushort[] { 1 }, default),
            async () => await client.ReadWriteRegistersAsync(1, at, 1, 0, new ushort[] { 1 }, default),
        ];
        byte[] functions = [1, 2, 3, 4, 5, 6, 15, 16, 23];
        for (int i = 0; i < calls.Length; i++)
        {
            var refused = await Assert.ThrowsAsync<ModbusException>(calls[i]);
            Assert.Equal((functions[i], code), (refused.Function, refused.Code));
        }
    }
}

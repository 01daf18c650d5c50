using System.Net;
using System.Text.Json;
using CoMaKo.Devices.Linux;
using CoMaKo.Devices.Protocols.Modbus;
using CoMaKo.Testing;

namespace CoMaKo.Devices.Tests.Modbus;

/// <summary>Our server against a pymodbus client: all functions, all exception codes, every framing.</summary>
public sealed class PymodbusClientTests
{
    [RequiresTheory(Peer.Pymodbus)]
    [InlineData(ModbusFraming.Tcp)]
    [InlineData(ModbusFraming.RtuOverTcp)]
    [InlineData(ModbusFraming.Rtu)]
    public async Task Server_PymodbusClient_AllFunctionsAndExceptionCodes(ModbusFraming framing)
    {
        await using var terminal = PseudoTerminal.Create();
        using var listener = new TcpLinkListener(new(IPAddress.Loopback, 0));
        using var stop = new CancellationTokenSource();
        var server = new ModbusServer(new RefusingStore(), framing, TimeProvider.System);
        var serving = framing == ModbusFraming.Rtu ? server.ServeAsync(terminal, stop.Token) : ServeFirstAsync(listener, server, stop.Token);
        using var python = Pymodbus.Start(
            "modbus_client.py", Pymodbus.NameOf(framing), framing == ModbusFraming.Rtu ? terminal.Path : listener.EndPoint.Port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        string output = await python.StandardOutput.ReadToEndAsync();
        Assert.True(python.WaitForExit(10_000), "The peer does not end.");
        string errors = await python.StandardError.ReadToEndAsync();
        await stop.CancelAsync();
        await serving;

        var calls = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToDictionary(e => e.GetProperty("call").GetString()!);
        Assert.True(calls.Count == 12 + Pymodbus.ExceptionCodes.Length && !output.Contains("failed", StringComparison.Ordinal), output + errors);
        AssertValues(calls);
        Assert.Equal(2, calls["beyond"].GetProperty("exception").GetInt32());
        Assert.All(Pymodbus.ExceptionCodes, code => Assert.Equal(code, calls[$"exception_{code}"].GetProperty("exception").GetInt32()));
    }

    private static void AssertValues(Dictionary<string, JsonElement> calls)
    {
        Assert.Equal(Enumerable.Range(3, 10).Select(i => i % 3 == 0), Bits("read_coils"));
        Assert.Equal(Enumerable.Range(0, 2000).Select(i => i % 3 == 0), Bits("read_discrete_inputs"));
        Assert.Equal(Enumerable.Range(5, 125).Select(i => 7 * i), Registers("read_holding_registers"));
        Assert.Equal([55, 66, 77], Registers("read_input_registers"));
        Assert.Equal([1000, 1, 2, 1003], Registers("readwrite_registers"));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => i % 2 == 0), Bits("read_back_coils"));
        Assert.Equal([4711], Registers("read_back"));

        IEnumerable<bool> Bits(string call) => calls[call].GetProperty("value").EnumerateArray().Select(e => e.GetBoolean());
        IEnumerable<int> Registers(string call) => calls[call].GetProperty("value").EnumerateArray().Select(e => e.GetInt32());
    }

    private static async Task ServeFirstAsync(TcpLinkListener listener, ModbusServer server, CancellationToken stop)
    {
        await foreach (var link in listener.AcceptAsync(stop))
        {
            await using (link) await server.ServeAsync(link, stop);
            return;
        }
    }

    /// <summary>The peer's registers and bits; addresses 9001 to 9011 are refused with that code.</summary>
    private sealed class RefusingStore : IModbusServerStore
    {
        private readonly ModbusTables tables = new();

        public RefusingStore()
        {
            bool[] bits = [.. Enumerable.Range(0, 2048).Select(i => i % 3 == 0)];
            tables.Set(1, BitTable.Coils, 0, bits);
            tables.Set(1, BitTable.DiscreteInputs, 0, bits);
            tables.Set(1, RegisterTable.Holding, 0, [.. Enumerable.Range(0, 256).Select(i => (ushort)(7 * i))]);
            tables.Set(1, RegisterTable.Input, 0, [.. Enumerable.Range(0, 256).Select(i => (ushort)(11 * i))]);
        }

        public bool Serves(byte unit) => tables.Serves(unit);

        public byte ReadBits(byte unit, BitTable table, ushort start, Span<bool> values) => tables.ReadBits(unit, table, start, values);

        public byte ReadRegisters(byte unit, RegisterTable table, ushort start, Span<ushort> values) =>
            start is > 9000 and < 9012 ? (byte)(start - 9000) : tables.ReadRegisters(unit, table, start, values);

        public byte WriteCoils(byte unit, ushort start, ReadOnlySpan<bool> values) => tables.WriteCoils(unit, start, values);

        public byte WriteRegisters(byte unit, ushort start, ReadOnlySpan<ushort> values) => tables.WriteRegisters(unit, start, values);
    }
}

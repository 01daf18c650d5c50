using System.Diagnostics;
using System.Net;
using System.Text.Json;
using CoMaKo.Devices.Linux;
using CoMaKo.Devices.Protocols.Modbus;
using CoMaKo.Testing;

namespace CoMaKo.Devices.Tests.Modbus;

/// <summary>Our client against a pymodbus server and our server against a pymodbus client: all functions, all exception codes, every framing.</summary>
public sealed class PymodbusTests
{
    private static readonly byte[] ExceptionCodes = [1, 2, 3, 4, 5, 6, 8, 10, 11];

    [RequiresTheory(Peer.Pymodbus)]
    [InlineData(ModbusFraming.Tcp)]
    [InlineData(ModbusFraming.RtuOverTcp)]
    [InlineData(ModbusFraming.Rtu)]
    public async Task Client_PymodbusServer_AllFunctionsAndExceptionCodes(ModbusFraming framing)
    {
        await using var terminal = PseudoTerminal.Create();
        using var python = Start("modbus_server.py", framing == ModbusFraming.Rtu ? ["serial", terminal.Path] : [NameOf(framing)]);
        string ready = await python.StandardOutput.ReadLineAsync() ?? await python.StandardError.ReadToEndAsync();
        Assert.StartsWith("ready ", ready, StringComparison.Ordinal);
        IByteLink link = framing == ModbusFraming.Rtu ? terminal : new TcpLink("127.0.0.1", int.Parse(ready[6..], System.Globalization.CultureInfo.InvariantCulture));
        var statistics = new LinkStatistics();
        await using var bus = new ModbusBus(link, new(framing) { Timeout = TimeSpan.FromSeconds(5) }, TimeProvider.System);
        var client = bus.For(new("peer"), statistics);

        await ReadAndWriteAsync(client);
        foreach (byte code in ExceptionCodes) await AssertRefusedAsync(client, code);
        var beyond = await Assert.ThrowsAsync<ModbusException>(async () => await client.ReadRegistersAsync(1, RegisterTable.Holding, 255, 2, default));
        Assert.Equal(2, beyond.Code);
        Assert.Equal((0, 0), (statistics.Timeouts, statistics.CrcErrors));
        python.StandardInput.Close();
        await python.WaitForExitAsync();
    }

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
        using var python = Start(
            "modbus_client.py", NameOf(framing), framing == ModbusFraming.Rtu ? terminal.Path : listener.EndPoint.Port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        string output = await python.StandardOutput.ReadToEndAsync();
        Assert.True(python.WaitForExit(10_000), "The peer does not end.");
        string errors = await python.StandardError.ReadToEndAsync();
        await stop.CancelAsync();
        await serving;

        var calls = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToDictionary(e => e.GetProperty("call").GetString()!);
        Assert.True(calls.Count == 12 + ExceptionCodes.Length && !output.Contains("failed", StringComparison.Ordinal), output + errors);
        AssertValues(calls);
        Assert.Equal(2, calls["beyond"].GetProperty("exception").GetInt32());
        Assert.All(ExceptionCodes, code => Assert.Equal(code, calls[$"exception_{code}"].GetProperty("exception").GetInt32()));
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

    private static Process Start(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo(Peers.Python) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Repository.At("tests", "CoMaKo.Devices.Tests", "peers", script));
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    private static string NameOf(ModbusFraming framing) => framing switch { ModbusFraming.Tcp => "tcp", ModbusFraming.RtuOverTcp => "rtu-over-tcp", _ => "serial" };

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

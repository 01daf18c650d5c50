using System.Net;
using CoMaKo.Devices.Linux;
using CoMaKo.Devices.Protocols.Modbus;

namespace CoMaKo.Devices.Tests.Modbus;

/// <summary>Our server and our client on a real socket, with faults between them.</summary>
public sealed class ModbusServerTests : IAsyncLifetime
{
    private readonly TcpLinkListener listener = new(new(IPAddress.Loopback, 0));
    private readonly CancellationTokenSource stop = new(TimeSpan.FromSeconds(30));
    private readonly ModbusTables tables = new();
    private readonly LinkStatistics statistics = new();
    private ModbusServer server = null!;
    private Task serving = Task.CompletedTask;

    public Task InitializeAsync()
    {
        tables.Set(1, RegisterTable.Holding, 0, 10, 11, 12);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Dispose();
        await serving;
        stop.Dispose();
    }

    [Theory]
    [InlineData(ModbusFraming.Tcp)]
    [InlineData(ModbusFraming.RtuOverTcp)]
    public async Task ReadRegisters_EveryFaultInTurn_IsAnErrorThenWorksAgain(ModbusFraming framing)
    {
        await using var bus = Serve(framing, TimeSpan.FromMilliseconds(800));
        var client = bus.For(new("m"), statistics);
        (Action<ModbusServerFaults> On, Action<ModbusServerFaults> Off)[] faults =
        [
            (f => f.IsSilent = true, f => f.IsSilent = false), (f => f.CorruptsFrames = true, f => f.CorruptsFrames = false),
            (f => f.CutsFrames = true, f => f.CutsFrames = false), (f => f.Delay = TimeSpan.FromMilliseconds(1600), f => f.Delay = TimeSpan.Zero),
            (f => f.Refuses = 6, f => f.Refuses = null),
        ];
        foreach (var (on, off) in faults)
        {
            on(server.Faults);
            var e = await Record.ExceptionAsync(async () => await client.ReadRegistersAsync(1, RegisterTable.Holding, 0, 3, default));
            Assert.True(e is IOException or TimeoutException, e?.ToString() ?? "a value came through");
            off(server.Faults);
            Assert.Equal([11], await client.ReadRegistersAsync(1, RegisterTable.Holding, 1, 1, default));
        }

        Assert.Equal(faults.Length, statistics.GoodFrames);
    }

    [Fact]
    public async Task ReadRegisters_NoiseBeforeAnRtuAnswer_IsPassedOver()
    {
        await using var device = new FakeDevice(async (request, link, ct) =>
            await link.WriteAsync((byte[])[0, 0xFF, 1, 3, .. RtuFrame.Write(1, [3, 2, 0, request[3]])], ct));
        await using var bus = new ModbusBus(device.Connect(), new(ModbusFraming.RtuOverTcp) { Timeout = TimeSpan.FromSeconds(20) }, TimeProvider.System);

        Assert.Equal([7], await bus.For(new("m"), statistics).ReadRegistersAsync(1, RegisterTable.Holding, 7, 1, default));
    }

    [Fact]
    public async Task Serve_RtuNoiseOrUnknownFunction_DoesNotStopIt()
    {
        await using var bus = Serve(ModbusFraming.RtuOverTcp, TimeSpan.FromSeconds(5));
        await using var raw = new TcpLink("127.0.0.1", listener.EndPoint.Port);
        await raw.OpenAsync(stop.Token);
        var random = new Random(3);
        for (int i = 0; i < 5; i++)
        {
            var noise = new byte[random.Next(1, 40)];
            random.NextBytes(noise);
            await raw.WriteAsync(noise, stop.Token);
            await Task.Delay(TimeSpan.FromMilliseconds(150), TimeProvider.System);
        }

        await raw.WriteAsync(RtuFrame.Write(1, [43, 14, 1, 0]), stop.Token);
        var answer = new byte[16];
        int count = await raw.ReadAsync(answer, stop.Token);

        Assert.Equal(RtuFrame.Write(1, [0x80 | 43, 1]), answer[..count]);
        await raw.WriteAsync(RtuFrame.Write(9, ModbusPdu.Encode(new ReadRegistersRequest(RegisterTable.Holding, 0, 1))), stop.Token); // another unit's: silence
        await raw.WriteAsync(RtuFrame.Write(1, ModbusPdu.Encode(new ReadRegistersRequest(RegisterTable.Holding, 2, 1))), stop.Token);
        count = await raw.ReadAsync(answer, stop.Token);
        Assert.Equal(RtuFrame.Write(1, [3, 2, 0, 12]), answer[..count]);
    }

    [Fact]
    public void Answer_RandomRequests_NeverThrowsAndKeepsTheLimits()
    {
        var answering = new ModbusServer(tables, ModbusFraming.Tcp, TimeProvider.System);
        var random = new Random(4);
        for (int i = 0; i < 100_000; i++)
        {
            var pdu = new byte[random.Next(0, 30)];
            random.NextBytes(pdu);
            if (pdu.Length > 4 && random.Next(2) == 0) (pdu[0], pdu[1], pdu[3]) = ((byte)random.Next(1, 24), 0, 0);
            Assert.InRange(answering.Answer(1, pdu).Length, 2, ModbusPdu.MaxLength);
        }
    }

    private ModbusBus Serve(ModbusFraming framing, TimeSpan timeout)
    {
        server = new(tables, framing, TimeProvider.System);
        serving = ServeAllAsync();
        return new(new TcpLink("127.0.0.1", listener.EndPoint.Port), new(framing) { Timeout = timeout }, TimeProvider.System);
    }

    private async Task ServeAllAsync()
    {
        var clients = new List<Task>();
        await foreach (var link in listener.AcceptAsync(stop.Token))
        {
            clients.Add(ServeOneAsync(link));
        }

        await Task.WhenAll(clients);
    }

    private async Task ServeOneAsync(IByteLink link)
    {
        await using (link) await server.ServeAsync(link, stop.Token);
    }
}

using CoMaKo.Devices.Protocols.Modbus;

namespace CoMaKo.Devices.Tests.Modbus;

/// <summary>What every part behind the Modbus client does, right answers or wrong ones; foreign peers are in <see cref="ModbusPeerContract"/>.</summary>
public abstract class ModbusClientContract
{
    private static readonly DeviceId Meter = new("meter");

    /// <summary>For tests that wait for a deadline; long enough for a busy machine to answer within it.</summary>
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);

    private readonly LinkStatistics statistics = new();
    private readonly RecordingTap tap = new();

    protected abstract ModbusBus Create(IByteLink link, ModbusBusOptions options);

    /// <summary>Answers a Modbus TCP read of one register with its own address, so that each answer shows which request it belongs to.</summary>
    private static byte[] AddressOf(byte[] request, int transactionOffset = 0) =>
        [(byte)((request[0] << 8 | request[1]) + transactionOffset >> 8), (byte)(request[1] + transactionOffset), 0, 0, 0, 5, request[6], request[7], 2, request[8], request[9]];

    [Fact]
    public async Task ReadRegisters_OldTransactionIdFirst_IsDroppedAndCounted()
    {
        await using var device = new FakeDevice(async (request, link, ct) =>
        {
            byte[] late = AddressOf(request, transactionOffset: -1);
            late[^1] = 0xEE;
            await link.WriteAsync((byte[])[.. late, .. AddressOf(request)], ct);
        });
        await using var bus = Bus(device);

        Assert.Equal([7], await bus.For(Meter, statistics, tap).ReadRegistersAsync(1, RegisterTable.Holding, 7, 1, default));
        Assert.Equal((1, 1), (statistics.GoodFrames, statistics.OtherErrors));
        Assert.Equal([FrameFault.WrongTransaction, null], tap.Frames.Select(f => f.Fault));
    }

    [Fact]
    public async Task ReadRegisters_AnswerAfterTimeout_NeverPairsWithNextRequest()
    {
        int asked = 0;
        await using var device = new FakeDevice(async (request, link, ct) =>
        {
            if (Interlocked.Increment(ref asked) == 1) await Task.Delay(2 * Short, TimeProvider.System, ct);
            await link.WriteAsync(AddressOf(request), ct);
        });
        await using var bus = Bus(device, Short);
        var client = bus.For(Meter, statistics, tap);

        var silence = await Assert.ThrowsAsync<TimeoutException>(async () => await client.ReadRegistersAsync(1, RegisterTable.Holding, 7, 1, default));
        Assert.Contains("another Modbus client", silence.Message, StringComparison.Ordinal);
        for (ushort address = 100; address < 110; address++)
            Assert.Equal([address], await client.ReadRegistersAsync(1, RegisterTable.Holding, address, 1, default));
        Assert.Equal(2, device.Connections);
        Assert.Equal((10, 1, 0), (statistics.GoodFrames, statistics.Timeouts, statistics.OtherErrors));
    }

    [Fact]
    public async Task ReadRegisters_RtuAnswerAfterTimeout_NeverPairsWithNextRequest()
    {
        int asked = 0;
        await using var device = new FakeDevice(async (request, link, ct) =>
        {
            byte[] answer = RtuFrame.Write(request[0], [request[1], 2, request[2], request[3]]);
            bool late = Interlocked.Increment(ref asked) == 1;
            _ = Task.Run(
                async () =>
                {
                    if (late) await Task.Delay(Short * 1.5, TimeProvider.System, ct);
                    await link.WriteAsync(answer, ct);
                },
                ct);
        });
        // A serial line stays open after a timeout: here a TCP connection that plays one.
        await using var bus = Create(device.Connect(), new(ModbusFraming.Rtu) { Timeout = Short });
        var client = bus.For(Meter, statistics, tap);

        await Assert.ThrowsAsync<TimeoutException>(async () => await client.ReadRegistersAsync(1, RegisterTable.Holding, 7, 1, default));
        Assert.Equal([100], await client.ReadRegistersAsync(1, RegisterTable.Holding, 100, 1, default));
        Assert.Equal(1, device.Connections);
    }

    [Fact]
    public async Task ReadRegisters_CutAnswer_FailsAndSaysSo()
    {
        await using var device = new FakeDevice(async (request, link, ct) => await link.WriteAsync(AddressOf(request).AsMemory(0, 8), ct));
        await using var bus = Bus(device, Short);

        var e = await Assert.ThrowsAsync<IOException>(async () => await bus.For(Meter, statistics, tap).ReadRegistersAsync(1, RegisterTable.Holding, 7, 1, default));
        Assert.Contains("only 8 bytes", e.Message, StringComparison.Ordinal);
        Assert.Equal(FrameFault.Truncated, Assert.Single(tap.Frames).Fault);
    }

    [Fact]
    public async Task ReadRegisters_ConnectionClosedWithoutAnswer_NamesTheSecondClient()
    {
        await using var device = new FakeDevice(async (_, link, _) => await link.CloseAsync());
        await using var bus = Bus(device);
        var client = bus.For(Meter, statistics, tap);

        for (int i = 0; i < 2; i++)
        {
            var e = await Assert.ThrowsAsync<IOException>(async () => await client.ReadRegistersAsync(1, RegisterTable.Holding, 7, 1, default));
            Assert.Contains("single Modbus client", e.Message, StringComparison.Ordinal);
        }

        Assert.Equal(2, device.Connections);
    }

    public static TheoryData<string, byte[]> WrongAnswers => new()
    {
        { "another unit", [0, 1, 0, 0, 0, 5, 2, 3, 2, 0, 7] },
        { "another function", [0, 1, 0, 0, 0, 5, 1, 4, 2, 0, 7] },
        { "more registers", [0, 1, 0, 0, 0, 7, 1, 3, 4, 0, 7, 0, 8] },
        { "fewer bytes than announced", [0, 1, 0, 0, 0, 4, 1, 3, 2, 0] },
        { "protocol id not 0", [0, 1, 0, 9, 0, 5, 1, 3, 2, 0, 7] },
        { "impossible length", [0, 1, 0, 0, 0xFF, 5, 1, 3, 2, 0, 7] },
        { "text", "HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray() },
    };

    [Theory]
    [MemberData(nameof(WrongAnswers))]
    public async Task ReadRegisters_AnswerThatDoesNotFit_FailsAndReconnects(string what, byte[] answer)
    {
        await using var device = new FakeDevice(async (request, link, ct) => await link.WriteAsync(request[1] == 1 ? answer : AddressOf(request), ct));
        await using var bus = Bus(device);
        var client = bus.For(Meter, statistics, tap);

        await Assert.ThrowsAsync<IOException>(async () => await client.ReadRegistersAsync(1, RegisterTable.Holding, 7, 1, default));
        Assert.Equal([8], await client.ReadRegistersAsync(1, RegisterTable.Holding, 8, 1, default));
        Assert.Equal(2, device.Connections);
        Assert.True(tap.Frames[0].Fault == FrameFault.Malformed, what);
    }

    [Fact]
    public async Task Requests_ManyWaiting_WritesGoFirstThenInOrder()
    {
        var order = new List<ushort>();
        var first = new TaskCompletionSource();
        await using var device = new FakeDevice(async (request, link, ct) =>
        {
            lock (order) order.Add((ushort)(request[8] << 8 | request[9]));
            if (order.Count == 1) await first.Task;
            await link.WriteAsync(request[7] == 3 ? AddressOf(request) : request, ct);
        });
        await using var bus = Bus(device);
        var client = bus.For(Meter, statistics, tap);
        var running = new List<Task> { client.ReadRegistersAsync(1, RegisterTable.Holding, 1, 1, default).AsTask() };
        while (true)
        {
            lock (order) if (order.Count == 1) break;
            await Task.Yield();
        }

        running.Add(client.ReadRegistersAsync(1, RegisterTable.Holding, 2, 1, default).AsTask());
        running.Add(client.WriteRegisterAsync(1, 3, 9, default).AsTask());
        using var gone = new CancellationTokenSource();
        var given = client.ReadRegistersAsync(1, RegisterTable.Holding, 5, 1, gone.Token).AsTask();
        await gone.CancelAsync();
        running.Add(client.WriteRegisterAsync(1, 4, 9, default).AsTask());
        first.SetResult();
        await Task.WhenAll(running);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        Assert.Equal([1, 3, 4, 2], order);
    }

    [Fact]
    public async Task Dispose_RequestsWaiting_FailWithIOException()
    {
        await using var device = new FakeDevice((_, _, _) => Task.CompletedTask);
        var bus = Create(device.Connect(), new(ModbusFraming.Tcp) { Timeout = TimeSpan.FromMinutes(1) });
        var client = bus.For(Meter, statistics, tap);
        var waiting = Enumerable.Range(0, 3).Select(i => client.ReadRegistersAsync(1, RegisterTable.Holding, (ushort)i, 1, default).AsTask()).ToList();

        await bus.DisposeAsync();

        foreach (var request in waiting) await Assert.ThrowsAsync<IOException>(() => request);
        await Assert.ThrowsAsync<IOException>(async () => await client.ReadRegistersAsync(1, RegisterTable.Holding, 0, 1, default));
    }

    [Fact]
    public async Task ReadRegisters_CallerGoesWhileItIsOnTheWire_NextGetsItsOwnAnswer()
    {
        var asked = new TaskCompletionSource();
        var answer = new TaskCompletionSource();
        await using var device = new FakeDevice(async (request, link, ct) =>
        {
            if (asked.TrySetResult()) await answer.Task;
            await link.WriteAsync(AddressOf(request), ct);
        });
        await using var bus = Bus(device);
        var client = bus.For(Meter, statistics, tap);
        using var gone = new CancellationTokenSource();
        var given = client.ReadRegistersAsync(1, RegisterTable.Holding, 7, 1, gone.Token).AsTask();
        await asked.Task;
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        var next = client.ReadRegistersAsync(1, RegisterTable.Holding, 8, 1, default).AsTask();
        answer.SetResult();

        Assert.Equal([8], await next);
        Assert.Equal((2, 1), (statistics.GoodFrames, device.Connections));
    }

    [Fact]
    public async Task ReadRegisters_ManyCallersAtOnce_EachGetsItsOwnAnswers()
    {
        await using var device = new FakeDevice(async (request, link, ct) => await link.WriteAsync(AddressOf(request), ct));
        await using var bus = Bus(device);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(caller => Task.Run(async () =>
        {
            var client = bus.For(new($"meter-{caller}"), new LinkStatistics(), tap);
            for (int i = 0; i < 100; i++)
            {
                ushort address = (ushort)(1000 * caller + i);
                Assert.Equal([address], await client.ReadRegistersAsync(1, RegisterTable.Holding, address, 1, default));
            }
        })));
        Assert.Equal((800, 1), (tap.Frames.Count(f => f.Fault is null), device.Connections));
    }

    [Fact]
    public async Task ReadRegisters_RtuAnswerWithAWrongCrc_IsCountedAsSuch()
    {
        await using var device = new FakeDevice(async (request, link, ct) =>
        {
            byte[] answer = RtuFrame.Write(1, [3, 2, request[2], request[3]]);
            answer[^1] ^= (byte)(request[3] == 7 ? 0x10 : 0);
            await link.WriteAsync(answer, ct);
        });
        await using var bus = Create(device.Connect(), new(ModbusFraming.RtuOverTcp) { Timeout = Short });
        var client = bus.For(Meter, statistics, tap);

        await Assert.ThrowsAsync<IOException>(async () => await client.ReadRegistersAsync(1, RegisterTable.Holding, 7, 1, default));
        Assert.Equal((1, 0), (statistics.CrcErrors, statistics.GoodFrames));
        Assert.Equal([8], await client.ReadRegistersAsync(1, RegisterTable.Holding, 8, 1, default));
    }

    [Fact]
    public async Task Broadcast_OnASerialLine_IsWrittenAndNotWaitedFor()
    {
        var seen = new List<byte[]>();
        await using var device = new FakeDevice((request, _, _) =>
        {
            lock (seen) seen.Add(request);
            return Task.CompletedTask;
        });
        await using var bus = Create(device.Connect(), new(ModbusFraming.Rtu) { Timeout = TimeSpan.FromMinutes(1), Turnaround = TimeSpan.FromMilliseconds(200) });
        var client = bus.For(Meter, statistics, tap);

        await client.WriteCoilAsync(0, 1, true, default);
        await client.WriteRegisterAsync(0, 2, 0x1234, default);
        await client.WriteCoilsAsync(0, 3, new[] { true, false, true }, default);
        await client.WriteRegistersAsync(0, 4, new ushort[] { 5, 6 }, default);
        await Assert.ThrowsAsync<IOException>(async () => await client.ReadRegistersAsync(0, RegisterTable.Holding, 0, 1, default));
        byte[][] expected = [[5, 0, 1, 0xFF, 0], [6, 0, 2, 0x12, 0x34], [15, 0, 3, 0, 3, 1, 5], [16, 0, 4, 0, 2, 4, 0, 5, 0, 6]];
        Assert.Equal(expected.SelectMany(pdu => RtuFrame.Write(0, pdu)), seen.SelectMany(bytes => bytes));
    }

    private ModbusBus Bus(FakeDevice device, TimeSpan? timeout = null) => Create(device.Connect(), new(ModbusFraming.Tcp) { Timeout = timeout ?? TimeSpan.FromSeconds(20) });
}

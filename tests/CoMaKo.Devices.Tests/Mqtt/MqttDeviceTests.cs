using System.Text;
using CoMaKo.Devices.Protocols.Mqtt;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.Devices.Tests.Mqtt;

public sealed class MqttDeviceTests
{
    private static readonly Duration Period = Duration.FromSeconds(10);

    private readonly FakeTimeProvider clock = new();
    private readonly QueuedInbox inbox = new();
    private readonly LinkStatistics statistics = new();

    [Fact]
    public async Task Read_FreshMessage_IsAReadingAtItsArrival()
    {
        var readings = Start(Power());
        Send("p", "1200.5");
        var reading = await NextAsync(readings);
        Assert.Equal((1200.5m, Instant.FromDateTimeOffset(clock.GetUtcNow())), (reading.Find(Measurand.ActivePower), reading.At));
        Assert.Equal(1, statistics.GoodFrames);
    }

    [Fact]
    public async Task Read_RetainedMessage_IsNone()
    {
        var readings = Start(Power());
        Send("p", "1", retained: true);
        Send("p", "2");
        Assert.Equal(2, (await NextAsync(readings)).Find(Measurand.ActivePower));
    }

    [Fact]
    public async Task Read_AnyMessage_IsShownWithItsTopicAndWhetherItWasKept()
    {
        var tap = new TopicTap();
        var readings = new Listening(new MqttDevice(inbox, Power(), new(new("m"), DeviceRole.Grid), clock, statistics, tap).ReadAsync(CancellationToken.None).GetAsyncEnumerator());
        Send("p", "1", retained: true);
        Send("p", "none");
        Send("p", "2");
        await NextAsync(readings);
        Assert.Equal([("p", true, "1", null), ("p", false, "none", FrameFault.Malformed), ("p", false, "2", null)], tap.Seen);
        Assert.Equal((1, 1), (statistics.GoodFrames, statistics.OtherErrors)); // a kept one is neither good nor bad
    }

    [Fact]
    public async Task Read_MessageThatWaitedTooLong_IsNone()
    {
        var readings = Start(Power());
        clock.Advance(TimeSpan.FromSeconds(10));
        inbox.Add(new("p", "1"u8.ToArray(), 1, false, Now - Duration.FromMilliseconds(2100), Monotonic - Duration.FromMilliseconds(2100)));
        Send("p", "2");
        Assert.Equal(2, (await NextAsync(readings)).Find(Measurand.ActivePower));
    }

    [Fact]
    public async Task Read_PayloadBeyondTheLimit_IsSaidAfterThreeAndNeverAValue()
    {
        var readings = Start(Power());
        for (int i = 0; i < 3; i++) inbox.Add(new("p", ReadOnlyMemory<byte>.Empty, MqttLimits.Payload + 1, false, Now, Monotonic));
        Assert.Equal("CME-2516", (await Assert.ThrowsAsync<LinkException>(() => NextAsync(readings))).Code);
        Assert.Equal(3, statistics.OtherErrors);
    }

    [Fact]
    public async Task Read_SameFaultGoesOn_IsSaidOnceUntilAGoodMessage()
    {
        var device = Device(Power());
        var first = new Listening(device.ReadAsync(CancellationToken.None).GetAsyncEnumerator());
        var one = NextAsync(first);
        for (int i = 0; i < 3; i++) Send("p", "unavailable");
        Assert.Equal("CME-2511", (await Assert.ThrowsAsync<LinkException>(() => one)).Code);

        var second = new Listening(device.ReadAsync(CancellationToken.None).GetAsyncEnumerator());
        var two = NextAsync(second);
        for (int i = 0; i < 5; i++) Send("p", "unavailable");
        Send("p", "7");
        Assert.Equal(7, (await two).Find(Measurand.ActivePower));
    }

    [Fact]
    public async Task Read_AfterABreak_ForgetsWhatWaited()
    {
        var device = Device(Power());
        Send("p", "1");
        var readings = new Listening(device.ReadAsync(CancellationToken.None).GetAsyncEnumerator());
        var next = NextAsync(readings);
        Send("p", "2");
        Assert.Equal(2, (await next).Find(Measurand.ActivePower));
    }

    [Fact]
    public async Task Read_SeveralTopics_CarryMomentaryValuesAsLongAsTheyAreFreshAndNeverEnergy()
    {
        var map = new MqttMeterMap([new("p", JsonPath.Root, Measurand.ActivePower, 1), new("e", JsonPath.Root, Measurand.ActiveEnergyImport, 1000), new("v", JsonPath.Root, Measurand.VoltageL1, 1)], Period);
        var readings = Start(map);
        Send("p", "500");
        await NextAsync(readings);
        clock.Advance(TimeSpan.FromSeconds(4));
        Send("e", "3.5");
        var energy = await NextAsync(readings);
        Assert.Equal((3500m, 500m), (energy.Find(Measurand.ActiveEnergyImport), energy.Find(Measurand.ActivePower)));

        clock.Advance(TimeSpan.FromSeconds(5));
        Send("v", "230");
        var voltage = await NextAsync(readings);
        Assert.Equal((230m, 500m, null), (voltage.Find(Measurand.VoltageL1), voltage.Find(Measurand.ActivePower), voltage.Find(Measurand.ActiveEnergyImport)));

        clock.Advance(TimeSpan.FromSeconds(2));
        Send("v", "231");
        Assert.Null((await NextAsync(readings)).Find(Measurand.ActivePower));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(-29, true)]
    [InlineData(-31, false)]
    [InlineData(59, true)]
    [InlineData(61, false)]
    public async Task Read_DeviceTime_MustBeNearTheGateways(int seconds, bool taken)
    {
        var readings = Start(Timed());
        SendAt(seconds, 1);
        var next = NextAsync(readings);
        if (taken)
        {
            Assert.Equal(1, (await next).Find(Measurand.ActivePower));
            return;
        }

        SendAt(seconds, 2);
        SendAt(seconds, 3);
        Assert.Equal("CME-2517", (await Assert.ThrowsAsync<LinkException>(() => next)).Code);
    }

    [Fact]
    public async Task Read_DeviceTimeThatStandsStill_IsNoReading()
    {
        var readings = Start(Timed());
        SendAt(0, 1);
        await NextAsync(readings);
        clock.Advance(TimeSpan.FromSeconds(1));
        SendAt(-1, 1); // the same second again
        SendAt(0, 2);
        Assert.Equal(2, (await NextAsync(readings)).Find(Measurand.ActivePower));
    }

    [Fact]
    public async Task Read_MeterBeforeAPlant_IsMountedAsOtherMetersAre()
    {
        var map = MqttFormats.TasmotaSml("m", "SML", Period);
        var device = new MqttDevice(inbox, map, new(new("pv"), DeviceRole.Pv) { Invert = true, Ratio = 2 }, clock, statistics);
        var readings = new Listening(device.ReadAsync(CancellationToken.None).GetAsyncEnumerator());
        var next = NextAsync(readings);
        Send("m", """{"SML":{"Power_curr":-100,"Total_out":5}}""");
        var reading = await next;
        Assert.Equal((200m, 10_000m), (reading.Find(Measurand.ActivePower), reading.Find(Measurand.ActiveEnergyExport)));
    }

    private Instant Now => Instant.FromDateTimeOffset(clock.GetUtcNow());

    private Duration Monotonic => Duration.FromTimeSpan(clock.GetElapsedTime(0));

    private static MqttMeterMap Power() => new([new("p", JsonPath.Root, Measurand.ActivePower, 1)], Period);

    private static MqttMeterMap Timed() => new([new("p", JsonPath.Parse("w").GetValueOrThrow(), Measurand.ActivePower, 1)], Period) { Time = (JsonPath.Parse("t").GetValueOrThrow(), MqttTimeForm.UnixSeconds) };

    private MqttDevice Device(MqttMeterMap map) => new(inbox, map, new(new("m"), DeviceRole.Grid), clock, statistics);

    /// <summary>A device that already listens.</summary>
    private Listening Start(MqttMeterMap map) => new(Device(map).ReadAsync(CancellationToken.None).GetAsyncEnumerator());

    private static Task<Reading> NextAsync(Listening readings) => readings.NextAsync();

    /// <summary>Asks for the next reading as soon as the last was taken, as the device's loop does.</summary>
    private sealed class Listening
    {
        private readonly IAsyncEnumerator<Reading> readings;
        private Task<bool> next;

        public Listening(IAsyncEnumerator<Reading> readings)
        {
            this.readings = readings;
            next = readings.MoveNextAsync().AsTask();
        }

        public async Task<Reading> NextAsync()
        {
            Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(10)));
            var reading = readings.Current;
            next = readings.MoveNextAsync().AsTask();
            return reading;
        }
    }

    private void Send(string topic, string payload, bool retained = false)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(payload);
        inbox.Add(new(topic, bytes, bytes.Length, retained, Now, Monotonic));
    }

    private void SendAt(int seconds, int watts) => Send("p", FormattableString.Invariant($$"""{"w":{{watts}},"t":{{clock.GetUtcNow().AddSeconds(seconds).ToUnixTimeSeconds()}}}"""));

    private sealed class TopicTap : IFrameTap
    {
        public List<(string Topic, bool IsRetained, string Payload, FrameFault? Fault)> Seen { get; } = [];

        public void Frame(DeviceId device, WireProtocol protocol, ReadOnlySpan<byte> bytes, FrameFault? fault) => throw new InvalidOperationException("A message has a topic.");

        public void Message(DeviceId device, string topic, bool isRetained, ReadOnlySpan<byte> payload, FrameFault? fault) => Seen.Add((topic, isRetained, Encoding.UTF8.GetString(payload), fault));
    }
}

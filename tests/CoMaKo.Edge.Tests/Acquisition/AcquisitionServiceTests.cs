using System.Runtime.CompilerServices;
using System.Threading.Channels;
using CoMaKo.Devices;
using CoMaKo.Edge.Acquisition;
using CoMaKo.Quantities;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.Edge.Tests.Acquisition;

/// <summary>The service with all its loops on a clock that the test moves.</summary>
public sealed class AcquisitionServiceTests : IAsyncLifetime
{
    private readonly FakeTimeProvider time = new(Readings.Start.ToDateTimeOffset());
    private readonly MemoryStore store = new();
    private readonly ScriptedDevice device = new(Readings.Device);
    private readonly CancellationTokenSource stop = new();
    private readonly AcquisitionService service;
    private Task running = Task.CompletedTask;
    private double now;

    public AcquisitionServiceTests()
    {
        var options = new AcquisitionOptions(new GatewayId("gw-1"), Instant.FromUtc(2026, 1, 1, 0, 0), AcquisitionOptions.DefaultClockStepTolerance);
        service = new AcquisitionService([new AcquiredDevice(device, new DeviceSettings())], store, store, new TestClockSource(), time, options);
    }

    public Task InitializeAsync()
    {
        running = service.RunAsync(stop.Token);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await stop.CancelAsync();
        await running;
    }

    private DeviceStatus Status => service.Current.Devices.Single().Status;

    /// <summary>Moves time second by second and lets the loops run.</summary>
    private async Task PassAsync(int seconds, Func<double, Reading?>? reading = null)
    {
        for (int i = 0; i < seconds; i++)
        {
            long turns = service.Progress.Length > 0 ? service.Progress[0].Count : 0;
            time.Advance(TimeSpan.FromSeconds(1));
            now++;
            if (reading?.Invoke(now) is { } next) await device.SendAsync(next);
            await UntilAsync(() => service.Progress.Length > 0 && service.Progress[0].Count > turns);
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (int i = 0; i < 2_000 && !condition(); i++) await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        Assert.True(condition());
    }

    private static Reading Rising(double second) => Readings.Of(second, Readings.Import(1000m + (decimal)second), Readings.Power(3600m));

    [Fact]
    public async Task RunAsync_ReadingsOverABorder_ArePicturedAndBooked()
    {
        var seen = new List<BuildingSnapshot>();
        service.SnapshotChanged += seen.Add;
        await PassAsync(910, Rising);
        await UntilAsync(() => store.Totals.Any());
        Assert.Equal(1900, store.Totals.Single().Total.WattHours);
        Assert.Equal((DeviceStatusKind.Ok, Power.FromWatts(3600)), (Status.Kind, service.Current.PowerOf(DeviceRole.Grid)));
        Assert.Equal(ClockState.Synced, service.Clock.State);
        Assert.Equal(store.Totals.Single(), service.Registers.Single().LastTotal);
        Assert.NotEmpty(seen);
        Assert.NotNull(store.State(ClockWatch.StateKey));
    }

    [Fact]
    public async Task RunAsync_LinkBreaks_IsSaidAndWaitedOutWithGrowingDelay()
    {
        await PassAsync(3, Rising);
        device.Fail("no such port");
        await UntilAsync(() => Status.Kind == DeviceStatusKind.Faulted);
        Assert.Equal((EventCodes.DeviceFaulted, "no such port"), (Status.Code, Status.Reason));
        device.FailAlways = "no such port";
        await PassAsync(200);
        Assert.InRange(device.Opened, 7, 9); // after 1, 2, 4, 8, 16, 32, 60 and 60 s
        device.FailAlways = null;
        await PassAsync(61);
        await PassAsync(1, Rising);
        await UntilAsync(() => Status.Kind == DeviceStatusKind.Ok);
        await PassAsync(3);
        await UntilAsync(() => store.Events.Any(e => e.Code == EventCodes.DeviceBack));
    }

    [Fact]
    public async Task RunAsync_SilentDevice_IsStaleAfterThreePeriods()
    {
        await PassAsync(2, Rising);
        await UntilAsync(() => Status.Kind == DeviceStatusKind.Ok);
        await PassAsync(2);
        Assert.Equal(DeviceStatusKind.Ok, Status.Kind);
        await PassAsync(2);
        await UntilAsync(() => Status.Kind == DeviceStatusKind.Stale);
        Assert.Null(service.Current.PowerOf(DeviceRole.Grid));
    }

    [Fact]
    public async Task RunAsync_StoreRefuses_GoesOnAndBooksLater()
    {
        store.Refuses = "disk full";
        await PassAsync(1000, Rising);
        Assert.Equal((DeviceStatusKind.Ok, "disk full"), (Status.Kind, service.Writer.Fault));
        Assert.Empty(store.Records);
        store.Refuses = null;
        await PassAsync(62, Rising);
        await UntilAsync(() => store.Totals.Any());
        Assert.Equal(1900, store.Totals.Single().Total.WattHours);
    }

    [Fact]
    public async Task RunAsync_MeterBehindTwoDevices_IsBookedOnce()
    {
        var second = new ScriptedDevice(new DeviceId("roof"));
        var both = new AcquisitionService([new AcquiredDevice(device, new DeviceSettings()), new AcquiredDevice(second, new DeviceSettings())], store, store, new TestClockSource(), time,
            new AcquisitionOptions(new GatewayId("gw-1"), Instant.FromUtc(2026, 1, 1, 0, 0), AcquisitionOptions.DefaultClockStepTolerance));
        await DisposeAsync();
        using var end = new CancellationTokenSource();
        var run = both.RunAsync(end.Token);
        await device.SendAsync(Rising(1));
        await UntilAsync(() => both.Current.Devices[0].Last is not null);
        await second.SendAsync(Rising(1) with { Device = second.Id });
        await UntilAsync(() => both.Current.Devices[1].Last is not null);
        await end.CancelAsync();
        await run;
        Assert.Single(store.Segments);
        Assert.Equal("roof", store.Events.Single(e => e.Code == EventCodes.MeterReadTwice).Source);
    }

    [Fact]
    public async Task RunAsync_Stopped_AppendsWhatIsBooked()
    {
        await PassAsync(5, Rising);
        await DisposeAsync();
        Assert.Equal(SegmentReason.Commissioned, store.Segments.Single().Reason);
    }

    /// <summary>A device whose readings and faults the test hands in.</summary>
    private sealed class ScriptedDevice(DeviceId id) : IDevice
    {
        private readonly Channel<Reading?> script = Channel.CreateUnbounded<Reading?>();
        private string fault = "";
        private int opened;

        public DeviceId Id => id;

        public DeviceRole Role => DeviceRole.Grid;

        public Duration ExpectedPeriod => Duration.FromSeconds(1);

        public string? FailAlways { get; set; }

        public int Opened => opened;

        public ValueTask SendAsync(Reading reading) => script.Writer.WriteAsync(reading);

        public void Fail(string reason)
        {
            fault = reason;
            script.Writer.TryWrite(null);
        }

        public async IAsyncEnumerable<Reading> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref opened);
            if (FailAlways is { } reason) throw new IOException(reason);
            await foreach (var reading in script.Reader.ReadAllAsync(cancellationToken))
                yield return reading ?? throw new IOException(fault);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

using CoMaKo.Devices;
using CoMaKo.Devices.Simulator;
using CoMaKo.Edge.Configuration;
using CoMaKo.Edge.Hosting;
using CoMaKo.Edge.Storage;
using CoMaKo.Edge.Tests.Storage;
using CoMaKo.Quantities;
using CoMaKo.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;

namespace CoMaKo.Edge.Tests.Hosting;

public sealed class KeptPulsesTests : IDisposable
{
    private const int Line = 4;
    private readonly SqliteControlStore store = SqliteControlStore.Volatile();
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 11, 21, 11, 59, 45, TimeSpan.Zero));
    [Fact]
    public async Task Read_StoppedInOrder_GoesOnWithEveryPulse()
    {
        await using (var first = await Run.StartAsync(this, New()))
        {
            Assert.Equal(4_711_000m, first.Total);
            await first.PulsesAsync(7);
        }

        await using var second = await Run.StartAsync(this, New());
        Assert.Equal(4_711_007m, second.Total);
        await second.PulsesAsync(2);
        Assert.Equal(4_711_009m, second.Total);
    }

    [Fact]
    public async Task Read_PowerCut_LosesAtMostTenSecondsAndAddsNothing()
    {
        var cut = await Run.StartAsync(this, New());
        await cut.PulsesAsync(30); // one a second
        decimal seen = cut.Total;
        var after = New(); // the first is never stopped: its last seconds are only in memory

        // Seconds, not pulses: on a busy machine the clock of the test may stand still between two readings.
        Assert.InRange(await after.FirstTotalAsync(), seen - cut.PulsesSince(cut.At - Duration.FromSeconds(10)), seen);
        Assert.True(cut.PulsesSince(cut.At - Duration.FromSeconds(10)) < 30);
        await cut.DisposeAsync();
    }

    [Fact]
    public async Task Read_PowerCutAfterAQuarterHour_NeverFallsBelowTheBookedTotal()
    {
        var cut = await Run.StartAsync(this, New());
        decimal booked = 0;
        for (int i = 0; i < 40 && booked == 0; i++)
        {
            await cut.PulsesAsync(1);
            if (cut.At >= Instant.FromUtc(2026, 11, 21, 12, 0)) booked = cut.Total; // the first reading of the new quarter hour closes the old one
        }

        Assert.True(booked > 4_711_000);
        Assert.True(await New().FirstTotalAsync() >= booked);
        await cut.DisposeAsync();
    }

    [Theory]
    [InlineData(1000, 9000, 9_000_000)]
    [InlineData(500, 4711, 4_711_000)]
    public async Task Read_OtherMeterInTheBuildingFile_BeginsAtItsReading(int impulses, int start, int expected)
    {
        await using (var first = await Run.StartAsync(this, New())) await first.PulsesAsync(7);
        Assert.Equal(expected, await New(impulses, start).FirstTotalAsync());
    }

    [Fact]
    public async Task Read_StoreRefuses_GoesOnCounting()
    {
        using var folder = new StoreFolder();
        using var onDisk = SqliteControlStore.Open(folder.Path, clock).Store;
        await using var run = await Run.StartAsync(this, New(memory: onDisk));
        using (var connection = new SqliteConnection($"Data Source={Path.Combine(folder.Path, "control.db")};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "DROP TABLE state";
            command.ExecuteNonQuery();
        }

        await run.PulsesAsync(12);
        Assert.Equal(4_711_012m, run.Total);
    }

    public void Dispose() => store.Dispose();

    private Started New(int impulses = 1000, int start = 4711, SqliteControlStore? memory = null)
    {
        var configured = new ConfiguredDevice(new("workshop"), "Workshop", DeviceRole.Load, "", DeviceDriver.S0, null, 1, false, 1, Duration.FromSeconds(1), null)
        {
            Pulses = new("gpiochip0", Line, impulses, Duration.FromMilliseconds(30), new(start * 1000L)),
        };
        // Each process has the line to itself.
        var own = new SimulatedGpio(8, clock);
        own.Drive(Line, true);
        return new(new(configured, own, Power.FromWatts(30_000), memory ?? store, clock, clock, NullLogger.Instance), own);
    }

    /// <summary>A process that has just begun.</summary>
    private sealed record Started(KeptPulses Device, SimulatedGpio Chip)
    {
        public async Task<decimal> FirstTotalAsync()
        {
            await using var readings = Device.ReadAsync(default).GetAsyncEnumerator();
            Assert.True(await readings.MoveNextAsync());
            return readings.Current.Find(Measurand.ActiveEnergyImport)!.Value;
        }
    }

    /// <summary>A process that reads each second.</summary>
    private sealed class Run(KeptPulsesTests test, Started started) : IAsyncDisposable
    {
        /// <summary>For a thread that gets no processor; nothing waits that long otherwise.</summary>
        private static readonly TimeSpan End = TimeSpan.FromSeconds(60);

        private readonly IAsyncEnumerator<Reading> readings = started.Device.ReadAsync(default).GetAsyncEnumerator();
        private readonly List<Instant> pulses = [];

        public decimal Total => readings.Current.Find(Measurand.ActiveEnergyImport)!.Value;

        public Instant At => readings.Current.At;

        /// <summary>Pulses that were first read after this time.</summary>
        public int PulsesSince(Instant time) => pulses.Count(at => at > time);

        public static async Task<Run> StartAsync(KeptPulsesTests test, Started started)
        {
            var run = new Run(test, started);
            Assert.True(await run.readings.MoveNextAsync());
            return run;
        }

        /// <summary>One pulse a second, each read before the next.</summary>
        public async Task PulsesAsync(int count)
        {
            for (int i = 0; i < count; i++)
            {
                decimal before = Total;
                started.Chip.Drive(Line, false);
                test.clock.Advance(TimeSpan.FromMilliseconds(100));
                started.Chip.Drive(Line, true);
                test.clock.Advance(TimeSpan.FromMilliseconds(100));
                long began = TimeProvider.System.GetTimestamp();
                while (Total == before && TimeProvider.System.GetElapsedTime(began) < End) await NextAsync(); // the edge is on its way
                Assert.Equal(before + 1, Total);
                pulses.Add(At);
            }
        }

        public ValueTask DisposeAsync() => readings.DisposeAsync();

        private async Task NextAsync()
        {
            var next = readings.MoveNextAsync().AsTask();
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System); // the edge is on its way
            // A second of the clock brings the next reading; on a busy machine it is a while until it is there.
            if (!next.IsCompleted) test.clock.Advance(TimeSpan.FromMilliseconds(800));
            long began = TimeProvider.System.GetTimestamp();
            while (!next.IsCompleted && TimeProvider.System.GetElapsedTime(began) < End)
            {
                test.clock.Advance(TimeSpan.FromMilliseconds(200));
                await Task.WhenAny(next, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System));
            }

            Assert.True(await next.WaitAsync(End));
        }
    }
}

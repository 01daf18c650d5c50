using System.Globalization;
using CoMaKo.Devices;
using CoMaKo.Edge.Acquisition;
using CoMaKo.Quantities;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.Edge.Tests.Acquisition;

/// <summary>The pure parts of acquisition behind one device, put together as the service does, without its loops. A new one is a new process on the same store.</summary>
internal sealed class GatewayUnderTest
{
    public static readonly DeviceId Device = new("grid");
    private static readonly GatewayId Gateway = new("gw-1");

    private readonly MemoryStore store;
    private readonly PlausibilityFilter filter;
    private readonly DeviceBook book;
    private readonly Booking booking;

    public GatewayUnderTest(MemoryStore store, FakeTimeProvider time, IClockSource source, DeviceSettings settings, DeviceRole role = DeviceRole.Grid)
    {
        this.store = store;
        var memory = DeviceMemory.LoadAsync(store, Device, default).AsTask().Result;
        var known = store.LoadRegistersAsync(default).AsTask().Result.ToDictionary(state => state.Begin.Register);
        Instant? lastGood = store.State(ClockWatch.StateKey) is { } text ? Instant.FromUnixTimeSeconds(long.Parse(text, CultureInfo.InvariantCulture)) : null;
        Journal = new EventJournal();
        Clock = new ClockWatch(time, source, BuildDate, lastGood, AcquisitionOptions.DefaultClockStepTolerance, Journal);
        booking = new Booking(new SegmentIds(store.LastSegmentAsync(default).AsTask().Result), Journal, AcquisitionOptions.DefaultClockStepTolerance);
        filter = new PlausibilityFilter(Device, settings, memory.Meter, Journal);
        book = new DeviceBook(Device, role, Gateway, settings, memory, known);
    }

    public static Instant BuildDate { get; } = Instant.FromUtc(2026, 1, 1, 0, 0);

    public ClockWatch Clock { get; }

    public EventJournal Journal { get; }

    public IEnumerable<RegisterView> View => book.View();

    /// <summary>A gateway that runs beside a test's own clock: time is moved to each reading.</summary>
    public void TakeAll(FakeTimeProvider time, IEnumerable<Reading> readings)
    {
        foreach (var reading in readings)
        {
            var ahead = reading.At - Instant.FromDateTimeOffset(time.GetUtcNow());
            if (ahead > Duration.Zero) time.Advance(ahead.ToTimeSpan());
            Take(reading);
        }

        Flush();
    }

    /// <summary>One turn of the consumer: the clock is looked at, then the reading is judged and booked.</summary>
    public void Take(Reading reading)
    {
        if (Clock.Tick() is { } good) booking.State[ClockWatch.StateKey] = good.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        (booking.ClockTrusted, booking.EarliestNow) = (Clock.IsTrusted, Clock.EarliestNow);
        foreach (var accepted in filter.Check(reading)) book.Add(accepted, booking);
    }

    /// <summary>Makes durable what was booked since the last call; what is not flushed dies with the process.</summary>
    public void Flush()
    {
        Journal.MoveTo(booking.Records);
        book.Remember(booking);
        store.AppendAsync([.. booking.Records], [.. booking.State.Select(pair => new StateEntry(pair.Key, pair.Value))], default).AsTask().Wait();
        booking.Records.Clear();
        booking.State.Clear();
    }
}

/// <summary>A time source that the test switches.</summary>
internal sealed class TestClockSource(bool isSynchronised = true) : IClockSource
{
    public bool IsSynchronised { get; set; } = isSynchronised;
}

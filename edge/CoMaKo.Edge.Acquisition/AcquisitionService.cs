using System.Collections.Immutable;
using System.Globalization;
using System.Threading.Channels;
using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Acquisition;

/// <summary>
/// Reads all devices and books their energy: one loop per device into one bounded channel, one consumer that judges, shows and books, one writer that appends.
/// Nothing here waits for network or control; a store that refuses stops neither readings nor picture.
/// </summary>
public sealed class AcquisitionService(
    IReadOnlyList<AcquiredDevice> devices, IOutbox outbox, IRegisterHistory history, IClockSource clockSource, TimeProvider time, AcquisitionOptions options)
{
    private const int ChannelCapacity = 256;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastAppend = TimeSpan.FromSeconds(5);

    private readonly Channel<Signal> signals = Channel.CreateBounded<Signal>(new BoundedChannelOptions(ChannelCapacity) { SingleReader = true });
    private readonly EventJournal journal = new();
    private readonly RecordWriter writer = new(outbox, time);
    private readonly LoopProgress consumer = new("consumer");
    private readonly LoopProgress writing = new("writer");
    private volatile BuildingSnapshot current = Empty(devices, time);
    private volatile IReadOnlyList<RegisterView> registers = [];
    private volatile ClockStatus clockStatus = new(ClockState.Unknown, Instant.FromDateTimeOffset(time.GetUtcNow()), null);
    private readonly Dictionary<string, DeviceTrack> owners = [];
    private ImmutableArray<DeviceTrack> tracks = [];
    private ClockWatch clock = null!;
    private Booking booking = null!;
    private Duration remembered;

    /// <summary>The building as last seen; replaced as a whole.</summary>
    public BuildingSnapshot Current => current;

    /// <summary>All registers with their current totals; renewed each second.</summary>
    public IReadOnlyList<RegisterView> Registers => registers;

    public ClockStatus Clock => clockStatus;

    public WriterStatus Writer => writer.Status;

    /// <summary>The loops, for the watchdog: consumer and writer must always turn, a device's loop turns with readings and retries.</summary>
    public ImmutableArray<LoopProgress> Progress { get; private set; } = [];

    /// <summary>Called with each new snapshot, on the consumer's thread: copy and return.</summary>
    public event Action<BuildingSnapshot>? SnapshotChanged;

    /// <summary>Called with each recorded event, on the consumer's thread: copy and return.</summary>
    public event Action<GatewayEvent>? EventRecorded
    {
        add => journal.Recorded += value;
        remove => journal.Recorded -= value;
    }

    /// <summary>A technician confirms the system's clock as it stands.</summary>
    public ValueTask ConfirmClockAsync(CancellationToken cancellationToken) => signals.Writer.WriteAsync(new Signal(0, ClockConfirmed: true), cancellationToken);

    /// <summary>Runs until cancelled; then what is booked is appended once more. Runs once.</summary>
    /// <exception cref="IOException">The history could not be read at the start.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await LoadAsync(cancellationToken);
        var loops = devices.Select((acquired, index) => new DeviceLoop(index, acquired.Device, signals.Writer, time)).ToArray();
        Progress = [consumer, writing, .. loops.Select(loop => loop.Progress)];
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] running = [ConsumeAsync(stop.Token), TickAsync(stop.Token), WriteAsync(stop.Token), .. loops.Select(loop => loop.RunAsync(stop.Token))];
        try
        {
            await await Task.WhenAny(running);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The ordinary end.
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(running.Select(task => task.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default)));
            await AppendRestAsync();
        }
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        var known = (await history.LoadRegistersAsync(cancellationToken)).ToDictionary(state => state.Begin.Register);
        Instant? lastGood = await history.LoadStateAsync(ClockWatch.StateKey, cancellationToken) is { } text
            ? Instant.FromUnixTimeSeconds(long.Parse(text, CultureInfo.InvariantCulture))
            : null;
        clock = new ClockWatch(time, clockSource, options.BuildDate, lastGood, options.ClockStepTolerance, journal);
        booking = new Booking(new SegmentIds(await history.LastSegmentAsync(cancellationToken)), journal, options.ClockStepTolerance);
        var built = ImmutableArray.CreateBuilder<DeviceTrack>(devices.Count);
        foreach (var (device, settings) in devices)
        {
            var memory = await DeviceMemory.LoadAsync(history, device.Id, cancellationToken);
            var book = new DeviceBook(device.Id, device.Role, options.Gateway, settings, memory, known);
            built.Add(new DeviceTrack(device, new PlausibilityFilter(device.Id, settings, memory.Meter, journal), book, journal, current.At, clock.Monotonic));
        }

        tracks = built.MoveToImmutable();
    }

    private async Task ConsumeAsync(CancellationToken cancellationToken)
    {
        await foreach (var signal in signals.Reader.ReadAllAsync(cancellationToken))
        {
            consumer.Turn();
            if (signal.Reading is { } reading) Take(tracks[signal.Device], reading);
            else if (signal.Fault is { } fault) Fail(tracks[signal.Device], fault);
            else if (signal.ClockConfirmed) clock.SetByTechnician();
            else Tick();
        }
    }

    private void Take(DeviceTrack track, Reading reading)
    {
        booking.ClockTrusted = clock.IsTrusted;
        booking.EarliestNow = clock.EarliestNow;
        track.Arrived(reading, clock.Monotonic);
        foreach (var accepted in track.Filter.Check(reading))
        {
            track.Show(accepted.Reading);
            if (IsReadTwice(track, accepted.Reading)) continue;
            track.Book.Add(accepted, booking);
        }

        Publish(reading.At);
    }

    /// <summary>One meter behind two devices would be booked twice: the first one keeps it until it reads another.</summary>
    private bool IsReadTwice(DeviceTrack track, Reading reading)
    {
        string meter = track.Meter = track.Book.MeterOf(reading);
        if (!owners.TryGetValue(meter, out var owner) || owner.Meter != meter) owners[meter] = owner = track;
        if (owner == track) return false;
        journal.Add(reading.At, clock.Monotonic, EventCodes.MeterReadTwice, track.Id.Value,
            $"Meter {meter} is read by '{owner.Id}' already; it is not booked again. Remove one of the two devices.", ("meter", meter));
        return true;
    }

    private void Fail(DeviceTrack track, string fault)
    {
        var now = Now;
        track.Failed(fault, now, clock.Monotonic);
        Publish(now);
    }

    private void Tick()
    {
        if (clock.Tick() is { } good) booking.State[ClockWatch.StateKey] = good.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        clockStatus = clock.Status;
        var now = Now;
        bool changed = false;
        foreach (var track in tracks) changed |= track.Tick(now, clock.Monotonic);
        if (changed) Publish(now);
        registers = [.. tracks.SelectMany(track => track.Book.View())];
        HandOver();
    }

    /// <summary>Gives the second's records to the writer, together with the state that belongs to them.</summary>
    private void HandOver()
    {
        journal.MoveTo(booking.Records);
        if (booking.Records.Count > 0 || clock.Monotonic - remembered >= ClockWatch.Period)
        {
            remembered = clock.Monotonic;
            foreach (var track in tracks) track.Book.Remember(booking);
        }

        writer.Add(booking.Records, booking.State);
        booking.Records.Clear();
        booking.State.Clear();
    }

    private void Publish(Instant at)
    {
        current = new BuildingSnapshot(at, [.. tracks.Select(track => track.Snapshot)]);
        SnapshotChanged?.Invoke(current);
    }

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Second, time);
        do await signals.Writer.WriteAsync(default, cancellationToken);
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Second, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            await writer.FlushAsync(now: false, cancellationToken);
            writing.Turn();
        }
    }

    private async Task AppendRestAsync()
    {
        HandOver();
        using var limit = new CancellationTokenSource(LastAppend, time);
        try
        {
            await writer.FlushAsync(now: true, limit.Token);
        }
        catch (OperationCanceledException)
        {
            // The disk hangs; the next start books the difference of the totals.
        }
    }

    private Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());

    private static BuildingSnapshot Empty(IReadOnlyList<AcquiredDevice> devices, TimeProvider time)
    {
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        var starting = new DeviceStatus(DeviceStatusKind.Starting, null, null, now);
        return new BuildingSnapshot(now, [.. devices.Select(acquired => new DeviceSnapshot(acquired.Device.Id, acquired.Device.Role, starting, null))]);
    }
}

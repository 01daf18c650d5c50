using System.Collections.Concurrent;
using System.Collections.Immutable;
using CoMaKo.Devices;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Dispatch;

/// <summary>
/// Holds every device's write side; no other path writes to a device (architecture §4). Each order of a cycle is clamped once more to what is allowed in that cycle,
/// written only to devices whose direction a technician has confirmed, always with an end of its validity, and compared with what the device says and does.
/// </summary>
/// <remarks><see cref="Submit"/> belongs to the control cycle and never waits for a device; everything else is safe from any thread.</remarks>
public sealed class WriteGuard
{
    private readonly GuardSettings settings;
    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private readonly ConcurrentQueue<Confirmation> confirmations = new();
    private readonly Dictionary<DeviceId, DeviceLane> lanes = [];
    private readonly BatteryDesk batteries;
    private readonly LimitDesk limits;
    private ImmutableDictionary<string, Verified> verified;
    private WriteTest? test;
    private volatile bool isStopping;

    /// <param name="site">The plant with its ratings.</param>
    /// <param name="memory">Of the earlier run.</param>
    /// <param name="start">How a write is started; absent: on the thread pool, so that not even a driver that blocks can stop the cycle.</param>
    public WriteGuard(LimitSettings site, GuardSettings settings, WritePorts ports, TimeProvider time, GuardMemory? memory = null, Func<Func<Task>, Task>? start = null)
    {
        ArgumentNullException.ThrowIfNull(site);
        ArgumentNullException.ThrowIfNull(ports);
        (this.settings, this.time) = (settings, time);
        memory ??= GuardMemory.Empty;
        verified = memory.Verified;
        var begin = start ?? Task.Run;
        foreach (var control in ports.Batteries)
            Add(new BatteryPort(control), control.Traits.Follows == BatteryFollower.Gateway ? Power.Zero : Coarse(control.Traits.Limits.Max - control.Traits.Limits.Min));
        foreach (var control in ports.Plants) Add(new FeedInPort(control), Coarse(control.Installed));
        foreach (var control in ports.Loads) Add(new LoadPort(control), Coarse(site.Loads.FirstOrDefault(l => l.Id == control.Device)?.Rated ?? Power.Zero));
        batteries = new(site, lanes);
        limits = new(site, lanes);
        foreach (var (device, lane) in lanes) if (memory.Written.Contains(device.Value)) lane.Doubt();

        Power Coarse(Power rated) => new((long)(rated.Milliwatts * settings.CoarseStep));

        void Add(DevicePort port, Power step) => lanes.Add(port.Device, new(port, settings, step, time, begin, confirmations));
    }

    /// <summary>The test that has a battery now; absent if none.</summary>
    public WriteTest? Test
    {
        get
        {
            lock (gate) return test is { IsOver: false } ? test : null;
        }
    }

    /// <summary>Whether commands reach a device.</summary>
    public ControlReach Reach(DeviceId device) => lanes.TryGetValue(device, out var lane) ? Reach(lane, Now) : ControlReach.ReadOnly;

    /// <summary>Whether a device may be told what an own loop shall do, instead of single powers.</summary>
    public bool FollowsByItself(DeviceId device) => lanes.TryGetValue(device, out var lane) && lane.Port is BatteryPort { Traits.Follows: BatteryFollower.Device };

    /// <summary>What one device holds from us; absent if nothing.</summary>
    public PowerRange? Held(DeviceId device) => lanes.TryGetValue(device, out var lane) ? lane.HeldAt(Now) : null;

    /// <summary>Whether no write is under way.</summary>
    public bool IsQuiet => lanes.Values.All(lane => !lane.IsBusy);

    /// <summary>Orders of one cycle. Returns at once; what a busy device does not take now, the next cycle offers again.</summary>
    /// <param name="orders">In the order of the image's batteries.</param>
    /// <param name="allowed">Of this cycle.</param>
    /// <param name="image">Of this cycle; the batteries' power is compared with their commands.</param>
    /// <returns>What each battery was told after the last check; absent: nothing new.</returns>
    public ImmutableArray<PowerRange?> Submit(long number, ImmutableArray<BatteryOrder> orders, AllowedRanges allowed, ControlImage image)
    {
        ArgumentNullException.ThrowIfNull(allowed);
        ArgumentNullException.ThrowIfNull(image);
        if (isStopping) return [.. orders.Select(_ => (PowerRange?)null)];
        var now = Now;
        var running = Test;
        var told = batteries.Submit(number, orders, allowed, image, lane => Reach(lane, now), running, now);
        limits.Submit(number, allowed, image, lane => Reach(lane, now));
        return told;
    }

    /// <summary>What devices have taken since the last call, oldest first.</summary>
    public ImmutableArray<Confirmation> TakeConfirmations()
    {
        var taken = ImmutableArray.CreateBuilder<Confirmation>();
        while (confirmations.TryDequeue(out var one)) taken.Add(one);
        return taken.ToImmutable();
    }

    /// <summary>How writing stands, for each device that can be written to.</summary>
    public ImmutableArray<DeviceWrites> Status()
    {
        var now = Now;
        return [.. lanes.Values.Select(lane => lane.Status(Reach(lane, now), verified.GetValueOrDefault(lane.Port.Device.Value), now))];
    }

    /// <summary>A technician has confirmed the device's direction: from now on it is commanded.</summary>
    public void Verify(DeviceId device, Verified by) => ImmutableInterlocked.Update(ref verified, (known, entry) => known.SetItem(entry.device.Value, entry.by), (device, by));

    /// <summary>Back to read-only; the next cycle releases what it holds.</summary>
    public void Unverify(DeviceId device) => ImmutableInterlocked.Update(ref verified, (known, id) => known.Remove(id), device.Value);

    /// <summary>Which registers a write test would write with this power, and what stands there now; empty where the driver cannot tell. Asks the device, writes nothing.</summary>
    public Task<IReadOnlyList<RegisterPreview>> PreviewTestAsync(DeviceId battery, Power power, CancellationToken cancellationToken) =>
        lanes.TryGetValue(battery, out var lane) && lane.Port is BatteryPort port
            ? port.PreviewAsync(PowerRange.Pin(power), settings.TestLifeSign, cancellationToken)
            : Task.FromResult<IReadOnlyList<RegisterPreview>>([]);

    /// <summary>Opens the narrow permission of a write test on one battery.</summary>
    /// <param name="permitted">No other power is written.</param>
    /// <param name="length">It ends after this by itself.</param>
    /// <returns>Absent if the battery cannot be written to or another test runs.</returns>
    public WriteTest? OpenTest(DeviceId battery, PowerRange permitted, Duration length)
    {
        if (!lanes.TryGetValue(battery, out var lane) || lane.Port is not BatteryPort) return null;
        lock (gate)
        {
            if (test is { IsOver: false }) return null;
            return test = new(battery, permitted, length, settings.TestLifeSign, () => Now);
        }
    }

    /// <summary>
    /// Ends writing: batteries go back to their own mode. Limits on plants and consumers stay until their validity ends, because nobody has lifted what they are for.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        isStopping = true;
        for (int attempt = 0; attempt < 3; attempt++)
        {
            batteries.Release(long.MaxValue - 3 + attempt);
            var until = Now + settings.WriteBudget;
            while (!batteries.IsReleased && Now < until) await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancellationToken);
            if (batteries.IsReleased) return;
        }
    }

    /// <summary>What has to survive a restart. Worth writing whenever it differs from what was written last.</summary>
    public GuardMemory Remember() => new(verified, [.. lanes.Values.Where(lane => lane.MayHold).Select(lane => lane.Port.Device.Value)]);

    private Duration Now => Duration.FromTimeSpan(time.GetElapsedTime(0));

    private ControlReach Reach(DeviceLane lane, Duration now)
    {
        if (Test?.Device == lane.Port.Device) return ControlReach.Testing;
        return verified.ContainsKey(lane.Port.Device.Value) ? lane.ReachAt(now) : ControlReach.ReadOnly;
    }
}

/// <summary>What the dispatcher wants of one battery in one cycle.</summary>
/// <param name="Wanted">Of a command: one power, or bounds for a device with an own loop.</param>
public readonly record struct BatteryOrder(OrderKind Kind, PowerRange Wanted)
{
    public static readonly BatteryOrder Release = new(OrderKind.Release, default);

    public static readonly BatteryOrder Keep = new(OrderKind.Keep, default);
}

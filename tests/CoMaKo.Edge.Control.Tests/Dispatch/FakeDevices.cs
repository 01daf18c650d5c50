using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Tests.Dispatch;

/// <summary>Ways in which a device can fail a write.</summary>
public enum DeviceFault
{
    None,

    /// <summary>Does not take the write.</summary>
    Throws,

    /// <summary>Takes the write, but its answer is lost.</summary>
    TakesAndThrows,

    /// <summary>Never answers until <see cref="FakeDevice.LetGo"/>, and does not listen to cancellation.</summary>
    Hangs,
    Refuses,

    /// <summary>Answers well and does nothing.</summary>
    Ignores,

    /// <summary>Takes the write, but reading back fails.</summary>
    CannotBeRead,
}

/// <summary>A device with a revert timer, as its register shows it, in model time.</summary>
internal abstract class FakeDevice(string id, TimeProvider time)
{
    private readonly TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private PowerRange? held;
    private Duration until;

    public DeviceId Device { get; } = new(id);

    public TimeProvider Time => time;

    public DeviceFault Fault { get; set; }

    /// <summary>Every write that arrived: time, range (absent: release).</summary>
    public List<(Duration At, PowerRange? Range, Duration ValidFor)> Writes { get; } = [];

    public int Attempts { get; private set; }

    public Duration Now => Duration.FromTimeSpan(time.GetElapsedTime(0));

    /// <summary>What is in force in the device; absent: its own mode.</summary>
    public PowerRange? Held => held is { } range && Now < until ? range : null;

    /// <summary>Lets a hanging call end; with an exception or late but well.</summary>
    public void LetGo(bool well)
    {
        Fault = DeviceFault.None;
        if (well) release.SetResult();
        else release.SetException(new IOException("The connection was reset."));
    }

    protected async Task WriteAsync(PowerRange? range, Duration validFor)
    {
        Attempts++;
        switch (Fault)
        {
            case DeviceFault.Throws: throw new IOException("No route to the device.");
            case DeviceFault.Refuses: throw new WriteRefusedException("CME-2499", "Not today.");
            case DeviceFault.Ignores: return;
            case DeviceFault.Hangs:
                await release.Task;
                break;
        }

        Writes.Add((Now, range, validFor));
        (held, until) = (range, Now + validFor);
        if (Fault == DeviceFault.TakesAndThrows) throw new TimeoutException("No answer.");
    }

    protected Task<PowerRange?> ReadAsync() => Fault switch
    {
        DeviceFault.CannotBeRead or DeviceFault.Throws => Task.FromException<PowerRange?>(new IOException("No route to the device.")),
        _ => Task.FromResult(Held),
    };
}

internal sealed class FakeBattery(string id, TimeProvider time) : FakeDevice(id, time), IBatteryControl
{
    public BatteryControlTraits Traits { get; init; } = new(new(Power.FromWatts(-5000), Power.FromWatts(5000)), BatteryFollower.Gateway, Duration.FromHours(1), Power.FromWatts(1));

    public Task SetRangeAsync(PowerRange range, Duration validFor, CancellationToken cancellationToken) => WriteAsync(range, validFor);

    public Task ReleaseAsync(CancellationToken cancellationToken) => WriteAsync(null, Duration.Zero);

    public Task<PowerRange?> ReadBackAsync(CancellationToken cancellationToken) => ReadAsync();
}

internal sealed class FakePlant(string id, TimeProvider time) : FakeDevice(id, time), IFeedInLimit
{
    public Power Installed { get; init; } = Power.FromWatts(10_000);

    public Task SetFeedInLimitAsync(Power? limit, Duration validFor, CancellationToken cancellationToken) => WriteAsync(limit is { } most ? new(Power.Zero, most) : null, validFor);

    public async Task<Power?> ReadBackAsync(CancellationToken cancellationToken) => (await ReadAsync())?.Max;
}

internal sealed class FakeLoad(string id, TimeProvider time) : FakeDevice(id, time), ILoadLimit
{
    public Task SetLimitAsync(Power? limit, Duration validFor, CancellationToken cancellationToken) => WriteAsync(limit is { } most ? new(Power.Zero, most) : null, validFor);
}

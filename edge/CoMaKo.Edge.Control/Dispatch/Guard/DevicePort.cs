using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Dispatch;

/// <summary>One device's write side in one shape: what it holds is a range of power (a limit of plants and consumers: from 0 W to the limit).</summary>
internal abstract class DevicePort(DeviceId device)
{
    public DeviceId Device { get; } = device;

    public virtual Duration LongestValidity => Duration.MaxValue;

    /// <summary>By how much a read-back may differ.</summary>
    public virtual Power Resolution => Power.FromWatts(1);

    public abstract Task SetAsync(PowerRange range, Duration validFor, CancellationToken cancellationToken);

    public abstract Task ReleaseAsync(CancellationToken cancellationToken);

    /// <summary>Whether the device holds <paramref name="range"/>; absent if it cannot be asked. Beside it what it holds.</summary>
    public abstract Task<(bool? Holds, PowerRange? Held)> ReadBackAsync(PowerRange range, CancellationToken cancellationToken);

    protected bool IsSame(PowerRange a, PowerRange b) => IsNear(a.Min, b.Min) && IsNear(a.Max, b.Max);

    private bool IsNear(Power a, Power b) => Math.Abs(a.Milliwatts - b.Milliwatts) <= Resolution.Milliwatts;
}

internal sealed class BatteryPort(IBatteryControl control) : DevicePort(control.Device)
{
    public BatteryControlTraits Traits => control.Traits;

    /// <summary>Which registers a command would write; empty where the driver cannot tell.</summary>
    public Task<IReadOnlyList<RegisterPreview>> PreviewAsync(PowerRange range, Duration validFor, CancellationToken cancellationToken) =>
        control is IRegisterPreview preview ? preview.PreviewAsync(range, validFor, cancellationToken) : Task.FromResult<IReadOnlyList<RegisterPreview>>([]);

    public override Duration LongestValidity => control.Traits.LongestValidity;

    public override Power Resolution => control.Traits.Resolution > Power.FromWatts(1) ? control.Traits.Resolution : Power.FromWatts(1);

    public override Task SetAsync(PowerRange range, Duration validFor, CancellationToken cancellationToken) => control.SetRangeAsync(range, validFor, cancellationToken);

    public override Task ReleaseAsync(CancellationToken cancellationToken) => control.ReleaseAsync(cancellationToken);

    public override async Task<(bool? Holds, PowerRange? Held)> ReadBackAsync(PowerRange range, CancellationToken cancellationToken)
    {
        var held = await control.ReadBackAsync(cancellationToken);
        return (held is { } known && IsSame(known, range), held);
    }
}

internal sealed class FeedInPort(IFeedInLimit control) : DevicePort(control.Device)
{
    public Power Installed => control.Installed;

    /// <summary>Plants count in percent of their power.</summary>
    public override Power Resolution => new(Math.Max(1000, control.Installed.Milliwatts / 100));

    public override Task SetAsync(PowerRange range, Duration validFor, CancellationToken cancellationToken) => control.SetFeedInLimitAsync(range.Max, validFor, cancellationToken);

    public override Task ReleaseAsync(CancellationToken cancellationToken) => control.SetFeedInLimitAsync(null, Duration.Zero, cancellationToken);

    public override async Task<(bool? Holds, PowerRange? Held)> ReadBackAsync(PowerRange range, CancellationToken cancellationToken)
    {
        if (await control.ReadBackAsync(cancellationToken) is not { } limit) return (false, null);
        var held = new PowerRange(Power.Zero, limit);
        return (IsSame(held, range), held);
    }
}

/// <summary>Consumers answer in steps of their own and cannot be asked: what they draw is seen by their meter.</summary>
internal sealed class LoadPort(ILoadLimit control) : DevicePort(control.Device)
{
    public override Task SetAsync(PowerRange range, Duration validFor, CancellationToken cancellationToken) => control.SetLimitAsync(range.Max, validFor, cancellationToken);

    public override Task ReleaseAsync(CancellationToken cancellationToken) => control.SetLimitAsync(null, Duration.Zero, cancellationToken);

    public override Task<(bool? Holds, PowerRange? Held)> ReadBackAsync(PowerRange range, CancellationToken cancellationToken) => Task.FromResult<(bool?, PowerRange?)>((null, null));
}

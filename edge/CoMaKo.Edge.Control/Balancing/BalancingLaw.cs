using System.Collections.Immutable;
using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Balancing;

/// <summary>
/// Follows the grid meter: which power all driven batteries together shall have now. Dead-time compensation on the history of confirmed commands (local-control §2.2).
/// </summary>
/// <remarks>Not safe for several threads: it belongs to the control cycle. Call it as soon as a meter sample has arrived; every wait until then is dead time.</remarks>
public sealed class BalancingLaw
{
    /// <summary>Seconds by which even the best candidate's delay may be off.</summary>
    private const double Misjudged = 0.25;

    private static readonly IReadOnlySet<DeviceId> Nobody = ImmutableHashSet<DeviceId>.Empty;

    private readonly BalancingSettings settings;
    private readonly ImmutableArray<BatteryTrack> tracks;
    private readonly NetLoadEstimate netLoad;
    private readonly DelayChoice delays = new();
    private readonly List<BalancingEvent> events = [];
    private Duration? lastSample;
    private double? lastDecision;
    private IReadOnlySet<DeviceId> lastDriven = Nobody;
    private (BatteryWish Wish, bool AllDriven)? lastWish;

    public BalancingLaw(BalancingSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        this.settings = settings;
        tracks = [.. settings.Batteries.Select(b => new BatteryTrack(b, settings))];
        netLoad = new NetLoadEstimate(settings);
    }

    /// <summary>One cycle.</summary>
    /// <param name="now">Its readings; a grid sample counts once, however often it is shown.</param>
    /// <param name="wish">What plan or rule want.</param>
    /// <param name="allowedTotal">Sum of the ranges of the batteries that are driven; always kept.</param>
    /// <param name="grid">What the grid connection may carry (+ import): goes before the wish, after <paramref name="allowedTotal"/>. Absent: anything.</param>
    /// <param name="without">Batteries that are not driven now (faulted, off-grid, not verified, excluded): they count as net load.</param>
    public BalancingStep Next(ControlImage now, BatteryWish wish, PowerRange allowedTotal, PowerRange? grid = null, IReadOnlySet<DeviceId>? without = null)
    {
        ArgumentNullException.ThrowIfNull(now);
        without ??= Nobody;
        Observe(now);
        bool isNew = now.Grid is { } sample && TakeSample(sample, without);
        var wanted = Decide(now, isNew, wish, allowedTotal, grid, without);
        var step = new BalancingStep(wanted, netLoad.Value is { } load ? Watts.ToPower(load) : null, State(without), [.. events]);
        events.Clear();
        return step;
    }

    /// <summary>A battery took this command; what it did not confirm must not be told here.</summary>
    /// <param name="written">What was really written, after all clamping, + discharge.</param>
    /// <param name="at">Monotonic time of the confirmation.</param>
    public void Confirm(DeviceId device, Power written, Duration at) => Track(device)?.Command(at.TotalSeconds, written.ToWatts());

    /// <summary>A battery is back in its own mode (released, or its revert timer has run out): its model follows the readings until the next command.</summary>
    public void Released(DeviceId device, Duration at) => Track(device)?.Release(at.TotalSeconds);

    /// <summary>Uses what was learned at commissioning.</summary>
    public void Use(DeviceId device, BatteryDynamics dynamics) => Track(device)?.Use(dynamics);

    private BatteryTrack? Track(DeviceId device) => tracks.FirstOrDefault(t => t.Battery.Id == device);

    private void Observe(ControlImage now)
    {
        foreach (var image in now.Batteries)
        {
            if (image.Power is not { } reading || Track(image.Id) is not { } track || track.Observe(reading) is not { } follows) continue;
            events.Add(follows
                ? new(BalancingCodes.FollowsAgain, image.Id, "The battery follows its commands again.")
                : new(BalancingCodes.NotFollowing, image.Id, "The battery does not do what it is told; its state of charge, temperature or BMS may forbid it."));
        }
    }

    private bool TakeSample(Measured sample, IReadOnlySet<DeviceId> without)
    {
        if (sample.Monotonic <= lastSample) return false;
        lastSample = sample.Monotonic;
        RestartIfOthersDrive(without);
        double at = sample.Monotonic.TotalSeconds;
        double grid = sample.Value.ToWatts();
        if (State(without) == BalancingState.Following) TakeSample(grid, at, without);
        else netLoad.Take(grid + InMeter(at, without), 0, isCautious: true);
        return true;
    }

    private void TakeSample(double grid, double at, IReadOnlySet<DeviceId> without)
    {
        Span<double> loads = stackalloc double[DelayChoice.Count];
        for (int i = 0; i < loads.Length; i++) loads[i] = grid + InMeter(at - DelayChoice.Offset(i), without);
        int best = delays.Choose(at, loads);
        double load = loads[best];
        at -= DelayChoice.Offset(best);
        double doubt = Math.Max(Math.Abs(grid + InMeter(at + Misjudged, without) - load), Math.Abs(grid + InMeter(at - Misjudged, without) - load));
        netLoad.Take(load, doubt, isCautious: false);
    }

    /// <summary>A load that counts other batteries in is another quantity than before, and a battery's own loop moved until now: nothing is smoothed across that.</summary>
    private void RestartIfOthersDrive(IReadOnlySet<DeviceId> without)
    {
        var driven = Driven(without).Select(t => t.Battery.Id).ToImmutableHashSet();
        if (driven.SetEquals(lastDriven) && Driven(without).All(t => t.IsCommanded)) return;
        lastDriven = driven;
        netLoad.Restart();
        delays.Restart();
    }

    private double InMeter(double at, IReadOnlySet<DeviceId> without) => Driven(without).Sum(t => t.InMeterAt(at));

    private Power? Decide(ControlImage now, bool isNew, BatteryWish wish, PowerRange allowedTotal, PowerRange? grid, IReadOnlySet<DeviceId> without)
    {
        double last = Driven(without).Sum(t => t.LastCommand);
        bool isAllowed = allowedTotal.Min.ToWatts() <= last && last <= allowedTotal.Max.ToWatts();
        bool isPinned = wish.Bounds.Min == wish.Bounds.Max;
        var asked = (wish, Driven(without).All(t => t.IsCommanded));
        if (!isNew && isAllowed && !isPinned && lastWish == asked) return null;
        lastWish = asked;

        double target = Target(wish, grid) ?? last;
        double time = now.Monotonic.TotalSeconds;
        double most = settings.RampShare * Driven(without).Sum(t => t.RatedWatts) * Elapsed(time, now.Grid);
        lastDecision = time;
        double wanted = allowedTotal.ClampWatts(Math.Clamp(target, last - most, last + most));

        // A bound is reached exactly; inside, small changes are not worth a write.
        bool isBound = wanted == target && (isPinned || wanted == wish.Bounds.Min.ToWatts() || wanted == wish.Bounds.Max.ToWatts());
        double threshold = isBound ? 1 : settings.WriteThreshold.ToWatts();
        return isAllowed && asked.Item2 && Math.Abs(wanted - last) < threshold ? null : allowedTotal.Clamp(Watts.ToPower(wanted));
    }

    /// <summary>What the batteries should do regardless of ramp and range; absent while it would need a net load that is not known.</summary>
    private double? Target(BatteryWish wish, PowerRange? grid)
    {
        bool isPinned = wish.Bounds.Min == wish.Bounds.Max;
        if (netLoad.Value is not { } load) return isPinned ? wish.Bounds.Min.ToWatts() : null;
        double target = wish.Bounds.ClampWatts(load - wish.GridTarget.ToWatts());
        return grid is { } connection ? Math.Clamp(target, load - connection.Max.ToWatts(), load - connection.Min.ToWatts()) : target;
    }

    /// <summary>Time for the ramp: after a pause no more than one interval of the meter.</summary>
    private double Elapsed(double time, Measured? sample)
    {
        double longest = Math.Max(1, sample?.Period.TotalSeconds ?? 1);
        return Math.Clamp(lastDecision is { } before ? time - before : longest, 0, longest);
    }

    private BalancingState State(IReadOnlySet<DeviceId> without) =>
        Driven(without).All(t => t.IsLearned) ? BalancingState.Following : BalancingState.Cautious;

    private IEnumerable<BatteryTrack> Driven(IReadOnlySet<DeviceId> without) => tracks.Where(t => !without.Contains(t.Battery.Id));
}

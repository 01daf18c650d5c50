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
    private readonly BatteryFleet fleet;
    private readonly NetLoadEstimate netLoad;
    private readonly ResponseChoice responses = new();
    private readonly OscillationWatch oscillation = new();
    private readonly MeterSignWatch meterSign = new();
    private readonly List<BalancingEvent> events = [];
    private Duration? lastSample;
    private bool isNew;
    private (double Offset, int Pace) chosen = (0, BatteryTrack.LearnedPace);
    private double gridTarget = GridTargets.Normal.ToWatts();
    private double? lastDecision;
    private (BatteryWish Wish, bool AllCommanded)? lastWish;

    /// <param name="memory">From the last run; absent: nothing is learned yet.</param>
    public BalancingLaw(BalancingSettings settings, BalancingMemory? memory = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        this.settings = settings;
        fleet = new BatteryFleet(settings);
        netLoad = new NetLoadEstimate(settings);
        foreach (var learned in memory?.Batteries ?? [])
        {
            if (learned.ToDynamics() is { } dynamics) Use(new DeviceId(learned.Device), dynamics);
        }

        if (memory is { IsMeterInverted: true }) meterSign.Distrust();
    }

    /// <summary>What must survive a restart. Changes with the events <see cref="BalancingCodes.ResponseLearned"/> to <see cref="BalancingCodes.MeterSignFine"/>, and slowly in between.</summary>
    public BalancingMemory Memory => new(
        [.. fleet.All.Where(t => t.IsLearned).Select(t => LearnedResponse.Of(t.Battery.Id, t.Dynamics))], meterSign.State == MeterSignState.Inverted);

    /// <summary>
    /// Takes the readings of a cycle, each once. <see cref="Next"/> does so too; call it before if <see cref="AtMeter"/> is needed for the limits of the same cycle.
    /// </summary>
    /// <param name="now">Its readings; a grid sample counts once, however often it is shown.</param>
    /// <param name="without">Batteries that are not driven now (faulted, off-grid, not verified, excluded): they count as net load.</param>
    public void Observe(ControlImage now, IReadOnlySet<DeviceId>? without = null)
    {
        ArgumentNullException.ThrowIfNull(now);
        fleet.Observe(now, events);
        if (fleet.Drive(without ?? Nobody) || !fleet.AllCommanded) Restart();
        isNew |= now.Grid is { } sample && TakeSample(sample);
    }

    /// <summary>
    /// What a battery contributed to the newest grid sample, + discharge: its model at the moment that the sample shows. Grid plus this is the house (local-control §2.1);
    /// grid plus a battery reading of another moment is not, and a limit built on it makes the loop swing.
    /// </summary>
    /// <returns>Absent for a battery that is not in the settings, and before the first sample.</returns>
    public Power? AtMeter(DeviceId device) => lastSample is { } sample && fleet.Find(device) is { } track
        ? Watts.ToPower(track.InMeterAt(sample.TotalSeconds - chosen.Offset, chosen.Pace))
        : null;

    /// <summary>House without the driven batteries as estimated now, + towards the building; absent before the first sample.</summary>
    public Power? NetLoad => netLoad.Value is { } load ? Watts.ToPower(load) : null;

    /// <summary>Decides one cycle.</summary>
    /// <param name="now">Its readings.</param>
    /// <param name="wish">What plan or rule want.</param>
    /// <param name="allowedTotal">Sum of the ranges of the batteries that are driven; always kept.</param>
    /// <param name="grid">What the grid connection may carry (+ import): goes before the wish, after <paramref name="allowedTotal"/>. Absent: anything.</param>
    /// <param name="without">As in <see cref="Observe"/>.</param>
    public BalancingStep Next(ControlImage now, BatteryWish wish, PowerRange allowedTotal, PowerRange? grid = null, IReadOnlySet<DeviceId>? without = null)
    {
        Observe(now, without);
        gridTarget = wish.GridTarget.ToWatts();
        var wanted = Decide(now, wish, allowedTotal, grid);
        isNew = false;
        var step = new BalancingStep(wanted, NetLoad, State, [.. events]);
        events.Clear();
        return step;
    }

    /// <summary>A battery took this command; what it did not confirm must not be told here.</summary>
    /// <param name="written">What was really written, after all clamping, + discharge.</param>
    /// <param name="at">Monotonic time of the confirmation.</param>
    public void Confirm(DeviceId device, Power written, Duration at) => fleet.Find(device)?.Command(at.TotalSeconds, written.ToWatts());

    /// <summary>A battery is back in its own mode (released, or its revert timer has run out): its model follows the readings until the next command.</summary>
    public void Released(DeviceId device, Duration at) => fleet.Find(device)?.Release(at.TotalSeconds);

    /// <summary>Uses what was learned at commissioning.</summary>
    public void Use(DeviceId device, BatteryDynamics dynamics) => fleet.Find(device)?.Use(dynamics);

    /// <summary>A technician has put the meter right: ends <see cref="BalancingState.Stopped"/>.</summary>
    public void TrustMeterAgain() => meterSign.Trust();

    /// <summary>How it follows, as of the readings that it was last shown.</summary>
    public BalancingState State => meterSign.State switch
    {
        MeterSignState.Inverted => BalancingState.Stopped,
        MeterSignState.Doubted => BalancingState.CheckingMeterSign,
        _ => fleet.AllLearned ? BalancingState.Following : BalancingState.Cautious,
    };

    /// <summary>A load that counts other batteries in is another quantity than before, and a battery's own loop moved until now: nothing is smoothed across that.</summary>
    private void Restart()
    {
        netLoad.Restart();
        responses.Restart();
        oscillation.Restart();
        meterSign.Restart();
    }

    private bool TakeSample(Measured sample)
    {
        if (sample.Monotonic <= lastSample) return false;
        lastSample = sample.Monotonic;
        double at = sample.Monotonic.TotalSeconds, grid = sample.Value.ToWatts();
        fleet.Learn(at, grid, events);
        Watch(at, grid);
        if (fleet.AllLearned) Estimate(at, grid);
        else
        {
            chosen = (0, BatteryTrack.LearnedPace);
            netLoad.Take(grid + fleet.InMeterAt(at, chosen.Pace), 0, isCautious: true);
        }

        return true;
    }

    private void Estimate(double at, double grid)
    {
        Span<double> loads = stackalloc double[ResponseChoice.Count];
        for (int i = 0; i < loads.Length; i++) loads[i] = grid + fleet.InMeterAt(at - ResponseChoice.Offset(i), ResponseChoice.Pace(i));
        int best = responses.Choose(at, loads);
        chosen = (ResponseChoice.Offset(best), ResponseChoice.Pace(best));
        double load = loads[best], shown = at - chosen.Offset;
        double early = grid + fleet.InMeterAt(shown + Misjudged, chosen.Pace), late = grid + fleet.InMeterAt(shown - Misjudged, chosen.Pace);
        double doubt = Math.Max(Math.Abs(early - load), Math.Abs(late - load));
        netLoad.Take(load, doubt, isCautious: false);
    }

    private void Watch(double at, double grid)
    {
        if (!fleet.AllCommanded) return;
        double model = fleet.ModelInMeterAt(at), settling = fleet.Settling;
        if (meterSign.Take(at, grid, model, settling)) events.Add(SignEvent(meterSign.State));
        if (!oscillation.Take(at, grid - gridTarget, model, at - fleet.LastCommandAt, settling)) return;
        foreach (var track in fleet.All) track.Doubt();
        events.Add(new(BalancingCodes.Oscillation, null,
            "The control loop oscillated: it goes on slowly and learns the batteries' response anew. If this comes again, repeat the write test."));
    }

    private Power? Decide(ControlImage now, BatteryWish wish, PowerRange allowedTotal, PowerRange? grid)
    {
        bool isStopped = meterSign.State != MeterSignState.Fine;
        if (isStopped) (wish, grid) = (wish with { Bounds = PowerRange.Pin(Watts.ToPower(meterSign.Asked)) }, null);
        double last = fleet.LastCommand;
        bool isAllowed = allowedTotal.Min.ToWatts() <= last && last <= allowedTotal.Max.ToWatts();
        bool isPinned = wish.Bounds.Min == wish.Bounds.Max;
        var asked = (wish, fleet.AllCommanded);
        if (!isNew && isAllowed && !isPinned && lastWish == asked) return null;
        lastWish = asked;

        double target = Target(wish, grid) ?? last;
        double most = settings.RampShare * fleet.RatedWatts * SinceDecision(now);
        double wanted = allowedTotal.ClampWatts(Math.Clamp(target, last - most, last + most));

        // A bound is reached exactly; inside, small changes are not worth a write.
        bool isBound = wanted == target && (isPinned || wanted == wish.Bounds.Min.ToWatts() || wanted == wish.Bounds.Max.ToWatts());
        double threshold = isBound ? 1 : settings.WriteThreshold.ToWatts();
        return isAllowed && fleet.AllCommanded && Math.Abs(wanted - last) < threshold ? null : allowedTotal.Clamp(Watts.ToPower(wanted));
    }

    /// <summary>What the batteries should do regardless of ramp and range; absent while it would need a net load that is not known.</summary>
    private double? Target(BatteryWish wish, PowerRange? grid)
    {
        bool isPinned = wish.Bounds.Min == wish.Bounds.Max;
        if (netLoad.Value is not { } load) return isPinned ? wish.Bounds.Min.ToWatts() : null;
        double target = wish.Bounds.ClampWatts(load - wish.GridTarget.ToWatts());
        return grid is { } connection ? Math.Clamp(target, load - connection.Max.ToWatts(), load - connection.Min.ToWatts()) : target;
    }

    /// <summary>Seconds for the ramp: after a pause no more than one interval of the meter.</summary>
    private double SinceDecision(ControlImage now)
    {
        double time = now.Monotonic.TotalSeconds, longest = Math.Max(1, now.Grid?.Period.TotalSeconds ?? 1);
        double since = Math.Clamp(lastDecision is { } before ? time - before : longest, 0, longest);
        lastDecision = time;
        return since;
    }

    private static BalancingEvent SignEvent(MeterSignState state) => state switch
    {
        MeterSignState.Doubted => new(BalancingCodes.MeterSignDoubted, null, "Grid and battery moved the same way three times; the batteries take small steps for a check."),
        MeterSignState.Inverted => new(BalancingCodes.MeterSignInverted, null,
            "The grid meter counts the wrong way round: balancing has stopped. Set `invert` of the meter in the building file, or turn the meter, then repeat the write test."),
        _ => new(BalancingCodes.MeterSignFine, null, "The grid meter counts the right way; balancing goes on."),
    };
}

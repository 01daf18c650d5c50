using System.Collections.Immutable;
using CoMaKo.Devices;

namespace CoMaKo.Edge.Control.Balancing;

/// <summary>The batteries of the law, of which some are driven in this cycle. Seconds and watts.</summary>
internal sealed class BatteryFleet
{
    private readonly ImmutableArray<BatteryTrack> tracks;
    private readonly List<BatteryTrack> driven = [];

    public BatteryFleet(BalancingSettings settings)
    {
        tracks = [.. settings.Batteries.Select(b => new BatteryTrack(b, settings))];
        driven.AddRange(tracks);
    }

    public IReadOnlyList<BatteryTrack> All => tracks;

    public bool AllLearned => driven.TrueForAll(t => t.IsLearned);

    public bool AllCommanded => driven.TrueForAll(t => t.IsCommanded);

    public double LastCommand => driven.Sum(t => t.LastCommand);

    public double? LastCommandAt => driven.Max(t => t.LastCommandAt);

    public double RatedWatts => driven.Sum(t => t.RatedWatts);

    /// <summary>When a change that is written now has ended in the meter, in seconds.</summary>
    public double Settling => driven.Count == 0 ? 0 : driven.Max(t => t.Dynamics.Settling.TotalSeconds);

    public BatteryTrack? Find(DeviceId device) => tracks.FirstOrDefault(t => t.Battery.Id == device);

    /// <summary>Says who is driven from here on; returns whether it is another choice than before.</summary>
    public bool Drive(IReadOnlySet<DeviceId> without)
    {
        int index = 0;
        bool isSame = true;
        foreach (var track in tracks.Where(t => !without.Contains(t.Battery.Id)))
        {
            isSame = isSame && index < driven.Count && driven[index] == track;
            index++;
        }

        if (isSame && index == driven.Count) return false;
        driven.Clear();
        driven.AddRange(tracks.Where(t => !without.Contains(t.Battery.Id)));
        return true;
    }

    /// <summary>What all driven batteries contribute to a meter sample that arrives at this time.</summary>
    /// <param name="pace">By which of each battery's models.</param>
    public double InMeterAt(double sample, int pace)
    {
        double sum = 0;
        foreach (var track in driven) sum += track.InMeterAt(sample, pace);
        return sum;
    }

    /// <summary>The same by the learned models alone, without the correction for batteries that do not follow.</summary>
    public double ModelInMeterAt(double sample) => driven.Sum(t => t.ModelInMeterAt(sample));

    /// <summary>Takes the readings; what changed in following goes to <paramref name="events"/>.</summary>
    public void Observe(ControlImage now, List<BalancingEvent> events)
    {
        foreach (var image in now.Batteries)
        {
            if (image.Power is not { } reading || Find(image.Id)?.Observe(reading) is not { } follows) continue;
            events.Add(follows
                ? new(BalancingCodes.FollowsAgain, image.Id, "The battery follows its commands again.")
                : new(BalancingCodes.NotFollowing, image.Id, "The battery does not do what it is told; its state of charge, temperature or BMS may forbid it."));
        }
    }

    /// <summary>Lets each driven battery learn from a meter sample.</summary>
    public void Learn(double at, double grid, List<BalancingEvent> events)
    {
        double all = InMeterAt(at, BatteryTrack.LearnedPace);
        foreach (var track in driven.Where(t => t.IsCommanded))
        {
            if (track.Learn(at, grid + all - track.InMeterAt(at, BatteryTrack.LearnedPace)) is { } fit) Believe(track, fit.Dynamics, events);
        }
    }

    private static void Believe(BatteryTrack track, BatteryDynamics learned, List<BalancingEvent> events)
    {
        double moved = (learned.MeterDelay - track.Dynamics.MeterDelay).TotalSeconds;
        bool isNew = !track.IsLearned;
        track.Use(learned);
        if (isNew)
        {
            events.Add(new(BalancingCodes.ResponseLearned, track.Battery.Id, FormattableString.Invariant(
                $"The battery answers {learned.MeterDelay.TotalSeconds:0.0} s after a command; learned from normal operation.")));
        }
        else if (Math.Abs(moved) > 1)
        {
            events.Add(new(BalancingCodes.DelayMoved, track.Battery.Id, FormattableString.Invariant(
                $"The battery now answers {learned.MeterDelay.TotalSeconds:0.0} s after a command, {Math.Abs(moved):0.0} s {(moved > 0 ? "later" : "earlier")} than before; check the line to inverter and meter.")));
        }
    }
}

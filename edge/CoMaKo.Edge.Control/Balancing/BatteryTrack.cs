namespace CoMaKo.Edge.Control.Balancing;

/// <summary>
/// One battery in the law: its model, whether it obeys us or its own loop, and whether it follows its model (anti-windup, local-control §2.2 step 5).
/// Seconds of the monotonic clock, watts, + discharge.
/// </summary>
internal sealed class BatteryTrack
{
    private readonly double leastMisfit;
    private readonly double patience;
    private readonly BatteryResponse response;
    private double freeFrom = double.NegativeInfinity;
    private double? commandedFrom;
    private double lastReading = double.NegativeInfinity;
    private double lastWatts;
    private double? misfitSince;

    public BatteryTrack(BalancedBattery battery, BalancingSettings settings)
    {
        Battery = battery;
        response = new BatteryResponse(Dynamics);
        leastMisfit = Math.Max(200, 0.1 * RatedWatts);
        patience = settings.NotFollowingAfter.TotalSeconds;
    }

    public BalancedBattery Battery { get; }

    public BatteryDynamics Dynamics { get; private set; } = BatteryDynamics.Assumed;

    public bool IsLearned { get; private set; }

    /// <summary>The greater of both ratings.</summary>
    public double RatedWatts => Math.Max(-Battery.Rated.Min.ToWatts(), Battery.Rated.Max.ToWatts());

    /// <summary>The last confirmed command; of a battery in its own mode what it was last measured at.</summary>
    public double LastCommand { get; private set; }

    public bool IsCommanded => commandedFrom is not null;

    /// <summary>What the battery does beyond its model while it does not follow; otherwise 0.</summary>
    public double Misfit { get; private set; }

    /// <summary>While false, <see cref="Misfit"/> stays 0: after an oscillation the reading itself is under suspicion.</summary>
    public bool TrustsReading { get; set; } = true;

    public void Use(BatteryDynamics dynamics)
    {
        (Dynamics, IsLearned) = (dynamics, true);
        response.Use(dynamics);
    }

    public void Forget() => IsLearned = false;

    public void Command(double at, double watts)
    {
        commandedFrom ??= at;
        response.Command(at, watts);
        LastCommand = watts;
    }

    /// <summary>Back in its own mode: from here on the model is what is measured.</summary>
    public void Release(double at)
    {
        if (commandedFrom is null) return;
        (commandedFrom, freeFrom, misfitSince, Misfit) = (null, at, null, 0);
    }

    /// <summary>Takes a reading once; returns whether following ended (false) or began again (true).</summary>
    public bool? Observe(Measured reading)
    {
        double at = reading.Monotonic.TotalSeconds;
        if (at <= lastReading) return null;
        (lastReading, lastWatts) = (at, reading.Value.ToWatts());

        // The reading shows the model as it was one reading delay ago: that is the place where it belongs.
        double shown = at - Dynamics.ReadingDelay.TotalSeconds;
        if (shown >= freeFrom && !(shown >= commandedFrom))
        {
            response.Set(shown, lastWatts);
            if (!IsCommanded) LastCommand = lastWatts;
        }

        return commandedFrom is { } since && shown >= since ? Judge(at, lastWatts - response.At(shown)) : null;
    }

    /// <summary>What the battery contributes to a sample of the grid meter taken at this time.</summary>
    public double InMeterAt(double sample) => ModelInMeterAt(sample) + Misfit;

    /// <summary>The same without the correction for not following.</summary>
    public double ModelInMeterAt(double sample) => response.At(sample - Dynamics.MeterDelay.TotalSeconds);

    private bool? Judge(double at, double misfit)
    {
        if (Math.Abs(misfit) <= leastMisfit)
        {
            bool recovered = Misfit != 0;
            (misfitSince, Misfit, TrustsReading) = (null, 0, true);
            return recovered ? true : null;
        }

        misfitSince ??= at;
        if (at - misfitSince < patience || !TrustsReading) return null;
        bool begins = Misfit == 0;
        Misfit = misfit;
        return begins ? false : null;
    }
}

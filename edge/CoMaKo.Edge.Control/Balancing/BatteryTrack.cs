namespace CoMaKo.Edge.Control.Balancing;

/// <summary>
/// One battery in the law: its model, whether it obeys us or its own loop, and whether it follows its model (anti-windup, local-control §2.2 step 5).
/// Seconds of the monotonic clock, watts, + discharge.
/// </summary>
internal sealed class BatteryTrack
{
    /// <summary>Models with time constants around the learned one, which is <see cref="LearnedPace"/>.</summary>
    public const int Paces = 3;

    public const int LearnedPace = 1;

    private static readonly double[] TimeFactors = [1 / 1.5, 1, 1.5];

    private readonly double leastMisfit;
    private readonly double patience;
    private readonly BatteryResponse[] responses = [.. TimeFactors.Select(_ => new BatteryResponse(BatteryDynamics.Assumed))];
    private readonly ResponseLearner learner = new();
    private double freeFrom = double.NegativeInfinity;
    private double? commandedFrom;
    private double lastReading = double.NegativeInfinity;
    private double? misfitSince;
    private bool trustsReading = true;
    private readonly MovementMatch inMeter = new();
    private readonly MovementMatch inReading = new();

    public BatteryTrack(BalancedBattery battery, BalancingSettings settings)
    {
        Battery = battery;
        Pace(Dynamics);
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

    /// <summary>When that was confirmed; absent while it is in its own mode.</summary>
    public double? LastCommandAt { get; private set; }

    public bool IsCommanded => commandedFrom is not null;

    /// <summary>What the battery does beyond its model while it does not follow; otherwise 0.</summary>
    public double Misfit { get; private set; }

    public void Use(BatteryDynamics dynamics)
    {
        (Dynamics, IsLearned) = (dynamics, true);
        Pace(dynamics);
    }

    /// <summary>What was learned has led to an oscillation. The reading is under suspicion as well: one that is stuck would drive the loop.</summary>
    public void Doubt()
    {
        Use(BatteryDynamics.Assumed);
        (IsLearned, trustsReading, Misfit) = (false, false, 0);
        learner.Forget();
    }

    public void Command(double at, double watts)
    {
        commandedFrom ??= at;
        learner.Command(at, watts, Dynamics);
        foreach (var response in responses) response.Command(at, watts);
        (LastCommand, LastCommandAt) = (watts, at);
    }

    /// <summary>Back in its own mode: from here on the model is what is measured.</summary>
    public void Release(double at)
    {
        if (commandedFrom is null) return;
        (commandedFrom, LastCommandAt, freeFrom, misfitSince, Misfit) = (null, null, at, null, 0);
        learner.Release();
        inMeter.Restart();
        inReading.Restart();
    }

    /// <summary>Takes a reading once; returns whether following ended (false) or began again (true).</summary>
    public bool? Observe(Measured reading)
    {
        double at = reading.Monotonic.TotalSeconds, watts = reading.Value.ToWatts();
        if (at <= lastReading) return null;
        lastReading = at;
        learner.Reading(at, watts);

        // The reading shows the model as it was one reading delay ago: that is the place where it belongs.
        double shown = at - Dynamics.ReadingDelay.TotalSeconds;
        if (shown >= freeFrom && !(shown >= commandedFrom))
        {
            foreach (var response in responses) response.Set(shown, watts);
            if (!IsCommanded) LastCommand = watts;
        }

        if (!(shown >= commandedFrom)) return null;
        double model = responses[LearnedPace].At(shown);
        inReading.Take(at, model, watts);
        return Judge(at, watts - model, Beyond(watts, shown, at));
    }

    /// <summary>Takes a sample of the meter, without what other batteries contribute, and says what can be learned by now.</summary>
    public ResponseFit? Learn(double at, double grid)
    {
        learner.Meter(at, grid);
        inMeter.Take(at, ModelInMeterAt(at), -grid);
        return learner.Learn(at, Dynamics, IsLearned);
    }

    /// <summary>What the battery contributes to a sample of the grid meter that arrives at this time.</summary>
    /// <param name="pace">By which model.</param>
    public double InMeterAt(double sample, int pace) => responses[pace].At(sample - Dynamics.MeterDelay.TotalSeconds) + Misfit;

    /// <summary>The same by the learned model, without the correction for not following.</summary>
    public double ModelInMeterAt(double sample) => InMeterAt(sample, LearnedPace) - Misfit;

    private void Pace(BatteryDynamics dynamics)
    {
        for (int i = 0; i < Paces; i++) responses[i].Use(dynamics with { TimeConstant = dynamics.TimeConstant * TimeFactors[i] });
    }

    /// <summary>The meter saw the battery move, its own reading did not: the reading is stuck, and following it would leave the grid far from its target.</summary>
    private bool IsContradicted => inMeter.Gain - inReading.Gain > 0.4;

    /// <summary>How far a reading lies outside all that the model was around the time that it shows: a battery that is only early or late does follow.</summary>
    private double Beyond(double watts, double shown, double at)
    {
        double slack = IsLearned ? 1 : 5, least = double.PositiveInfinity, most = double.NegativeInfinity;
        for (double time = shown - slack; time <= Math.Min(at, shown + slack); time += 0.5)
        {
            double model = responses[LearnedPace].At(time);
            (least, most) = (Math.Min(least, model), Math.Max(most, model));
        }

        return Math.Abs(watts - Math.Clamp(watts, least, most));
    }

    private bool? Judge(double at, double misfit, double beyond)
    {
        if (beyond <= leastMisfit)
        {
            bool recovered = Misfit != 0;
            (misfitSince, Misfit, trustsReading) = (null, 0, true);
            return recovered ? true : null;
        }

        misfitSince ??= at;
        if (at - misfitSince < patience) return null;
        if (IsContradicted) (trustsReading, Misfit) = (false, 0);
        if (!trustsReading) return null;
        bool begins = Misfit == 0;
        Misfit = misfit;
        return begins ? false : null;
    }
}

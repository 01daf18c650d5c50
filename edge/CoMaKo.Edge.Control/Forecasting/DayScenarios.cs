using NodaTime;

namespace CoMaKo.Edge.Control.Forecasting;

/// <summary>
/// Past days as scenarios of the coming hours (dispatch-optimisation §6.1): the joint path of load and PV of each day, its load scaled to the present level and led over
/// from the last measured value. Strictly causal: the slot that runs is not known. Without a whole day of history there is no scenario.
/// </summary>
public sealed class DayScenarios(ScenarioSettings settings)
{
    /// <summary>A measured value older than this says nothing about the next slots.</summary>
    private const double LongestLeadHours = 2;

    /// <summary>Writes the scenarios for <paramref name="steps"/> slots from the running one on.</summary>
    public void Write(RecentPast past, int steps, ScenarioSet into)
    {
        ArgumentNullException.ThrowIfNull(past);
        ArgumentNullException.ThrowIfNull(into);
        int day = past.SlotsPerDay, days = Math.Min(settings.Days, past.HasLoad ? past.Days : 0);
        into.Clear(steps, Math.Max(1, days));
        double rho = Math.Pow(settings.Persistence, past.StepSeconds / 900.0);
        int lead = LastMeasured(past);
        var scale = new Scale(past, day * Math.Min(settings.Days, Math.Max(1, past.Days)));
        for (int d = 1; d <= days; d++)
        {
            int shift = d * day;
            double level = Level(past, shift);
            double weight = Math.Exp(-(d - 1) / settings.DecayDays) * KindFactor(past, shift) * Similarity(past, shift, scale);
            into.Add(weight, out var load, out var pv);
            double error = lead >= shift ? past.Load[lead] - level * past.Load[lead - shift] : 0;
            double share = lead >= shift ? Math.Pow(rho, past.Count - lead) : 0;
            for (int k = 0; k < steps; k++, share *= rho)
            {
                int from = past.Count + k - shift;
                while (from >= past.Count) from -= day;
                load[k] = Math.Max(0, level * past.Load[from] + error * share);
                pv[k] = past.Pv[from];
            }
        }

        into.Normalise();
    }

    /// <summary>Position of the last measured load, -1 if it is too old.</summary>
    private static int LastMeasured(RecentPast past)
    {
        int oldest = Math.Max(0, past.Count - (int)(LongestLeadHours * 3600 / past.StepSeconds));
        for (int i = past.Count - 1; i >= oldest; i--)
            if (past.IsLoadMeasured[i]) return i;
        return -1;
    }

    /// <summary>Mean load of the last 24 h over that of the 24 h before the scenario's own start; 1 where the latter is not known.</summary>
    private double Level(RecentPast past, int shift)
    {
        int day = past.SlotsPerDay, end = past.Count - shift;
        if (end < day) return 1;
        double before = past.MeanLoad(end - day, end), last = past.MeanLoad(past.Count - day, past.Count);
        return before > 0 ? Math.Clamp(last / before, settings.LeastLevel, settings.GreatestLevel) : 1;
    }

    private double KindFactor(RecentPast past, int shift) =>
        IsWeekend(past.StartOf(past.Count)) == IsWeekend(past.StartOf(past.Count - shift)) ? 1 : settings.OtherDayKind;

    private static bool IsWeekend(Instant at) => at.InUtc().DayOfWeek is IsoDayOfWeek.Saturday or IsoDayOfWeek.Sunday;

    /// <summary>How much the last hours resembled those before the scenario's start: 1 for the same.</summary>
    private double Similarity(RecentPast past, int shift, Scale scale)
    {
        int slots = Math.Min((int)(settings.SimilarityHours * 3600 / past.StepSeconds), past.Count - shift);
        if (slots <= 0) return 1;
        double load = 0, pv = 0;
        for (int i = past.Count - slots; i < past.Count; i++)
        {
            load += Math.Abs(past.Load[i] - past.Load[i - shift]);
            pv += Math.Abs(past.Pv[i] - past.Pv[i - shift]);
        }

        return Math.Exp(-(settings.LoadSimilarity * load / scale.Load + settings.PvSimilarity * pv / scale.Pv) / slots);
    }

    /// <summary>Mean powers of the days that may become scenarios, kW; 1 where nothing flowed.</summary>
    private readonly struct Scale
    {
        public Scale(RecentPast past, int slots)
        {
            (double load, double pv) = (0, 0);
            for (int i = Math.Max(0, past.Count - slots); i < past.Count; i++) (load, pv) = (load + past.Load[i], pv + past.Pv[i]);
            (Load, Pv) = (load > 0 ? load / slots : 1, pv > 0 ? pv / slots : 1);
        }

        public double Load { get; }

        public double Pv { get; }
    }
}

using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Forecasting.Scoring;

/// <summary>
/// Scores the forecasts of a past day on the building's own measurements (forecasting §5), offline and strictly causal: each forecast is made again with what had arrived at its issue time.
/// Issues stand six hours apart, so that every lead is judged at different times of day.
/// </summary>
/// <remarks>Not safe for several threads; one instance reuses its memory.</remarks>
public sealed class ForecastScorer(ScenarioSettings settings)
{
    public const string PastDays = "past-days", Yesterday = "yesterday", LastWeek = "last-week";

    /// <summary>The hub's forecast, and the past days over the same slots: it need not say something about each.</summary>
    public const string Hub = "hub", PastDaysBesideHub = "past-days-beside-hub";

    /// <summary>The hub's PV is used once it was better by this share of its rival's error, on so many days.</summary>
    private const double ClearlyBetter = 0.05;

    private const int DaysToWin = 7;

    /// <summary>Days whose slots teach the width of the band.</summary>
    private const int CalibrationDays = 28;

    /// <summary>Days of history that a score looks at.</summary>
    public const int DaysNeeded = CalibrationDays + 2 + 30;

    /// <summary>kW below which no sun is seen.</summary>
    private const double Dark = 0.01;

    private static readonly Duration Horizon = Duration.FromHours(48), Pace = Duration.FromHours(6);

    private readonly PastDaysForecast pastDays = new(settings);
    private readonly RecentPast past = new();
    private readonly Dictionary<(ScoredQuantity, string, LeadGroup), ForecastErrors> sums = [];

    /// <summary>Scores the slots from <paramref name="begin"/> until before <paramref name="end"/>.</summary>
    /// <param name="history">With the measured day; what arrived later than an issue is not seen by it.</param>
    /// <param name="begin">Local midnight, on the history's grid.</param>
    /// <param name="end">The next one.</param>
    /// <param name="hub">The hub's forecast as it was known at a moment; absent: there is none.</param>
    public ScoreDay Score(History history, LocalDate day, Instant begin, Instant end, Func<Instant, HubForecast?>? hub = null)
    {
        ArgumentNullException.ThrowIfNull(history);
        sums.Clear();
        var truth = history.AsOf(end + Duration.FromDays(1));
        var (load, pv) = Widths(history, begin, truth);
        for (var issued = begin - Horizon + Pace; issued < end; issued += Pace) ScoreIssue(history.AsOf(issued), truth, begin, end, load, pv, hub?.Invoke(issued));
        int measured = 0;
        for (long slot = truth.SlotAt(begin); slot < truth.SlotAt(end); slot++)
            if (truth.Load(slot) is not null) measured++;
        return new(day, measured, [.. sums.OrderBy(s => s.Key).Select(s => new ScoreRow(s.Key.Item1, s.Key.Item2, s.Key.Item3, s.Value))]) { Widths = new(load, pv) };
    }

    /// <summary>Whether the hub's PV forecast was clearly better than the building's own past over these days.</summary>
    public static bool HasHubWon(IReadOnlyList<ScoreDay> days)
    {
        ArgumentNullException.ThrowIfNull(days);
        var both = days.Where(d => d.Rows.Any(r => r.Model == Hub && r.Lead == LeadGroup.DayAhead)).ToList();
        if (both.Count < DaysToWin) return false;
        var rows = ScoreDay.Sum(both).Where(r => r is { Quantity: ScoredQuantity.Pv, Lead: LeadGroup.DayAhead }).ToDictionary(r => r.Model, r => r.Errors);
        return rows[Hub].SkillAgainst(rows[PastDaysBesideHub]) >= ClearlyBetter;
    }

    /// <summary>Widths of the band for load and PV, learned from day-ahead forecasts of the days before.</summary>
    private (double Load, double Pv) Widths(History history, Instant begin, HistoryView truth)
    {
        var (load, pv) = (new BandWidth(), new BandWidth());
        var forecast = new Forecast(history.SlotsPerDay);
        for (int d = 1; d <= CalibrationDays; d++)
        {
            var issued = begin - Duration.FromDays(d);
            past.Read(history.AsOf(issued), settings.HistoryDays);
            if (!pastDays.Write(past, forecast.Load, forecast.Pv)) break;
            for (int k = 0; k < history.SlotsPerDay; k++)
            {
                long slot = past.Running + k;
                if (truth.Load(slot) is { } l) load.Add(l, forecast.Load[k]);
                if (truth.Pv(slot) is { } p && !IsDark(p, forecast.Pv[k])) pv.Add(p, forecast.Pv[k]);
            }
        }

        return (load.Value, pv.Value);
    }

    private void ScoreIssue(HistoryView known, HistoryView truth, Instant begin, Instant end, double loadWidth, double pvWidth, HubForecast? hub)
    {
        past.Read(known, settings.HistoryDays);
        int steps = (int)(Horizon.TotalSeconds / past.StepSeconds);
        var (own, yesterday, week) = (new Forecast(steps), new Forecast(steps), new Forecast(steps));
        if (!pastDays.Write(past, own.Load, own.Pv)) return;
        bool hasYesterday = NaiveForecast.Write(past, 1, yesterday.Load, yesterday.Pv), hasWeek = NaiveForecast.Write(past, 7, week.Load, week.Pv);
        for (int k = 0; k < steps; k++)
        {
            var at = past.StartOf(past.Count + k);
            if (at < begin || at >= end) continue;
            var lead = at - known.IssuedAt;
            foreach (var group in (ReadOnlySpan<LeadGroup>)(known.IssuedAt == begin ? [LeadGroup.DayAhead, GroupOf(lead)] : [GroupOf(lead)]))
            {
                if (truth.Load(past.Running + k) is { } load)
                {
                    Add(ScoredQuantity.Load, PastDays, group, load, own.Load[k].Stretched(loadWidth));
                    if (hasYesterday) Add(ScoredQuantity.Load, Yesterday, group, load, yesterday.Load[k]);
                    if (hasWeek) Add(ScoredQuantity.Load, LastWeek, group, load, week.Load[k]);
                }

                if (truth.Pv(past.Running + k) is not { } pv || IsDark(pv, own.Pv[k])) continue;
                Add(ScoredQuantity.Pv, PastDays, group, pv, own.Pv[k].Stretched(pvWidth));
                if (hasYesterday) Add(ScoredQuantity.Pv, Yesterday, group, pv, yesterday.Pv[k]);
                if (hasWeek) Add(ScoredQuantity.Pv, LastWeek, group, pv, week.Pv[k]);
                if (hub?.At(QuarterHour.Containing(at)) is not { } outside) continue;
                Add(ScoredQuantity.Pv, Hub, group, pv, PowerQuantiles.Exactly(outside));
                Add(ScoredQuantity.Pv, PastDaysBesideHub, group, pv, own.Pv[k].Stretched(pvWidth));
            }
        }
    }

    private void Add(ScoredQuantity quantity, string model, LeadGroup lead, double actual, PowerQuantiles forecast) =>
        sums[(quantity, model, lead)] = sums.GetValueOrDefault((quantity, model, lead)).With(actual, forecast);

    private static bool IsDark(double actual, PowerQuantiles forecast) => actual < Dark && forecast.High < Dark;

    private static LeadGroup GroupOf(Duration lead) => lead.TotalHours switch { < 1 => LeadGroup.Hour, < 6 => LeadGroup.SixHours, < 24 => LeadGroup.Day, _ => LeadGroup.NextDay };

    private sealed class Forecast(int steps)
    {
        public PowerQuantiles[] Load { get; } = new PowerQuantiles[steps];

        public PowerQuantiles[] Pv { get; } = new PowerQuantiles[steps];
    }
}

using System.Collections.Immutable;
using CoMaKo.Edge.Control.Forecasting.Scoring;
using CoMaKo.Edge.Control.Shadow;
using CoMaKo.Edge.Diagnostics;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Hosting;

/// <summary>One day of the comparison in the journal.</summary>
/// <param name="Skipped">Why it was not compared; absent if it was.</param>
/// <param name="Driver">Who drove.</param>
internal sealed record SavingsEntry(LocalDate Day, int Slots, int Missing, string? Skipped, string? Driver, ComparedDay? Compared)
{
    public const string Gaps = "gaps", NoPrices = "prices";

    public SavingsDay? Shown => Compared is { } day ? new(Day, day.CostEur, day.AgainstNoBatteryEur, day.AgainstRuleEur, Driver ?? "", Missing == 0) : null;

    public SkippedDay? Passed => Skipped is { } reason ? new(Day, reason, Missing, Slots) : null;
}

/// <summary>One day of scores in the journal.</summary>
internal sealed record ScoreEntry(LocalDate Day, int Measured, ImmutableArray<ScoreLine> Lines)
{
    public BandWidths Widths { get; init; } = BandWidths.Unknown;

    public static ScoreEntry Of(ScoreDay day) => new(day.Day, day.Measured, [.. day.Rows.Select(ScoreLine.Of)]) { Widths = day.Widths };

    public ScoreDay ToDay() => new(Day, Measured, [.. Lines.Select(l => l.ToRow())]);

    /// <summary>What pages show of some days: our forecast beside yesterday and last week.</summary>
    public static IReadOnlyList<ForecastScore> Shown(IReadOnlyList<ScoreEntry> days)
    {
        var scored = days.Where(d => d.Lines.Length > 0).ToList();
        List<ScoreDay> summed = [.. scored.Select(d => d.ToDay())];
        var rows = ScoreDay.Sum(summed).ToDictionary(r => (r.Quantity, r.Model, r.Lead), r => r.Errors);
        return [.. Enum.GetValues<ScoredQuantity>().Select(quantity => Score(rows, quantity, summed)).OfType<ForecastScore>()];
    }

    private static ForecastScore? Score(Dictionary<(ScoredQuantity, string, LeadGroup), ForecastErrors> rows, ScoredQuantity quantity, List<ScoreDay> scored)
    {
        if (!rows.TryGetValue((quantity, ForecastScorer.PastDays, LeadGroup.DayAhead), out var own) || own.MeanAbsolute is not { } error) return null;
        if (Error(ForecastScorer.Yesterday, LeadGroup.DayAhead) is not { } yesterday) return null;
        return new(quantity == ScoredQuantity.Load ? ForecastQuantity.Load : ForecastQuantity.Pv, scored.Count, Watts(error), yesterday, Math.Round((decimal)own.Coverage!.Value * 100, 1))
        {
            LastWeekError = Error(ForecastScorer.LastWeek, LeadGroup.DayAhead),
            Mean = Watts(own.Actual / own.Count),
            Hub = Error(ForecastScorer.Hub, LeadGroup.DayAhead) is { } hub && Error(ForecastScorer.PastDaysBesideHub, LeadGroup.DayAhead) is { } beside
                ? new(hub, beside, ForecastScorer.HasHubWon(scored)) : null,
            Leads = [.. Leads.Select(lead => Error(ForecastScorer.PastDays, lead.Group) is { } mean ? new LeadScore(lead.Shown, mean, Error(ForecastScorer.Yesterday, lead.Group)) : null).OfType<LeadScore>()],
        };

        Power? Error(string model, LeadGroup lead) => rows.TryGetValue((quantity, model, lead), out var errors) && errors.MeanAbsolute is { } mean ? Watts(mean) : null;
    }

    private static readonly (LeadGroup Group, ForecastLead Shown)[] Leads =
        [(LeadGroup.Hour, ForecastLead.Hour), (LeadGroup.SixHours, ForecastLead.SixHours), (LeadGroup.Day, ForecastLead.Day), (LeadGroup.NextDay, ForecastLead.NextDay)];

    private static Power Watts(double kilowatts) => Power.FromWatts(Math.Round((decimal)kilowatts * 1000));
}

/// <summary>Sums of one row of scores: absolute, square, signed, actual, pinball, in kW.</summary>
internal sealed record ScoreLine(ScoredQuantity Quantity, string Model, LeadGroup Lead, int Count, int Inside, ImmutableArray<double> Sums)
{
    private const int Places = 5;

    public static ScoreLine Of(ScoreRow row)
    {
        var e = row.Errors;
        return new(row.Quantity, row.Model, row.Lead, e.Count, e.Inside, [.. ((double[])[e.Absolute, e.Square, e.Signed, e.Actual, e.Pinball]).Select(sum => Math.Round(sum, 6))]);
    }

    public ScoreRow ToRow() => new(Quantity, Model, Lead, Sums.Length == Places ? new(Count, Sums[0], Sums[1], Sums[2], Sums[3], Sums[4], Inside) : default);
}

using System.Collections.Immutable;
using NodaTime;

namespace CoMaKo.Edge.Control.Forecasting.Scoring;

/// <summary>How good every forecast was for the slots of one local day.</summary>
/// <param name="Measured">Slots of the day with a measured load.</param>
public sealed record ScoreDay(LocalDate Day, int Measured, ImmutableArray<ScoreRow> Rows)
{
    /// <summary>By which the band was stretched.</summary>
    public BandWidths Widths { get; init; } = BandWidths.Unknown;

    /// <summary>Sums of rows of the same kind over days.</summary>
    public static ImmutableArray<ScoreRow> Sum(IEnumerable<ScoreDay> days) =>
        [.. days.SelectMany(d => d.Rows).GroupBy(r => (r.Quantity, r.Model, r.Lead)).Select(g => new ScoreRow(g.Key.Quantity, g.Key.Model, g.Key.Lead, g.Select(r => r.Errors).Aggregate((a, b) => a + b)))];
}

/// <summary>Factors by which bands are stretched so that they hold four of five slots, learned from the days before.</summary>
public sealed record BandWidths(double Load, double Pv)
{
    /// <summary>As the scenarios have them.</summary>
    public static readonly BandWidths Unknown = new(1, 1);
}

/// <param name="Model">Stable word: <c>past-days</c> (what drives), <c>yesterday</c>, <c>last-week</c>.</param>
public sealed record ScoreRow(ScoredQuantity Quantity, string Model, LeadGroup Lead, ForecastErrors Errors);

public enum ScoredQuantity
{
    Load,

    /// <summary>Slots in which it was dark count for no model.</summary>
    Pv,
}

/// <summary>How far ahead a slot was forecast.</summary>
public enum LeadGroup
{
    /// <summary>The whole day, as seen at its midnight.</summary>
    DayAhead,

    /// <summary>Less than an hour.</summary>
    Hour,

    /// <summary>One to six hours.</summary>
    SixHours,

    /// <summary>Six to twenty-four hours.</summary>
    Day,

    /// <summary>Twenty-four to forty-eight hours.</summary>
    NextDay,
}

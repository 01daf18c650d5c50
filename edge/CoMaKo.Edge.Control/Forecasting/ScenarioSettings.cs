namespace CoMaKo.Edge.Control.Forecasting;

/// <summary>How past days become scenarios (dispatch-optimisation §6.1). The defaults were measured; see DECISIONS.md of this folder.</summary>
public sealed record ScenarioSettings
{
    public static ScenarioSettings Default { get; } = new();

    /// <summary>Past days used at most.</summary>
    public int Days { get; init; } = 28;

    /// <summary>Weight falls to 1/e in so many days.</summary>
    public double DecayDays { get; init; } = 10;

    /// <summary>Factor for a day of the other kind (weekday, weekend).</summary>
    public double OtherDayKind { get; init; } = 0.5;

    /// <summary>How fast weight falls with the mean difference of load over the last <see cref="SimilarityHours"/>, in units of the building's mean load: the same for a flat and for a block of them.</summary>
    public double LoadSimilarity { get; init; } = 1.5;

    /// <summary>The same for PV, in units of its mean.</summary>
    public double PvSimilarity { get; init; } = 0.3;

    public double SimilarityHours { get; init; } = 12;

    /// <summary>A day's load is scaled by the ratio of the last 24 h to the 24 h before it, at least by this.</summary>
    public double LeastLevel { get; init; } = 0.5;

    public double GreatestLevel { get; init; } = 2;

    /// <summary>Share of the latest difference between measured and expected load that is left after a quarter of an hour.</summary>
    public double Persistence { get; init; } = 0.8;

    /// <summary>How far the scenarios reach.</summary>
    public double HorizonHours { get; init; } = 36;

    /// <summary>Hours of the day, UTC, at which the past stops telling which day this one will be like: behind them every scenario goes on with the mean of all.</summary>
    public double MixingHours { get; init; } = 12;

    public double MixingOffsetHours { get; init; } = 6;

    /// <summary>Days of history needed for <see cref="Days"/> scenarios: their level looks a day further back.</summary>
    public int HistoryDays => Days + 1;
}

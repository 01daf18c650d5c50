using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Diagnostics;

/// <summary>What control has earned, forecast, decided and been told. Read from the store; pages ask only when they show it.</summary>
public interface IControlHistory
{
    /// <summary>Changes whenever anything here would read differently.</summary>
    long Revision { get; }

    /// <summary>Days with a comparison from <paramref name="from"/> until before <paramref name="to"/>, in order; days without are left out.</summary>
    ValueTask<IReadOnlyList<SavingsDay>> SavingsAsync(LocalDate from, LocalDate to, CancellationToken cancellationToken);

    /// <summary>Days of the span that could not be compared, in order.</summary>
    ValueTask<IReadOnlyList<SkippedDay>> SkippedAsync(LocalDate from, LocalDate to, CancellationToken cancellationToken);

    /// <summary>What was saved in all.</summary>
    ValueTask<SavingsSummary> SummaryAsync(CancellationToken cancellationToken);

    /// <summary>How good the forecasts were over the last days; empty before the first full day.</summary>
    ValueTask<IReadOnlyList<ForecastScore>> ScoresAsync(CancellationToken cancellationToken);

    /// <summary>Decision records, newest first.</summary>
    /// <param name="before">Only records with a smaller number; absent: from the newest.</param>
    ValueTask<IReadOnlyList<DecisionRecord>> DecisionsAsync(long? before, int most, CancellationToken cancellationToken);

    /// <summary>Events of the grid operator that touch the span, newest first.</summary>
    ValueTask<IReadOnlyList<GridEvent>> EventsAsync(Instant from, Instant to, int most, CancellationToken cancellationToken);

    /// <summary>Everything about an event as the grid operator gets it: CSV with the power of every device concerned before, in each minute, and after.</summary>
    /// <returns>Absent if there is no such event.</returns>
    ValueTask<string?> EventCsvAsync(long gridEvent, CancellationToken cancellationToken);
}

/// <summary>One local day, in EUR. Positive = saved.</summary>
/// <param name="CostEur">What the day cost as driven; negative = earned.</param>
/// <param name="AgainstNoBatteryEur">Saved against a building without battery.</param>
/// <param name="AgainstRuleEur">Saved against plain self-consumption.</param>
/// <param name="Driver">Who drove. Words: <c>driver.CODE</c>.</param>
/// <param name="IsComplete">Every quarter hour was measured.</param>
public sealed record SavingsDay(LocalDate Day, decimal CostEur, decimal AgainstNoBatteryEur, decimal AgainstRuleEur, string Driver, bool IsComplete);

/// <summary>A local day of which too little is known to compare it; nothing is filled in.</summary>
/// <param name="Reason">Words: <c>savings.skipped.CODE</c>.</param>
/// <param name="Missing">Quarter hours of which it is missing.</param>
/// <param name="Slots">Quarter hours of the day.</param>
public sealed record SkippedDay(LocalDate Day, string Reason, int Missing, int Slots);

/// <summary>What was saved since the comparison began.</summary>
/// <param name="Since">First day compared; absent before it.</param>
/// <param name="Days">Days compared.</param>
/// <param name="Hindrance">Why nothing is ever compared; absent if it is. Words: <c>savings.hindrance.CODE</c>.</param>
public sealed record SavingsSummary(LocalDate? Since, int Days, decimal AgainstNoBatteryEur, decimal AgainstRuleEur, string? Hindrance)
{
    public static readonly SavingsSummary None = new(null, 0, 0, 0, null);
}

/// <summary>How good one forecast was on its own past.</summary>
/// <param name="Quantity">What was forecast; PV in daylight only.</param>
/// <param name="Days">Over how many days.</param>
/// <param name="MeanError">Mean absolute error of a quarter hour, as seen at midnight.</param>
/// <param name="YesterdayError">The same for "as yesterday", to compare.</param>
/// <param name="InsidePercent">Quarter hours that lay between the 10 % and the 90 % quantile; 80 is right.</param>
public sealed record ForecastScore(ForecastQuantity Quantity, int Days, Power MeanError, Power YesterdayError, decimal InsidePercent)
{
    /// <summary>The same for "as last week"; absent before the second week.</summary>
    public Power? LastWeekError { get; init; }

    /// <summary>Mean of what was measured, to which the errors compare; absent if unknown.</summary>
    public Power? Mean { get; init; }

    /// <summary>How the hub's forecast compares; absent if there is none.</summary>
    public HubScore? Hub { get; init; }

    /// <summary>By how far ahead a quarter hour was forecast, nearest first.</summary>
    public IReadOnlyList<LeadScore> Leads { get; init; } = [];
}

/// <param name="MeanError">Of the hub's forecast.</param>
/// <param name="OwnError">Of the gateway's own, over the same quarter hours.</param>
/// <param name="IsUsed">Plans follow the hub's.</param>
public sealed record HubScore(Power MeanError, Power OwnError, bool IsUsed);

/// <param name="YesterdayError">Absent if unknown.</param>
public sealed record LeadScore(ForecastLead Lead, Power MeanError, Power? YesterdayError);

/// <summary>How far ahead.</summary>
public enum ForecastLead
{
    /// <summary>Less than an hour.</summary>
    Hour,

    /// <summary>One to six hours.</summary>
    SixHours,

    /// <summary>Six to twenty-four hours.</summary>
    Day,

    /// <summary>Twenty-four to forty-eight hours.</summary>
    NextDay,
}

public enum ForecastQuantity
{
    Load,
    Pv,
}

/// <summary>Why one command was what it was.</summary>
/// <param name="Number">Counts up; newer is greater.</param>
/// <param name="Trigger">What changed, e.g. <c>wish</c>, <c>limit</c>, <c>mode</c>, <c>device</c>. Words: <c>trigger.CODE</c>.</param>
/// <param name="Grid">Power at the connection that was acted on; absent if unknown.</param>
/// <param name="Wish">What plan or rule wanted; absent if nothing.</param>
/// <param name="Limits">Only those that took something away.</param>
/// <param name="Writes">One per battery that was written to.</param>
public sealed record DecisionRecord(
    long Number, Instant At, ControlMode Mode, string? Cause, string Trigger, Power? Grid, PowerRange? Wish, IReadOnlyList<LimitRow> Limits,
    PowerRange Allowed, IReadOnlyList<DecisionWrite> Writes)
{
    public Reason? Reason { get; init; }
}

/// <param name="Command">Absent: released.</param>
/// <param name="ReadBack">What the device said it holds; absent if unknown.</param>
/// <param name="Fault">Why the write did not count; absent after a good one.</param>
public sealed record DecisionWrite(DeviceId Device, PowerRange? Command, PowerRange? ReadBack, CodedText? Fault);

/// <summary>One call of the grid operator.</summary>
/// <param name="Source">How people know where it came from, e.g. <c>gpiochip0 line 17</c>, <c>directive 4711</c>.</param>
/// <param name="Received">When the signal was seen.</param>
/// <param name="FirstWrite">When the first device was written to; absent if none had to be or not yet.</param>
/// <param name="AllWritten">When the last device was written to.</param>
/// <param name="Ended">Absent while it lasts.</param>
/// <param name="Limit">Limit of the group (§14a) or of the feed-in (§9), a magnitude.</param>
/// <param name="PowerBefore">Of all devices concerned when it came; absent if unknown.</param>
/// <param name="PowerAfter">Of the same devices when all were written; absent if unknown.</param>
public sealed record GridEvent(
    long Id, GridEventKind Kind, GridEventOrigin Origin, string Source, Instant Received, Instant? FirstWrite, Instant? AllWritten, Instant? Ended,
    Power Limit, Power? PowerBefore, Power? PowerAfter);

public enum GridEventKind
{
    /// <summary>§14a EnWG: controllable consumers dimmed.</summary>
    Dim,

    /// <summary>§9 EEG: feed-in limited.</summary>
    FeedIn,
}

public enum GridEventOrigin
{
    Signal,

    /// <summary>The input was lost, so the failsafe limit applied.</summary>
    Failsafe,

    /// <summary>A technician's test.</summary>
    Test,
}

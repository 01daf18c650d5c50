using CoMaKo.Hub.Metering;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Settlement.Months;

/// <summary>Why a quarter hour cannot be billed.</summary>
public enum OpenCause
{
    /// <summary>No source has a value.</summary>
    Missing,

    /// <summary>Two values contradict each other, or the value is more than the connection lets through.</summary>
    Disputed,

    /// <summary>There is one that somebody must confirm.</summary>
    Unconfirmed,
}

/// <summary>Quarter hours in a row that are open for the same cause.</summary>
/// <param name="To">The first slot after them.</param>
/// <param name="Substitute">What a rule would put in; absent where no value is missing.</param>
public sealed record OpenRun(string Point, EnergyDirection Direction, QuarterHour From, QuarterHour To, OpenCause Cause, Substitution? Substitute = null)
{
    public long Count => (To.StartUnixSeconds - From.StartUnixSeconds) / QuarterHour.Seconds;

    /// <summary>A rule can close it without anybody's word.</summary>
    public bool IsFillable => Substitute is { NeedsConfirmation: false };

    /// <summary>Name inside a month's page.</summary>
    public string Key => FormattableString.Invariant($"{Point}.{(int)Direction}.{From.StartUnixSeconds}");
}

/// <summary>Finds open runs in a series: pure.</summary>
internal static class OpenRuns
{
    /// <param name="days">Days that count, ascending.</param>
    /// <param name="rows">What counts, by day; a day without row has no value at all.</param>
    public static IReadOnlyList<OpenRun> Of(string point, EnergyDirection direction, IReadOnlyList<int> days, IReadOnlyDictionary<int, EffectiveRow> rows)
    {
        var runs = new List<OpenRun>();
        foreach (int day in days)
        {
            rows.TryGetValue(day, out var row);
            var slots = MarketDay.Slots(day);
            for (int i = 0; i < slots.Count; i++)
            {
                if (CauseOf(row is null ? ValueStatus.Absent : (ValueStatus)row.Status[i]) is not { } cause) continue;
                if (runs is [.., var last] && last.To == slots[i] && last.Cause == cause) runs[^1] = last with { To = slots[i].Next };
                else runs.Add(new OpenRun(point, direction, slots[i], slots[i].Next, cause));
            }
        }

        return runs;
    }

    private static OpenCause? CauseOf(ValueStatus status) => EffectiveDay.IsBillable(status) ? null : status switch
    {
        ValueStatus.Absent => OpenCause.Missing,
        ValueStatus.Faulty => OpenCause.Disputed,
        _ => OpenCause.Unconfirmed,
    };
}

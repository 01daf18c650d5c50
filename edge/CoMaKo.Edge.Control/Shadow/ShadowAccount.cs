using System.Collections.Immutable;
using NodaTime;

namespace CoMaKo.Edge.Control.Shadow;

/// <summary>
/// Keeps the daily comparison going: each driver's battery from day to day, who drives next, and what was saved in all. Days come one after another; one that cannot be
/// compared is said to be so and changes no sum. Not safe from several threads.
/// </summary>
public sealed class ShadowAccount
{
    /// <summary>More than this share of a day without measurement, and the rest says nothing about it.</summary>
    private const double MostMissing = 0.1;

    private readonly int drivers;
    private readonly DriverChoice choice;
    private ShadowMemory memory;

    /// <param name="drivers">How many compete; the first is the optimiser without tolerance, the last the rule.</param>
    /// <param name="restored">Absent, or of another number of drivers: begins anew.</param>
    public ShadowAccount(int drivers, ShadowMemory? restored = null)
    {
        this.drivers = drivers;
        memory = restored is not null && restored.DayCosts.All(day => day.Length == drivers) && (restored.Stored.IsDefaultOrEmpty || restored.Stored.Length == drivers)
            ? restored
            : ShadowMemory.Empty with { Total = restored?.Total };
        choice = new DriverChoice(drivers);
        foreach (var day in memory.DayCosts) choice.EndDay(day.AsSpan());
    }

    /// <summary>Who drives.</summary>
    public int Driver => choice.Current;

    /// <summary>The last day that was looked at; absent before the first.</summary>
    public LocalDate? LastDay => memory.LastDay;

    public SavingsTotal? Total => memory.Total;

    public ShadowMemory Memory => memory;

    /// <summary>Whether too little of a day was measured.</summary>
    public static bool HasTooManyGaps(int slots, int missing) => missing > MostMissing * slots;

    /// <summary>kWh with which each driver's battery begins the day: where it stood in the evening before.</summary>
    /// <param name="measured">Where it begins after a day that was not compared, kWh.</param>
    public double[] Morning(LocalDate day, double measured) =>
        memory.LastDay == day.PlusDays(-1) && !memory.Stored.IsDefaultOrEmpty ? [.. memory.Stored] : [.. Enumerable.Repeat(measured, drivers)];

    /// <summary>Ends a day that was compared.</summary>
    /// <param name="stored">kWh of each driver's battery in the evening.</param>
    /// <param name="slots">Quarter hours of the day: 92, 96 or 100.</param>
    /// <param name="missing">Of them not measured.</param>
    /// <param name="isPlanned">Whether a plan was followed; otherwise the battery followed the meter, as the rule does.</param>
    public ComparedDay EndDay(LocalDate day, ShadowCosts costs, ReadOnlySpan<double> stored, int slots, int missing, bool isPlanned)
    {
        ArgumentNullException.ThrowIfNull(costs);
        int drove = isPlanned ? Driver : drivers - 1;
        var compared = new ComparedDay(
            day, drove, Eur(costs.Money), Eur(costs.Without - costs.Driven), Eur(costs.Drivers[^1] - costs.Drivers[drove]), slots, missing) { DriverEur = [.. costs.Drivers.Select(Eur)] };
        choice.EndDay([.. costs.Drivers]);
        var total = memory.Total ?? new(day, 0, 0, 0);
        memory = new(
            day, [.. stored], choice.Days,
            total with { Days = total.Days + 1, AgainstNoBatteryEur = total.AgainstNoBatteryEur + compared.AgainstNoBatteryEur, AgainstRuleEur = total.AgainstRuleEur + compared.AgainstRuleEur });
        return compared;
    }

    /// <summary>Passes over a day that cannot be compared.</summary>
    public void Skip(LocalDate day) => memory = memory with { LastDay = day, Stored = [] };

    /// <summary>Hundredths of a cent: sums of days stay exact.</summary>
    private static decimal Eur(double eur) => Math.Round((decimal)eur, 4);
}

/// <summary>One local day, EUR. Positive = saved.</summary>
/// <param name="Driver">Number of the driver that drove.</param>
/// <param name="CostEur">What the grid meter counted; negative = earned.</param>
/// <param name="AgainstNoBatteryEur">As driven, wear counted and what the battery holds more than in the morning.</param>
/// <param name="AgainstRuleEur">The driver against plain self-consumption, on a battery of the same model.</param>
/// <param name="Missing">Slots that were not measured.</param>
public sealed record ComparedDay(LocalDate Day, int Driver, decimal CostEur, decimal AgainstNoBatteryEur, decimal AgainstRuleEur, int Slots, int Missing)
{
    /// <summary>What the day cost each driver.</summary>
    public required ImmutableArray<decimal> DriverEur { get; init; }
}

/// <summary>What was saved since the first day that was compared.</summary>
/// <param name="Days">That were compared.</param>
public sealed record SavingsTotal(LocalDate Since, int Days, decimal AgainstNoBatteryEur, decimal AgainstRuleEur);

/// <summary>What the comparison must remember over a restart.</summary>
/// <param name="Stored">kWh of each driver's battery in the evening; empty after a day that was not compared.</param>
/// <param name="DayCosts">EUR of each driver on the days that count for the choice, oldest first.</param>
public sealed record ShadowMemory(LocalDate? LastDay, ImmutableArray<double> Stored, ImmutableArray<ImmutableArray<double>> DayCosts, SavingsTotal? Total)
{
    public static readonly ShadowMemory Empty = new(null, [], [], null);
}

using System.Globalization;
using CoMaKo.Edge.Control.Directives;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Planning;

/// <summary>Checks day-ahead prices that somebody sends: a price in the wrong unit or of the wrong day would charge and discharge for nothing. All findings at once.</summary>
public static class PriceRules
{
    /// <summary>EUR/kWh between which the European day-ahead market clears at all (−500 to 5 000 EUR/MWh), with room below for a changed limit.</summary>
    private const double Least = -1, Most = 5;

    /// <summary>A whole curve this dear on average has never been: it is in cents.</summary>
    private const double MostOnAverage = 1.5;

    /// <summary>Prices of earlier days serve the expectation, those of later days than this are not traded yet.</summary>
    private static readonly Duration Oldest = Duration.FromDays(30), Latest = Duration.FromDays(4);

    /// <param name="now">When the prices came.</param>
    public static IReadOnlyList<Finding> Check(PriceDirective directive, Instant now)
    {
        ArgumentNullException.ThrowIfNull(directive);
        var findings = new List<Finding>();
        var prices = directive.EurPerKwh;
        var outside = prices.Where(p => !(p.Value >= Least && p.Value <= Most)).ToList();
        if (outside.Count > 0) Add(outside[0].Slot, Invariant($"{outside.Count} of {prices.Length} prices are outside {Least} to {Most} EUR/kWh, the first is {outside[0].Value}. Prices are in EUR per kWh: divide EUR/MWh by 1000."));
        else if (prices.Average(p => p.Value) > MostOnAverage) Add(prices[0].Slot, Invariant($"On average a kWh would cost {prices.Average(p => p.Value):0.00} EUR. Prices are in EUR per kWh, not in cents."));
        var untimely = prices.Where(p => p.Slot.End <= now - Oldest || p.Slot.Start >= now + Latest).ToList();
        if (untimely.Count > 0) Add(untimely[0].Slot, Invariant($"{untimely.Count} of {prices.Length} prices are for quarter hours more than {Oldest.Days} days ago or {Latest.Days} days ahead. Check the start."));
        if (directive.EurPerKwh.Select(p => p.Slot).Distinct().Count() != prices.Length) Add(prices[0].Slot, "A quarter hour has two prices.");
        return findings;

        void Add(QuarterHour slot, string text) => findings.Add(new(PlanningCodes.WrongPrices, $"{directive.Id} {slot}", null, text));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

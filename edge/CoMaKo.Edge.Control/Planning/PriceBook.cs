using CoMaKo.Edge.Control.Directives;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Planning;

/// <summary>
/// What energy costs and earns in each quarter hour: the building's tariff with the day-ahead prices that came, and expected ones where none is published yet. Not safe from several threads.
/// </summary>
/// <param name="settings">Without findings by <see cref="TariffRules"/>.</param>
/// <param name="zone">The building's.</param>
public sealed class PriceBook(TariffSettings settings, DateTimeZone zone)
{
    /// <summary>48 hours.</summary>
    public const int SlotsAhead = 192;

    private static readonly Duration Kept = Duration.FromDays(30);

    private readonly Tariff tariff = new(settings, zone);
    private readonly SpotPrices spot = new(zone);

    public bool NeedsSpot => tariff.NeedsSpot;

    /// <summary>Takes the prices of a directive in; the same again changes nothing.</summary>
    /// <param name="now">When they came.</param>
    /// <returns>Why they are refused; empty if they were taken.</returns>
    public IReadOnlyList<Finding> Take(PriceDirective directive, Instant now)
    {
        var findings = PriceRules.Check(directive, now);
        if (findings.Count > 0) return findings;
        spot.Add(directive.EurPerKwh, now);
        spot.ForgetBefore(now - Kept);
        return [];
    }

    /// <summary>Prices of consecutive slots.</summary>
    /// <param name="cooperative">What neighbours leave and take in each slot; absent: nothing, e.g. without a hub.</param>
    /// <param name="asOf">Only with day-ahead prices that were known then; absent: all.</param>
    /// <param name="findings">As of <see cref="Tariff.Compose"/>.</param>
    /// <returns>Absent if a day-ahead price is needed and neither known nor to be expected.</returns>
    public PriceCurve? Curve(QuarterHour first, int slots, ForecastDirective? cooperative, Instant? asOf, out IReadOnlyList<Finding> findings)
    {
        var span = new QuarterHour[slots];
        for (int i = 0; i < slots; i++) span[i] = QuarterHour.StartingAt(first.StartUnixSeconds + (long)i * QuarterHour.Seconds);
        return tariff.Compose(span, spot, Powers(cooperative?.CoopImport ?? [], span), Powers(cooperative?.CoopExport ?? [], span), out findings, asOf);
    }

    /// <summary>Prices of the coming 48 hours, from the running slot on.</summary>
    /// <inheritdoc cref="Curve" path="/returns"/>
    public PriceCurve? Coming(Instant now, ForecastDirective? cooperative, out IReadOnlyList<Finding> findings) => Curve(QuarterHour.Containing(now), SlotsAhead, cooperative, null, out findings);

    public PriceMemory Remember() => spot.Remember();

    public void Recall(PriceMemory? memory) => spot.Recall(memory);

    /// <summary>kW in each slot; 0 where nothing is said: neighbours then neither leave nor take anything that could be counted on.</summary>
    private static double[]? Powers(IReadOnlyList<SlotValue> values, QuarterHour[] slots)
    {
        if (values.Count == 0) return null;
        var bySlot = new Dictionary<QuarterHour, double>();
        foreach (var value in values) bySlot[value.Slot] = value.Value;
        return [.. slots.Select(slot => bySlot.GetValueOrDefault(slot))];
    }
}

using System.Collections.Immutable;
using CoMaKo.Edge.Control.Directives;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Forecasting.Scoring;

/// <summary>What the hub once expected of the building's PV, e.g. from a weather service, and since when it was known here.</summary>
/// <param name="Pv">kW.</param>
public sealed record HubForecast(Instant Arrived, ImmutableArray<SlotValue> Pv)
{
    /// <summary>Expected power of a slot, kW; absent if nothing was said of it.</summary>
    public double? At(QuarterHour slot)
    {
        int place = Pv.BinarySearch(new(slot, 0), BySlot);
        return place >= 0 ? Pv[place].Value : null;
    }

    /// <summary>In the order of slots, which <see cref="At"/> needs.</summary>
    public static ImmutableArray<SlotValue> Ordered(IEnumerable<SlotValue> values) => [.. values.OrderBy(v => v.Slot)];

    private static readonly IComparer<SlotValue> BySlot = Comparer<SlotValue>.Create((a, b) => a.Slot.CompareTo(b.Slot));
}

/// <summary>
/// The hub's forecasts of the last weeks as they were known at any moment: a competitor like any other, which must win on the building's own past before it is used (forecasting §6). Not safe from several threads.
/// </summary>
public sealed class HubForecasts
{
    /// <summary>A hub that sends one each minute is not remembered each minute.</summary>
    private static readonly Duration Pace = Duration.FromHours(3);

    private readonly List<HubForecast> known = [];

    /// <summary>Takes a forecast in; one that says nothing about PV, nothing new, or comes too soon after the last, is left out.</summary>
    /// <returns>What was remembered; absent if nothing.</returns>
    public HubForecast? Take(ForecastDirective directive, Instant now)
    {
        ArgumentNullException.ThrowIfNull(directive);
        if (directive.Pv.IsDefaultOrEmpty) return null;
        var pv = HubForecast.Ordered(directive.Pv);
        if (known is [.., var last] && (now - last.Arrived < Pace || pv.SequenceEqual(last.Pv))) return null;
        var forecast = new HubForecast(now, pv);
        known.Add(forecast);
        return forecast;
    }

    /// <summary>What an earlier run remembered.</summary>
    public void Recall(IEnumerable<HubForecast> forecasts)
    {
        known.AddRange(forecasts);
        known.Sort((a, b) => a.Arrived.CompareTo(b.Arrived));
    }

    public void ForgetBefore(Instant instant) => known.RemoveAll(f => f.Arrived < instant);

    /// <summary>The newest that was there; absent if none was.</summary>
    public HubForecast? AsOf(Instant at) => known.FindLast(f => f.Arrived <= at);
}

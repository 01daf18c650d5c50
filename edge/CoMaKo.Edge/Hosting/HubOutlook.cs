using CoMaKo.Edge.Control.Directives;
using CoMaKo.Edge.Control.Forecasting.Scoring;
using CoMaKo.Edge.Storage;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Hosting;

/// <summary>The hub's forecasts of PV, remembered so that they can be scored; plans follow them once they have won. Safe from several threads.</summary>
internal sealed class HubOutlook
{
    private const int MostRecalled = 200;

    /// <summary>Longer than any score looks back.</summary>
    private static readonly Duration Kept = Duration.FromDays(20);

    private readonly Lock gate = new();
    private readonly HubForecasts forecasts = new();
    private readonly ControlJournal journal;

    public HubOutlook(SqliteControlStore store, ControlJournal journal)
    {
        this.journal = journal;
        forecasts.Recall(store.Newest(ControlJournal.HubForecast, MostRecalled).Select(e => ControlJson.Read<HubForecast>(e.Body)).OfType<HubForecast>());
    }

    /// <summary>Whether plans follow it now. Set from any thread.</summary>
    public bool IsUsed { get; set; }

    /// <summary>Remembers what the hub's directives in force say.</summary>
    public void Take(IEnumerable<HubDirective> directives, Instant now)
    {
        lock (gate)
        {
            foreach (var directive in directives.OfType<ForecastDirective>().Where(d => d.IsInForceAt(now)))
                if (forecasts.Take(directive, now) is { } taken) journal.Append(ControlJournal.HubForecast, now, ControlJson.Write(taken));
            forecasts.ForgetBefore(now - Kept);
        }
    }

    /// <summary>The newest forecast that was there.</summary>
    public HubForecast? AsOf(Instant at)
    {
        lock (gate) return forecasts.AsOf(at);
    }

    /// <summary>Expected PV of consecutive slots, kW; absent if nothing was said.</summary>
    public double?[]? Pv(QuarterHour first, int slots, Instant at) => AsOf(at) is { } forecast
        ? [.. Enumerable.Range(0, slots).Select(k => forecast.At(QuarterHour.StartingAt(first.StartUnixSeconds + (long)k * QuarterHour.Seconds)))]
        : null;
}

using CoMaKo.Edge.Configuration;
using CoMaKo.Edge.Control.Directives;
using CoMaKo.Edge.Control.Planning;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Hosting;

/// <summary>What energy costs and earns here: the building's tariff with the day-ahead prices that the hub has sent, which outlive a restart. Safe from several threads.</summary>
internal sealed class PriceKeeper
{
    private const string StateKey = "prices";

    private readonly Lock gate = new();
    private readonly ControlJournal journal;
    private readonly PriceBook? book;

    public PriceKeeper(Building building, ControlJournal journal)
    {
        this.journal = journal;
        if (building.Tariff is not { } tariff) return;
        book = new(tariff, building.Zone);
        book.Recall(journal.Recall<PriceMemory>(StateKey));
    }

    /// <summary>Whether the building file says what energy costs; without it nothing can be planned for money.</summary>
    public bool HasTariff => book is not null;

    /// <summary>Takes the prices of the hub's directives in; the same again changes nothing.</summary>
    public void Take(IEnumerable<HubDirective> directives, Instant now)
    {
        if (book is null) return;
        lock (gate)
        {
            foreach (var prices in directives.OfType<PriceDirective>()) book.Take(prices, now);
            journal.Keep(StateKey, book.Remember());
        }
    }

    /// <summary>Prices of consecutive slots.</summary>
    /// <inheritdoc cref="PriceBook.Curve"/>
    public PriceCurve? Curve(QuarterHour first, int slots, ForecastDirective? cooperative, Instant? asOf, out IReadOnlyList<Finding> findings)
    {
        findings = [];
        if (book is null) return null;
        lock (gate) return book.Curve(first, slots, cooperative, asOf, out findings);
    }
}

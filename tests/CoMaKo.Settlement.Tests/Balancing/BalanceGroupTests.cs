using CoMaKo.Quantities;
using CoMaKo.Settlement.Balancing;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Settlement.Tests.Balancing;

public sealed class BalanceGroupTests
{
    private static readonly LocalDate Day = new(2026, 6, 10);
    private static readonly QuarterHour Noon = QuarterHour.Containing(Instant.FromUtc(2026, 6, 10, 10, 0));

    /// <summary>Domain reference §9: schedule +300 and −800, actual +200 and −1000, reBAP 120 and −40 EUR/MWh: 0.012 and −0.008 EUR.</summary>
    [Fact]
    public void Example_OfTheReference_IsMetExactly()
    {
        var later = Noon.Next;
        var prices = new ReBap(new Dictionary<QuarterHour, long> { [Noon] = 120 * ReBap.PerEuroPerMegawattHour, [later] = -40 * ReBap.PerEuroPerMegawattHour });

        var cost = BalanceGroup.Cost([new(Noon, 2000 - 1800, 1900 - 1600), new(later, 700 - 1700, 800 - 1600)], prices);

        Assert.Equal([-100, -200], cost.Slots.Select(slot => slot.Deviation));
        Assert.Equal([0.012m, -0.008m], cost.Slots.Select(slot => Money.ExactEur(slot.Parts)));
        Assert.Equal((0.004m, 0, false), (cost.ExactEur, cost.Cents, cost.IsProvisional));
    }

    [Fact]
    public void Cost_IsRoundedOnce_AndDistributedToTheCent()
    {
        var slots = Enumerable.Range(0, 3).Select(i => QuarterHour.StartingAt(Noon.StartUnixSeconds + 900L * i)).ToList();
        var prices = new ReBap(slots.ToDictionary(slot => slot, _ => 100_000L)); // 100 EUR/MWh
        var cost = BalanceGroup.Cost(slots.Select(slot => new BalanceSlot(slot, -340, 0)), prices); // 3.4 ct each
        Assert.Equal(10, cost.Cents);

        var lines = BalanceGroup.Distribute(cost, Day, Day.PlusDays(1), CostShare.Deviation, [new("B", 1, 50), new("A", 1, 30), new("C", 1, 20), new("D", 0, 5)]);
        Assert.Equal([("A", 4L), ("B", 3L), ("C", 3L)], lines.Select(line => (line.Point, line.Cents)));

        var byEnergy = BalanceGroup.Distribute(cost, Day, Day.PlusDays(1), CostShare.Energy, [new("B", 1, 50), new("A", 1, 30), new("C", 1, 20)]);
        Assert.Equal([3, 5, 2], byEnergy.Select(line => line.Cents));
        Assert.Equal(byEnergy.Select(line => line.Cents), BalanceGroup.Distribute(cost, Day, Day.PlusDays(1), CostShare.Deviation, [new("A", 0, 30), new("B", 0, 50), new("C", 0, 20)]).Select(line => line.Cents));
        Assert.All(lines, line => Assert.Equal(LineKind.Deviation, line.Kind));
    }

    [Fact]
    public void Earnings_GoTheSameWay()
    {
        var cost = BalanceGroup.Cost([new(Noon, 1000, 0)], new ReBap(new Dictionary<QuarterHour, long> { [Noon] = 100_000 }));

        Assert.Equal(-10, cost.Cents);
        Assert.Equal([-7, -3], BalanceGroup.Distribute(cost, Day, Day.PlusDays(1), CostShare.Energy, [new("A", 0, 2), new("B", 0, 1)]).Select(line => line.Cents));
    }

    [Fact]
    public void Slots_WithoutPositionOrScheduleOrPrice_AreOpen()
    {
        var later = Noon.Next;
        var cost = BalanceGroup.Cost([new(Noon, null, 5), new(later, 5, null), new(later.Next, 5, 4)], new ReBap(new Dictionary<QuarterHour, long> { [Noon] = 1, [later] = 1 }));

        // The third slot has no price of its own, and no earlier month is known.
        Assert.Equal([Noon, later, later.Next], cost.OpenSlots);
        Assert.Equal(0, cost.Parts);
    }

    [Fact]
    public void Price_NotYetPublished_IsTheMeanOfTheLastKnownMonth()
    {
        var april = QuarterHour.Containing(Instant.FromUtc(2026, 3, 31, 22, 0)); // 1 April in Berlin
        var prices = new ReBap(new Dictionary<QuarterHour, long> { [april] = 10, [april.Next] = 15, [april.Previous] = 1_000_000 });

        Assert.Equal((13, true), prices.On(Noon));
        Assert.Equal((15, false), prices.On(april.Next));
        Assert.Equal((1_000_000, true), prices.On(april.Next.Next)); // of April itself a price is missing: March stands in
        Assert.Null(prices.On(QuarterHour.Containing(Instant.FromUtc(2026, 1, 1, 0, 0))));
    }

    [Fact]
    public void Position_IsGenerationMinusConsumptionPlusTrades()
    {
        var generation = SeriesDay.Measured("P", EnergyDirection.Generation, [100, 200, 300]);
        var consumption = new SeriesDay("C", EnergyDirection.Consumption, new long[] { 70, 0, 90 }, new[] { ValueStatus.Measured, ValueStatus.Absent, ValueStatus.Preliminary });

        Assert.Equal([30, null, 210], BalanceGroup.Positions(3, [generation, consumption]));
        Assert.Equal([31, null, 209], BalanceGroup.Positions(3, [generation, consumption], [1, 5, -1]));
        Assert.Equal([null, null, null], BalanceGroup.Positions(3, [generation, null]));
    }

    [Fact]
    public void Forecast_MustBeOlderThanItsDay()
    {
        var begin = Instant.FromUtc(2026, 6, 9, 22, 0);
        StoredForecast At(Instant issued, string model) => new(Day, issued, model, []);
        var tooLate = At(begin, "late");
        var good = At(begin - Duration.FromSeconds(1), "good");

        Assert.False(tooLate.IsBeforeDay);
        Assert.Equal(good, StoredForecast.LatestOf([At(begin - Duration.FromDays(1), "old"), good, tooLate], Day));
        Assert.Null(StoredForecast.LatestOf([tooLate], Day));
    }

    [Fact]
    public void Errors_AreThoseOfSlotsWithBothValues()
    {
        var errors = ForecastErrors.Of([100, 200, null, 300], [110, 170, 5, null])!;

        Assert.Equal((2, 20m, 10m), (errors.Slots, errors.Mae, errors.Bias));
        Assert.Equal(40m / 300m, errors.Nmae);
        Assert.Null(ForecastErrors.Of([null], [1]));
        Assert.Null(ForecastErrors.Of([0], [1])!.Nmae);
    }
}

using CoMaKo.Settlement.Allocation;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Settlement.Tests.Runs;

/// <summary>The worked example of the domain reference (two quarter hours, three members) and the report of the brief, to the cent.</summary>
public sealed class WorkedExampleTests
{
    private static readonly LocalDate Day = new(2025, 8, 1);

    [Theory]
    [InlineData(AllocationMethod.Static, "950 810 440", "150 890 260", 500, "10 8 4", 22)]
    [InlineData(AllocationMethod.StaticRedistributed, "950 1110 440", "150 590 260", 200, "10 11 4", 25)]
    [InlineData(AllocationMethod.Dynamic, "806 1229 465", "294 471 235", 200, "8 12 5", 25)]
    public void Example_OfTheReference_IsMetExactly(AllocationMethod method, string allocated, string grid, long surplus, string cents, long credit)
    {
        var result = Example(method).Settle();

        var consumers = result.Points.Where(point => point.Directions == PointDirections.Consumption).ToList();
        Assert.Equal(allocated, string.Join(' ', consumers.Select(point => point.Total.Allocated)));
        Assert.Equal(grid, string.Join(' ', consumers.Select(point => point.Total.Grid)));
        Assert.Equal(surplus, result.Total.Surplus);
        Assert.Equal(cents, string.Join(' ', result.Lines.Where(line => line.Kind == LineKind.SharedEnergy).Select(line => line.Cents)));
        Assert.Equal([-credit], result.Lines.Where(line => line.Kind == LineKind.SharedGeneration).Select(line => line.Cents));
        Assert.Equal(1m, result.Completeness);
    }

    /// <summary>33.5 / 33.5 / 33.0 ct would be 34 + 34 + 33 = 101 if each were rounded by itself.</summary>
    [Fact]
    public void Cents_OfTheRoundingTrap_SumToTheGroupsAmount()
    {
        var group = new TestGroup(Day, Day.PlusDays(1)).Key(AllocationMethod.Dynamic);
        foreach (var (id, wh) in new[] { ("A", 3350L), ("B", 3350L), ("C", 3300L) })
            group.Point(id, PointDirections.Consumption).Curve(id, EnergyDirection.Consumption, Day, slot => slot == 48 ? wh : 0);
        group.Point("PV", PointDirections.Generation).Curve("PV", EnergyDirection.Generation, Day, slot => slot == 48 ? 10_000 : 0);

        var lines = group.Settle().Lines;

        Assert.Equal([34, 33, 33], lines.Where(line => line.Kind == LineKind.SharedEnergy).Select(line => line.Cents));
        Assert.Equal(0, lines.Sum(line => line.Cents));
    }

    /// <summary>510.2 kWh → 51.02 EUR, 877.0 kWh → 87.70 EUR, of 1 420.0 kWh generated 1 387.2 used: every slot is covered.</summary>
    [Fact]
    public void Report_OfTheBrief_IsMetExactly()
    {
        var group = new TestGroup(Day, Day.PlusDays(1)).Key(AllocationMethod.Dynamic)
            .Point("ZP001", PointDirections.Consumption).Point("ZP002", PointDirections.Consumption).Point("ZP901", PointDirections.Generation)
            .Curve("ZP001", EnergyDirection.Consumption, Day, Spread(510_200))
            .Curve("ZP002", EnergyDirection.Consumption, Day, Spread(877_000))
            .Curve("ZP901", EnergyDirection.Generation, Day, Spread(1_420_000));

        var result = group.Settle();

        Assert.Equal(1_387_200, result.Total.Used);
        Assert.Equal(1_420_000, result.Total.Generated);
        Assert.Equal(32_800, result.Total.Surplus);
        Assert.Equal((510_200, 510_200, 0), Figures(result, "ZP001"));
        Assert.Equal((877_000, 877_000, 0), Figures(result, "ZP002"));
        Assert.Equal([51.02m, 87.70m, -138.72m], result.Lines.Select(line => line.Eur));
    }

    private static (long Used, long Allocated, long Grid) Figures(SettlementResult result, string point)
    {
        var total = result.Points.Single(each => each.Point == point).Total;
        return (total.Used, total.Allocated, total.Grid);
    }

    private static Func<int, long> Spread(long wh)
    {
        long[] shares = LargestRemainder.Distribute(wh, [.. Enumerable.Repeat(1L, 96)]);
        return slot => shares[slot];
    }

    private static TestGroup Example(AllocationMethod method)
    {
        var group = new TestGroup(Day, Day.PlusDays(1)).Key(method, null, ("A", 500_000), ("B", 300_000), ("C", 200_000));
        foreach (var (id, noon, evening) in new[] { ("A", 600L, 500L), ("B", 900L, 800L), ("C", 300L, 400L) })
            group.Point(id, PointDirections.Consumption).Curve(id, EnergyDirection.Consumption, Day, slot => slot == 48 ? noon : slot == 72 ? evening : 0);
        return group.Point("PV", PointDirections.Generation).Curve("PV", EnergyDirection.Generation, Day, slot => slot == 48 ? 2000 : slot == 72 ? 700 : 0);
    }
}

using System.Numerics;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Settlement.Tests.Runs;

public sealed class DeltaRunTests
{
    /// <summary>10 000 corrections of 250 small groups. The published sum is checked against a fresh settlement each time and against the plain rules at the end.</summary>
    [Fact]
    public void Published_AfterTenThousandCorrections_EqualsAFreshSettlement()
    {
        int withMoney = 0;
        for (int seed = 0; seed < 250; seed++)
        {
            var random = new Random(seed);
            var source = new RandomGroup(random, random.Next(1, 8), random.Next(1, 4), random.Next(10, 24));
            List<SettlementLine> published = [.. source.Group.Settle().Lines];
            for (int correction = 0; correction < 40; correction++)
            {
                source.Change();
                var fresh = source.Group.Settle();
                var delta = DeltaRun.Of(fresh.Lines, published);
                Assert.Equal(0, delta.Where(line => line.Kind is LineKind.SharedEnergy or LineKind.SharedGeneration).Sum(line => line.Cents));
                published.AddRange(delta);
                if (delta.Any(line => line.Cents != 0)) withMoney++;
                Assert.Equal(fresh.Lines.Select(Amount), Published(published));
                Assert.Empty(DeltaRun.Of(fresh.Lines, published));
            }

            Assert.Equal(NaiveSettlement.Lines(source.Group), Published(published));
        }

        Assert.True(withMoney > 3_000, $"Only {withMoney} corrections moved money.");
    }

    [Fact]
    public void Line_ThatVanished_IsTakenBack()
    {
        var day = new NodaTime.LocalDate(2026, 8, 1);
        var line = new SettlementLine(LineKind.SharedEnergy, "ZP1", day, day.PlusMonths(1), 500, 100_000, 5);

        Assert.Equal([line with { Wh = -500, Cents = -5 }], DeltaRun.Of([], [line]));
        Assert.Equal([line with { Wh = -100, Cents = -1 }], DeltaRun.Of([line with { Wh = 400, Cents = 4 }], [line]));
    }

    /// <summary>A corrected price leaves the energy as it is.</summary>
    [Fact]
    public void Line_WithAnotherPrice_IsCorrectedInMoneyOnly()
    {
        var day = new NodaTime.LocalDate(2026, 8, 1);
        var line = new SettlementLine(LineKind.SharedEnergy, "ZP1", day, day.PlusMonths(1), 500, 100_000, 5);

        Assert.Equal([line with { Wh = 0, Price = 200_000, Cents = 5 }], DeltaRun.Of([line with { Price = 200_000, Cents = 10 }], [line]));
    }

    private static IEnumerable<(LineKind, string, NodaTime.LocalDate, BigInteger, BigInteger)> Published(List<SettlementLine> lines) =>
        DeltaRun.Sum(lines).Where(line => line is not { Wh: 0, Cents: 0 }).Select(Amount);

    private static (LineKind, string, NodaTime.LocalDate, BigInteger, BigInteger) Amount(SettlementLine line) => (line.Kind, line.Point, line.From, line.Wh, line.Cents);
}

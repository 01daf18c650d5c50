using CoMaKo.Settlement.Allocation;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Settlement.Tests.Runs;

public sealed class TaxRulesTests
{
    private static readonly LocalDate Day = new(2026, 6, 10);
    private static readonly TaxProfile Standard = new(null, TaxTreatment.Standard, 1900);

    /// <summary>Two lines of 0.03 EUR: 19 % of each would be 1 + 1 cent, of their sum it is 1.</summary>
    [Fact]
    public void Tax_IsOnTheSum_NotPerLine()
    {
        var result = Group(100, 100).Settle();
        Assert.Equal([3, 3, -6], result.Lines.Select(line => line.Cents));

        var taxes = TaxRules.Of(result, point => point == "P" ? "producer" : "member", (_, _) => [Standard]);

        Assert.Equal([(LineKind.Tax, "member", 6L, 1L), (LineKind.CreditTax, "producer", -6L, -1L)], taxes.Select(tax => (tax.Kind, tax.Person, tax.NetCents, tax.TaxCents)));
        Assert.Equal(new SettlementLine(LineKind.Tax, "member", Day, Day.PlusDays(2), 0, 1900, 1), taxes[0].ToLine());
    }

    [Fact]
    public void SmallBusiness_AndReverseCharge_ShowNone()
    {
        var result = Group(3000, 3000).Settle();
        foreach (var treatment in new[] { TaxTreatment.None, TaxTreatment.SmallBusiness, TaxTreatment.ReverseCharge })
            Assert.All(TaxRules.Of(result, point => point, (_, _) => [new TaxProfile(null, treatment, 1900)]), tax => Assert.Equal((0L, treatment), (tax.TaxCents, tax.Treatment)));
    }

    [Fact]
    public void Profile_ThatChangesInsideTheMonth_TakesItsDays()
    {
        var result = Group(30_000, 10_000).Settle(); // A: 300 ct on the first day, 600 ct on the second
        var taxes = TaxRules.Of(result, point => point, (person, _) => person == "A" ? [Standard, new TaxProfile(Day.PlusDays(1), TaxTreatment.SmallBusiness)] : [Standard]);

        Assert.Equal([(Day, 300L, 57L), (Day.PlusDays(1), 600L, 0L)], taxes.Where(tax => tax.Person == "A").Select(tax => (tax.From, tax.NetCents, tax.TaxCents)));
        Assert.Equal(result.Lines.Sum(line => line.Cents), taxes.Sum(tax => tax.NetCents));
        Assert.Throws<ArgumentException>(() => TaxRules.Of(result, point => point, (_, _) => [new TaxProfile(Day.PlusDays(1), TaxTreatment.None)]));
    }

    /// <summary>In one slot of the first day, and twice as much on the second.</summary>
    private static TestGroup Group(long a, long b)
    {
        var group = new TestGroup(Day, Day.PlusDays(2)).Key(AllocationMethod.Dynamic).Point("A", PointDirections.Consumption).Point("B", PointDirections.Consumption).Point("P", PointDirections.Generation);
        foreach (var (day, times) in new[] { (Day, 10), (Day.PlusDays(1), 20) })
        {
            group.Curve("A", EnergyDirection.Consumption, day, slot => slot == 48 ? a * times / 10 : 0).Curve("B", EnergyDirection.Consumption, day, slot => slot == 48 ? b * times / 10 : 0);
            group.Curve("P", EnergyDirection.Generation, day, slot => slot == 48 ? 10 * (a + b) : 0);
        }

        return group;
    }
}

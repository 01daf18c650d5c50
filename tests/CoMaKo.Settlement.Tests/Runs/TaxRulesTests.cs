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

    /// <summary>
    /// Anna, a small business, pays 9.00 EUR; Ben, a reseller, 3.00 EUR; Paul, a small business, is credited 12.00 EUR. By hand: the cooperative's own status decides on
    /// what it charges, Paul's on what he is credited, and nobody owes the tax of a supplier who is no reseller.
    /// </summary>
    [Theory]
    [InlineData(TaxTreatment.Standard, "A Standard 171, B Standard 57, P SmallBusiness 0")]
    [InlineData(TaxTreatment.ReverseCharge, "A Standard 171, B ReverseCharge 0, P SmallBusiness 0")]
    [InlineData(TaxTreatment.SmallBusiness, "A SmallBusiness 0, B SmallBusiness 0, P SmallBusiness 0")]
    [InlineData(TaxTreatment.None, "A None 0, B None 0, P SmallBusiness 0")]
    public void Supplier_DecidesTheTax_OfEachSide(TaxTreatment cooperative, string expected)
    {
        var known = new Dictionary<string, IReadOnlyList<TaxProfile>>
        {
            [TaxRules.Cooperative] = [new TaxProfile(null, cooperative, 1900)], ["A"] = [new TaxProfile(null, TaxTreatment.SmallBusiness)],
            ["B"] = [new TaxProfile(null, TaxTreatment.ReverseCharge, 1900)], ["P"] = [new TaxProfile(null, TaxTreatment.SmallBusiness)],
        };

        var taxes = TaxRules.Of(Group(30_000, 10_000).Settle(), point => point, TaxRules.BySupplier(known));

        Assert.Equal(expected, string.Join(", ", taxes.Select(tax => $"{tax.Person} {tax.Treatment} {tax.TaxCents}")));
    }

    /// <summary>12.00 EUR at 19 % are 2.28 EUR on either side.</summary>
    [Fact]
    public void WithoutAProfileOfTheCooperative_TheParticipantsHoldsForBothSides()
    {
        var known = new Dictionary<string, IReadOnlyList<TaxProfile>> { ["A"] = [Standard], ["P"] = [Standard], ["B"] = [new TaxProfile(null, TaxTreatment.ReverseCharge, 1900)] };

        var taxes = TaxRules.Of(Group(30_000, 10_000).Settle(), point => point, TaxRules.BySupplier(known));

        Assert.Equal("A Standard 171, B ReverseCharge 0, P Standard -228", string.Join(", ", taxes.Select(tax => $"{tax.Person} {tax.Treatment} {tax.TaxCents}")));
    }

    /// <summary>A reseller becomes one on the second day and stops on the third: before and after, the supplier's rate holds.</summary>
    [Fact]
    public void Profiles_OfBothSides_HoldFromEachDayOnWhichOneChanges()
    {
        var supplier = (TaxProfile[])[new(null, TaxTreatment.ReverseCharge, 1900), new(Day.PlusDays(3), TaxTreatment.SmallBusiness)];
        var recipient = (TaxProfile[])[new(Day.PlusDays(1), TaxTreatment.ReverseCharge, 700), new(Day.PlusDays(2), TaxTreatment.Standard, 700)];

        Assert.Equal(
            [(null, TaxTreatment.Standard, 1900L), (Day.PlusDays(1), TaxTreatment.ReverseCharge, 1900), (Day.PlusDays(2), TaxTreatment.Standard, 1900), (Day.PlusDays(3), TaxTreatment.SmallBusiness, 0)],
            TaxRules.Between(supplier, recipient).Select(each => (each.From, each.Treatment, each.RateBasisPoints)));
        Assert.Equal([(Day.PlusDays(1), TaxTreatment.Standard)], TaxRules.Between([Standard with { From = Day.PlusDays(1) }], [new TaxProfile(null, TaxTreatment.None)]).Select(each => ((LocalDate)each.From!, each.Treatment)));
    }

    /// <summary>
    /// Balancing cost of 1.00 EUR by A and 0.40 EUR back to P go with the supply: A's month is 9.00 + 1.00 EUR at 19 %. From the second day on nothing is taxed: of A's
    /// three parts of energy one lies before, so 3.00 + 0.33 EUR are taxed. P delivers 10 times what A and B use: a third of it on the first day.
    /// </summary>
    [Fact]
    public void BalancingCost_SharesTheTaxOfTheSupply()
    {
        var settled = Group(30_000, 10_000).Settle();
        SettlementLine Cost(string point, long cents) => new(LineKind.Deviation, point, settled.From, settled.To, 1, 0, cents);
        var result = settled with { Lines = [.. settled.Lines, Cost("A", 100), Cost("P", -40), Cost("forecast only", 10)] };
        Func<string, LineKind, IReadOnlyList<TaxProfile>> Of(params TaxProfile[] own) => TaxRules.BySupplier(new Dictionary<string, IReadOnlyList<TaxProfile>> { [TaxRules.Cooperative] = own });

        var whole = TaxRules.Of(result, point => point, Of(Standard)).Where(tax => tax.Kind == LineKind.Tax);
        Assert.Equal([("A", 1000L, 190L), ("B", 300L, 57L), ("P", -40L, -8L), ("forecast only", 10L, 2L)], whole.Select(tax => (tax.Person, tax.NetCents, tax.TaxCents)).OrderBy(tax => tax.Person, StringComparer.Ordinal));
        var parts = TaxRules.Of(result, point => point, Of(Standard, new TaxProfile(Day.PlusDays(1), TaxTreatment.None))).Where(tax => tax.Kind == LineKind.Tax && tax.Person is "A" or "forecast only");
        Assert.Equal([("A", 333L, 63L), ("A", 667L, 0L), ("forecast only", 10L, 0L)], parts.Where(tax => tax.Kind == LineKind.Tax).Select(tax => (tax.Person, tax.NetCents, tax.TaxCents)));
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

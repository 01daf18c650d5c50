using CoMaKo.Settlement.Allocation;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Settlement.Tests.Runs;

/// <summary>What leaves slots open, what is kept apart, and what makes the same run.</summary>
public sealed class SettlementRunTests
{
    private static readonly LocalDate Day = new(2026, 6, 10);

    [Fact]
    public void Slot_WithAMissingValue_CountsAsUsedAndAsNothingElse()
    {
        var group = Group().Set("A", EnergyDirection.Consumption, Day, 10, ValueStatus.Absent).Set("B", EnergyDirection.Consumption, Day, 11, ValueStatus.Preliminary, 70);
        var result = group.Settle();

        Assert.Equal([(10, 1, "A"), (11, 1, "B")], result.OpenSlots.Select(open => ((int)(open.Slot.StartUnixSeconds % 86_400 / 900 + 8) % 96, open.MissingSeries, open.FirstPoint!)));
        Assert.Equal((95 * 100, 94 * 100, 0), Of(result, "A"));
        Assert.Equal((95 * 50 + 70, 94 * 50, 0), Of(result, "B"));
        Assert.Equal(new EnergyFigures(0, 96 * 200, 0, 94 * 150, 0, 94 * 50), result.Points.Single(point => point.Point == "P").Total);
        Assert.Equal((94, 0.979m), (result.SettledSlots, result.Completeness));
    }

    [Fact]
    public void Point_WithoutAnyValue_HasNoSum_AndNothingIsInvented()
    {
        var group = new TestGroup(Day, Day.PlusDays(1)).Key(AllocationMethod.Dynamic).Point("A", PointDirections.Consumption).Point("P", PointDirections.Generation);
        var result = group.Settle();

        Assert.Equal((96, 0, 0m), (result.ExpectedSlots, result.SettledSlots, result.Completeness));
        Assert.DoesNotContain("used_wh", System.Text.Encoding.UTF8.GetString(SettlementJson.ToBytes(result)), StringComparison.Ordinal);
        Assert.Empty(result.Lines);
    }

    [Fact]
    public void Group_WithoutMembers_ExpectsNothing()
    {
        var result = new TestGroup(Day, Day.PlusDays(1)).Key(AllocationMethod.Dynamic).Point("A", PointDirections.Consumption, Day.PlusDays(1)).Settle();

        Assert.Equal((0, 0m, 0), (result.ExpectedSlots, result.Completeness, result.Points.Count));
    }

    [Theory]
    [InlineData("no key", "CMH-3124")]
    [InlineData("no price", "CMH-3125")]
    [InlineData("sum", "CMH-3121")]
    [InlineData("joined", "CMH-3122")]
    [InlineData("left", "CMH-3123")]
    [InlineData("profile", "CMH-3126")]
    public void Terms_ThatDoNotFit_LeaveTheDayOpen(string fault, string code)
    {
        var group = Group();
        group.Keys.Clear();
        group.Key(AllocationMethod.Static, null, ("A", 600_000), ("B", fault == "sum" ? 300_000 : 400_000));
        if (fault == "no key") group.Keys.Clear();
        if (fault == "no price") group.Prices[0] = new PriceVersion(Day.PlusDays(1), 100_000);
        if (fault == "joined") group.Point("C", PointDirections.Consumption).Curve("C", EnergyDirection.Consumption, Day, _ => 1);
        if (fault == "left") group.Memberships[1] = group.Memberships[1] with { To = Day };
        if (fault == "profile") group.Points[0] = group.Points[0] with { IsProfile = true };

        var result = group.Settle();

        Assert.Contains(result.Findings, finding => finding.Code == code && finding.From == Day && finding.To == Day.PlusDays(1));
        Assert.All(result.OpenSlots, open => Assert.Equal(OpenReason.Terms, open.Reason));
        Assert.Equal((96, 0), (result.OpenSlots.Count, result.Total.Allocated));
        Assert.Equal(96 * 100, result.Points.Single(point => point.Point == "A").Total.Used);
    }

    [Fact]
    public void Findings_OfEqualDays_AreOne()
    {
        var group = new TestGroup(Day, Day.PlusDays(5)).Point("A", PointDirections.Consumption).Point("B", PointDirections.Consumption, Day.PlusDays(1)).Key(AllocationMethod.Static, null, ("A", 1_000_000));

        var finding = Assert.Single(group.Settle().Findings);
        Assert.Equal(("CMH-3122", Day.PlusDays(1), Day.PlusDays(5), "B"), (finding.Code, finding.From, finding.To, finding.Point));
    }

    [Fact]
    public void Profile_TakesPart_WhereTheGroupAllowsIt()
    {
        var group = Group();
        group.Points[0] = group.Points[0] with { IsProfile = true };
        group.AllowsProfiles = true;

        Assert.Empty(group.Settle().OpenSlots);
    }

    [Fact]
    public void SubstitutedEnergy_IsBilledAndSaysSo()
    {
        var result = Group().Set("A", EnergyDirection.Consumption, Day, 10, ValueStatus.Substituted, 77).Settle();

        Assert.Empty(result.OpenSlots);
        Assert.Equal(new Coverage(96, 96, 96, 77), result.Points[0].Consumption);
    }

    [Fact]
    public void EqualKeys_AreWrittenOut() =>
        Assert.Equal([("A", 333_334L), ("B", 333_333L), ("C", 333_333L)], KeyVersion.Equal(null, AllocationMethod.Static, ["C", "A", "B"]).Weights.OrderBy(each => each.Key).Select(each => (each.Key, each.Value)));

    [Fact]
    public void Battery_GivesBackByOrigin_AndLosesBoth()
    {
        var group = new TestGroup(Day, Day.PlusDays(1)).Key(AllocationMethod.Dynamic).Point("A", PointDirections.Consumption).Point("BAT", PointDirections.Both).Point("P", PointDirections.Generation)
            .Curve("A", EnergyDirection.Consumption, Day, slot => slot == 80 ? 500 : 0)
            .Curve("P", EnergyDirection.Generation, Day, slot => slot == 40 ? 600 : 0)
            .Curve("BAT", EnergyDirection.Consumption, Day, slot => slot == 40 ? 900 : 0)
            .Curve("BAT", EnergyDirection.Generation, Day, slot => slot is 80 ? 500 : slot is 90 ? 600 : 0);
        group.Batteries.Add(new BatteryAccount("BAT", 0, 100));

        var result = group.Settle();

        // 600 of 900 charged were shared: 600 own, 400 from the grid. Discharge of 500: 300 and 200; of 600: 300, 200 and 100 that nobody knows.
        Assert.Equal([new BatteryResult("BAT", 0, 0, 600, 400, 100)], result.Batteries);
        Assert.Equal((500, 500, 0), Of(result, "A"));
    }

    [Fact]
    public void Prices_AreBilledApart_AndSurplusAndFeesLineByLine()
    {
        var group = Group(days: 2);
        group.Prices[0] = new PriceVersion(null, 100_000, 10_000, 60_000);
        group.Prices.Add(new PriceVersion(Day.PlusDays(1), 120_000));

        // 9.6 + 4.8 kWh shared a day, 4.8 kWh surplus.
        Assert.Equal(
            [(LineKind.SharedEnergy, "A", 96L), (LineKind.SharedEnergy, "A", 115L), (LineKind.SharedEnergy, "B", 48L), (LineKind.SharedEnergy, "B", 58L),
                (LineKind.SharedGeneration, "P", -144L), (LineKind.SharedGeneration, "P", -173L), (LineKind.Fee, "P", 14L), (LineKind.Surplus, "P", -29L)],
            group.Settle().Lines.Select(line => (line.Kind, line.Point, line.Cents)));
    }

    [Fact]
    public void Hash_SeesEachInputThatCounts()
    {
        var hashes = new HashSet<string> { Group().Settle().InputHash };
        void Changed(Action<TestGroup> change)
        {
            var group = Group();
            change(group);
            Assert.True(hashes.Add(group.Settle().InputHash), "The hash did not change.");
        }

        Changed(group => group.Set("A", EnergyDirection.Consumption, Day, 5, ValueStatus.Measured, 101));
        Changed(group => group.Set("A", EnergyDirection.Consumption, Day, 5, ValueStatus.Substituted, 100));
        Changed(group => group.Set("A", EnergyDirection.Consumption, Day, 5, ValueStatus.Absent));
        Changed(group => group.Prices[0] = new PriceVersion(null, 100_001));
        Changed(group => group.Prices[0] = new PriceVersion(null, 100_000, 1));
        Changed(group => group.Prices[0] = new PriceVersion(null, 100_000, 0, 0));
        Changed(group => group.Keys[0] = KeyVersion.Equal(null, AllocationMethod.Static, ["A", "B"]));
        Changed(group => group.Keys[0] = KeyVersion.Equal(null, AllocationMethod.StaticRedistributed, ["A", "B"]));
        Changed(group => group.Memberships[0] = group.Memberships[0] with { To = Day });
        Changed(group => group.Point("C", PointDirections.Consumption));
        Changed(group => group.Batteries.Add(new BatteryAccount("A", 5)));
        Assert.DoesNotContain(Group(days: 2).Settle().InputHash, hashes);
        Assert.Contains(Group().Settle().InputHash, hashes);
    }

    [Fact]
    public void Input_ThatContradictsItself_IsRefused()
    {
        var group = Group();
        Assert.Throws<ArgumentException>(() => SettlementRun.Settle(group.Terms, Day, Day, group.Curves()));
        Assert.Throws<ArgumentException>(() => SettlementRun.Settle(group.Terms, Day, Day.PlusDays(1), group.Curves().Concat(group.Curves())));
        Assert.Throws<ArgumentException>(() => SettlementRun.Settle(group.Terms, Day, Day.PlusDays(1), group.Curves().Select(day => day with { Series = [.. day.Series, day.Series[0]] })));
        Assert.Throws<ArgumentException>(() => SettlementRun.Settle(group.Terms, Day, Day.PlusDays(1), [new DayCurves(Day, [SeriesDay.Measured("A", EnergyDirection.Consumption, new long[95])])]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Group().Set("A", EnergyDirection.Consumption, Day, 1, ValueStatus.Measured, -1).Settle());
        Assert.Throws<ArgumentException>(() => SettlementRun.Settle(group.Terms with { Points = [] }, Day, Day.PlusDays(1), group.Curves()));
    }

    private static (long Used, long Allocated, long Grid) Of(SettlementResult result, string point)
    {
        var total = result.Points.Single(each => each.Point == point).Total;
        return (total.Used, total.Allocated, total.Grid);
    }

    /// <summary>A and B use 100 and 50 Wh a slot, P makes 200.</summary>
    private static TestGroup Group(int days = 1)
    {
        var group = new TestGroup(Day, Day.PlusDays(days)).Key(AllocationMethod.Dynamic).Point("A", PointDirections.Consumption).Point("B", PointDirections.Consumption).Point("P", PointDirections.Generation);
        foreach (var day in group.Days)
            group.Curve("A", EnergyDirection.Consumption, day, _ => 100).Curve("B", EnergyDirection.Consumption, day, _ => 50).Curve("P", EnergyDirection.Generation, day, _ => 200);
        return group;
    }
}

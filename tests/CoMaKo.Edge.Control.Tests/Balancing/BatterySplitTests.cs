using CoMaKo.Devices;
using CoMaKo.Edge.Control.Balancing;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Tests.Balancing;

public sealed class BatterySplitTests
{
    private static readonly Instant Noon = Instant.FromUtc(2026, 6, 1, 12, 0);

    [Theory]
    [InlineData(6000, 4000, 2000)]
    [InlineData(8000, 5000, 3000)]
    [InlineData(20000, 5000, 5000)]
    public void Of_Discharging_GoesByStoredEnergyAndPassesTheRestOn(int total, int first, int second) =>
        AssertShares(Shares(total, Image("a", 60), Image("b", 35)), first, second);

    [Fact]
    public void Of_Charging_GoesByFreeEnergy() =>
        AssertShares(Shares(-6000, Image("a", 50), Image("b", 70)), -4000, -2000);

    [Fact]
    public void Of_OneFull_TheOtherTakesAll() =>
        AssertShares(Shares(-3000, Image("a", 90), Image("b", 30)), 0, -3000);

    [Fact]
    public void Of_OneWithoutSoC_CountsAsHalfFull() =>
        AssertShares(Shares(4000, Image("a", 50), Image("b", null)), 2000, 2000);

    [Fact]
    public void Of_OneDropsOut_TheRestTakesOverInTheSameCall()
    {
        var split = Split();
        var images = new[] { Image("a", 60), Image("b", 35) };
        AssertShares(split.Of(Watts(4500), [Rated, Rated], [.. images], Noon, Duration.Zero), 3000, 1500);

        AssertShares(split.Of(Watts(4500), [Rated, Rated], [.. images], Noon, Duration.Zero, new HashSet<DeviceId> { new("a") }), null, 4500);
    }

    [Fact]
    public void Of_SmallPower_OneWorksAloneForFiveMinutesAndTheyTakeTurnsDaily()
    {
        var split = Split();
        var images = new[] { Image("a", 60), Image("b", 60) };
        Power?[] At(Instant now) => [.. split.Of(Watts(1000), [Rated, Rated], [.. images], now, now - Noon)];
        int OfDay(Power?[] shares) => Array.FindIndex(shares, s => s == Watts(1000));

        var midnight = Instant.FromUtc(2026, 6, 2, 0, 0);
        int first = OfDay(At(midnight - Duration.FromMinutes(2)));
        Assert.Equal(first, OfDay(At(midnight + Duration.FromMinutes(2))));
        Assert.Equal(1 - first, OfDay(At(midnight + Duration.FromMinutes(4))));
        Assert.Equal(1 - first, OfDay(At(midnight + Duration.FromHours(12))));
    }

    [Fact]
    public void Of_SmallPowerButTheChosenOneMayNot_TheOtherDoesIt()
    {
        var split = Split();
        for (int minute = 0; minute < 3; minute++)
        {
            var shares = split.Of(Watts(1000), [minute == 1 ? Range(0, 500) : Rated, minute == 2 ? Range(0, 500) : Rated], [Image("a", 60), Image("b", 60)], Noon, Duration.FromMinutes(minute));
            Assert.Equal(Watts(1000), shares[0]!.Value + shares[1]!.Value);
            Assert.Contains(Power.Zero, shares.Select(s => s!.Value));
        }
    }

    [Fact]
    public void Of_RangeForcesOneToCharge_TheOtherDoesNotDischargeAgainstIt() =>
        AssertShares(Split().Of(Watts(1000), [Range(-3000, -2000), Rated], [Image("a", 40), Image("b", 60)], Noon, Duration.Zero), -2000, 0);

    [Fact]
    public void Of_RandomCases_KeepsRangesSumAndOneDirection()
    {
        var random = new Random(7);
        for (int n = 0; n < 5000; n++)
        {
            int count = random.Next(1, 5);
            var split = new BatterySplit([.. Enumerable.Range(0, count).Select(i => new SplitBattery(new($"b{i}"), Rated, new Energy(random.Next(2, 20) * 1000), 10, 90))]);
            var ranges = Enumerable.Range(0, count).Select(_ => Range(-random.Next(0, 5001), random.Next(0, 5001))).ToArray();
            var images = Enumerable.Range(0, count).Select(i => Image($"b{i}", random.Next(0, 101))).ToArray();
            long most = ranges.Sum(r => r.Max.Milliwatts), least = ranges.Sum(r => r.Min.Milliwatts);
            var total = new Power(random.NextInt64(least, most + 1));

            var shares = split.Of(total, [.. ranges], [.. images], Noon, Duration.FromSeconds(n)).Select(s => s!.Value).ToArray();

            Assert.Equal(total.Milliwatts, shares.Sum(s => s.Milliwatts));
            Assert.All(shares.Zip(ranges), pair => Assert.True(pair.Second.Contains(pair.First)));
            Assert.False(shares.Any(s => s > Power.Zero) && shares.Any(s => s < Power.Zero));
        }
    }

    private static readonly PowerRange Rated = Range(-5000, 5000);

    private static BatterySplit Split() => new([new SplitBattery(new("a"), Rated, new Energy(10_000), 10, 90), new SplitBattery(new("b"), Rated, new Energy(10_000), 10, 90)]);

    private static IReadOnlyList<Power?> Shares(int total, params BatteryImage[] images) => Split().Of(Watts(total), [Rated, Rated], [.. images], Noon, Duration.Zero);

    private static BatteryImage Image(string id, int? soc) =>
        new(new(id), null, soc is { } percent ? new MeasuredSoC(percent, Duration.Zero) : null, null, null, null, true, false);

    private static void AssertShares(IReadOnlyList<Power?> shares, params int?[] expected) =>
        Assert.Equal(expected.Select(e => e is { } watts ? Watts(watts) : (Power?)null), shares);

    private static Power Watts(int watts) => Power.FromWatts(watts);

    private static PowerRange Range(int min, int max) => new(Watts(min), Watts(max));
}

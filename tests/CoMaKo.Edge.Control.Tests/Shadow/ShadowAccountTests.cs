using CoMaKo.Edge.Control.Shadow;
using NodaTime;

namespace CoMaKo.Edge.Control.Tests.Shadow;

public sealed class ShadowAccountTests
{
    private static readonly LocalDate First = new(2026, 5, 1);

    [Fact]
    public void EndDay_OptimiserDrove_SavesAgainstNoBatteryAndRule()
    {
        var account = new ShadowAccount(2);
        var day = account.EndDay(First, new(Without: 3, Money: 1.5, Driven: 1.75, Drivers: [1.6, 2]), [5, 4], 96, 0, isPlanned: true);

        Assert.Equal((0, 1.5m, 1.25m, 0.4m), (day.Driver, day.CostEur, day.AgainstNoBatteryEur, day.AgainstRuleEur));
        Assert.Equal(new SavingsTotal(First, 1, 1.25m, 0.4m), account.Total);
    }

    [Fact]
    public void EndDay_NoPlanWasFollowed_ClaimsNothingForPlanning()
    {
        var day = new ShadowAccount(2).EndDay(First, new(3, 1.5, 1.75, [1.6, 2]), [5, 4], 96, 0, isPlanned: false);
        Assert.Equal((1, 1.25m, 0m), (day.Driver, day.AgainstNoBatteryEur, day.AgainstRuleEur));
    }

    [Fact]
    public void EndDay_RuleClearlyBetterForDays_DrivesTheNextDay()
    {
        var account = new ShadowAccount(2);
        for (int d = 0; d < 7; d++) Assert.Equal(0, Day(account, First.PlusDays(d), 2 + d * 0.01, 1.8).Driver);
        Assert.Equal(1, account.Driver);
        Assert.Equal(1, Day(account, First.PlusDays(7), 2, 1.8).Driver);
    }

    [Fact]
    public void Morning_DayAfterDay_GoesOnWhereEachDriverStood()
    {
        var account = new ShadowAccount(2);
        Assert.Equal([6, 6], account.Morning(First, 6));
        account.EndDay(First, new(3, 1.5, 1.75, [1.6, 2]), [5, 4], 96, 0, true);

        Assert.Equal([5, 4], account.Morning(First.PlusDays(1), 6));
        Assert.Equal([6, 6], account.Morning(First.PlusDays(2), 6));
    }

    [Fact]
    public void Skip_Day_ChangesNoSumAndBeginsAtTheMeasuredCharge()
    {
        var account = new ShadowAccount(2);
        Day(account, First, 1.6, 2);
        var total = account.Total;
        account.Skip(First.PlusDays(1));

        Assert.Equal((First.PlusDays(1), total), (account.LastDay, account.Total));
        Assert.Equal([7, 7], account.Morning(First.PlusDays(2), 7));
    }

    [Theory]
    [InlineData(96, 9, false)]
    [InlineData(96, 10, true)]
    [InlineData(92, 10, true)]
    [InlineData(100, 10, false)]
    public void HasTooManyGaps_MoreThanATenth_IsTooMany(int slots, int missing, bool isTooMany) => Assert.Equal(isTooMany, ShadowAccount.HasTooManyGaps(slots, missing));

    [Fact]
    public void Memory_AfterRestart_GoesOnAsIfNothingHappened()
    {
        var (whole, restarted) = (new ShadowAccount(3), new ShadowAccount(3));
        var random = new Random(20261121);
        for (int d = 0; d < 40; d++)
        {
            double rule = 2 + random.NextDouble();
            double[] costs = [rule - 0.3 + 0.5 * random.NextDouble(), rule - 0.1 + 0.2 * random.NextDouble(), rule];
            var day = First.PlusDays(d);
            if (d % 11 == 10)
            {
                whole.Skip(day);
                restarted.Skip(day);
            }
            else
            {
                double[] stored = [random.NextDouble(), 1, 2];
                var a = whole.EndDay(day, new(rule + 1, rule, rule, costs), stored, 96, 0, true);
                var b = restarted.EndDay(day, new(rule + 1, rule, rule, costs), stored, 96, 0, true);
                Assert.Equal((a.Driver, a.AgainstRuleEur), (b.Driver, b.AgainstRuleEur));
            }

            restarted = new(3, restarted.Memory);
            Assert.Equal((whole.Driver, whole.LastDay, whole.Total), (restarted.Driver, restarted.LastDay, restarted.Total));
            Assert.Equal(whole.Morning(day.PlusDays(1), 9), restarted.Morning(day.PlusDays(1), 9));
        }
    }

    [Fact]
    public void Memory_OfOtherDrivers_KeepsTheTotalOnly()
    {
        var old = new ShadowAccount(2);
        Day(old, First, 1.6, 2);
        var account = new ShadowAccount(4, old.Memory);

        Assert.Equal((null, old.Total), (account.LastDay, account.Total));
        Assert.Equal(new ShadowAccount(4).Driver, account.Driver);
    }

    [Fact]
    public void Driver_OfANewBox_IsTheVeryCarefulOneUntilAnotherIsClearlyBetter()
    {
        var account = new ShadowAccount(5);
        for (int d = 0; d < 6; d++)
        {
            Assert.Equal(2, account.Driver);
            Day(account, First.PlusDays(d), [1, 1.1, 1.2, 1.3, 2]);
        }

        Day(account, First.PlusDays(6), [1, 1.1, 1.2, 1.3, 2]);
        Assert.Equal(0, account.Driver);
    }

    private static ComparedDay Day(ShadowAccount account, LocalDate day, double optimiser, double rule) => Day(account, day, [optimiser, rule]);

    private static ComparedDay Day(ShadowAccount account, LocalDate day, double[] costs) => account.EndDay(day, new(3, 1.5, 1.75, costs), new double[costs.Length], 96, 0, true);
}

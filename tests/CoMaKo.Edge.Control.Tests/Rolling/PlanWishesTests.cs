using CoMaKo.Devices;
using CoMaKo.Edge.Control.Dispatch;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Edge.Control.Planning;
using CoMaKo.Edge.Control.Rolling;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Tests.Rolling;

public sealed class PlanWishesTests
{
    private static readonly DeviceId Battery = new("battery");
    private static readonly LimitSettings Site = new([new(Battery, new(Power.FromWatts(-5000), Power.FromWatts(5000)), new(10_000))], [], []) { SoC = new() { WindowMin = 0, WindowMax = 100 } };

    private readonly PlanWishes wishes = new(Site, Power.FromWatts(30));

    [Fact]
    public void WishFor_NoPlan_LeavesItToTheRule() => Assert.Equal(Causes.NoPlan, wishes.WishFor(Now(Duration.Zero)).Cause);

    [Fact]
    public void WishFor_FlatPrices_IsSelfConsumptionWithTheUsualTarget()
    {
        wishes.Plan = Plan(_ => 0.30);
        var answer = wishes.WishFor(Now(Duration.FromMinutes(5), grid: 800));

        Assert.Equal(new BatteryWish(BatteryMode.Balance, new(Power.FromWatts(-5000), Power.FromWatts(5000)), Power.FromWatts(30)), answer.Wish);
        Assert.Equal(ReasonCase.Cover, answer.Reason!.Case);
    }

    [Fact]
    public void WishFor_CheapNightWithPermission_ForcesChargingUntilThatIsEnough()
    {
        wishes.Plan = Plan(Days.Spread, new() { MayChargeFromGrid = true });
        var answer = wishes.WishFor(Now(Duration.FromHours(5.75), grid: 800, soc: 50));
        var wish = answer.Wish;
        Assert.Equal(BatteryMode.ForcedPower, wish!.Value.Mode);
        Assert.Equal(Power.FromWatts(-5000), wish.Value.Bounds.Min);
        Assert.Equal(Power.Zero, wish.Value.GridTarget);
        Assert.Equal(ReasonCase.StoreCheap, answer.Reason!.Case);

        wish = wishes.WishFor(Now(Duration.FromHours(5.75) + Duration.FromMinutes(10), grid: 800, soc: 100)).Wish;
        Assert.NotEqual(BatteryMode.ForcedPower, wish!.Value.Mode);
        Assert.Equal(Power.Zero, wish.Value.Bounds.Max); // at 20 ct the house buys, and the battery keeps what it has for 45
    }

    [Fact]
    public void WishFor_NoNewPlanForHours_GoesOnWithTheLaterSlotsToTheEnd()
    {
        wishes.Plan = Plan(Days.Spread);
        Assert.Equal(BatteryMode.AbsorbSurplus, wishes.WishFor(Now(Duration.FromHours(2), grid: 800)).Wish!.Value.Mode);
        Assert.Equal(Power.FromWatts(5000), wishes.WishFor(Now(Duration.FromHours(18), grid: 800)).Wish!.Value.Bounds.Max);
        Assert.NotNull(wishes.WishFor(Now(Duration.FromHours(36) - Duration.FromSeconds(1), grid: 800)).Wish);
        Assert.Equal(Causes.PlanOld, wishes.WishFor(Now(Duration.FromHours(36), grid: 800)).Cause);
    }

    [Fact]
    public void WishFor_RuleIsTheBetterDriver_LeavesItToTheRule()
    {
        wishes.Plan = Plan(Days.Spread);
        wishes.Driver = Driver.All[^1];
        Assert.Equal(Causes.RuleDrives, wishes.WishFor(Now(Duration.FromHours(2), grid: 800)).Cause);
    }

    [Fact]
    public void WishFor_ChargeNotKnown_LeavesItToTheRule()
    {
        wishes.Plan = Plan(Days.Spread);
        Assert.Equal(Causes.SoCUnknown, wishes.WishFor(Now(Duration.FromHours(2), grid: 800, soc: null)).Cause);
        Assert.Equal(Causes.SoCUnknown, wishes.WishFor(Now(Duration.FromHours(2), grid: 800, socAge: Duration.FromMinutes(11))).Cause);
    }

    [Fact]
    public void WishFor_ValueAtTheBorder_DoesNotChangeItsModeEachSecond()
    {
        // At the border between keeping and covering, the state of charge flickers by one step of its display.
        wishes.Plan = Plan(_ => 0.30, values: (5, 0.5, 0.1));
        var modes = new List<BatteryMode>();
        for (int second = 0; second < 600; second++) modes.Add(wishes.WishFor(Now(Duration.FromSeconds(second), grid: 40, soc: second % 2 == 0 ? 49 : 51)).Wish!.Value.Mode);

        int changes = modes.Zip(modes.Skip(1)).Count(pair => pair.First != pair.Second);
        Assert.InRange(changes, 1, 5);
    }

    [Fact]
    public void WishFor_DearSlotBegins_ChangesAtOnceWhereItIsWorthIt()
    {
        wishes.Plan = Plan(hour => hour == 1 ? 2.0 : 0.10);
        Assert.Equal(Power.Zero, wishes.WishFor(Now(Duration.FromMinutes(59.9), grid: 3000)).Wish!.Value.Bounds.Max);
        Assert.Equal(Power.FromWatts(5000), wishes.WishFor(Now(Duration.FromMinutes(60), grid: 3000)).Wish!.Value.Bounds.Max);
    }

    private static RollingPlan Plan(Func<int, double> import, OwnerWishes? owner = null, (double Stored, double Low, double High)? values = null)
    {
        var plan = Days.Plan(Days.Past(_ => 1), Days.Horizon(Days.Midnight, import, wishes: owner ?? new()), 5);
        if (values is not { } step) return plan;
        ReadOnlySpan<double> slopes = [-step.Low, -step.High], lengths = [step.Stored, 10 - step.Stored];
        var function = new ValueFunction(0, 0, slopes, lengths);
        return plan with { Values = [.. plan.Values.Select(_ => function)] };
    }

    private static ControlImage Now(Duration since, int grid = 0, decimal? soc = 50, Duration? socAge = null)
    {
        var monotonic = Duration.FromHours(1) + since;
        Measured Seen(int watts) => new(Power.FromWatts(watts), monotonic, Duration.FromSeconds(1));
        var battery = new BatteryImage(Battery, Seen(0), soc is { } percent ? new(percent, monotonic - (socAge ?? Duration.Zero)) : null, null, null, null, null, false);
        return new(Days.Midnight + since, monotonic, true, Seen(grid), [], null, [battery], [], new([]));
    }
}

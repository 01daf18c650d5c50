using CoMaKo.Edge.Control.Forecasting;
using CoMaKo.Edge.Control.Planning;
using CoMaKo.Edge.Control.Rolling;
using NodaTime;

namespace CoMaKo.Edge.Control.Tests.Rolling;

public sealed class RollingPlannerTests
{
    private static readonly OwnerWishes MayBuy = new() { MayChargeFromGrid = true };

    [Fact]
    public void Plan_DaysThatRepeat_CostsWhatTheExactPlannerFindsForThatDay()
    {
        double Load(int hour) => hour is >= 17 and < 22 ? 2 : 0.5;
        double Pv(int hour) => hour is >= 10 and < 15 ? 3 : 0;
        var horizon = Days.Horizon(Days.Midnight, Days.Spread, wishes: MayBuy);
        var plan = Days.Plan(Days.Past(Load, Pv), horizon, 3);

        double[] load = [.. plan.Slots.Select(s => Load(s.Start.InUtc().Hour))], pv = [.. plan.Slots.Select(s => Pv(s.Start.InUtc().Hour))];
        double best = new Planner().Solve(horizon.Problem(0, horizon.Count, load, pv) with { Battery = Days.Battery with { E0 = 3, TerminalValue = horizon.TerminalValue } });
        Assert.Equal(best, plan.ExpectedCost - horizon.TerminalValue * plan.Slots[^1].Stored, 0.01); // the mean of two mixings lies on a grid of 50 states
        Assert.Equal(best, plan.Slots.Sum(s => 0.25 * (Math.Max(0, s.Grid) * s.ImportPrice - Math.Max(0, -s.Grid) * s.ExportPrice)) - horizon.TerminalValue * plan.Slots[^1].Stored, 0.01);
    }

    [Fact]
    public void Plan_CheapNightAndDearEvening_BuysAtNightForTheEveningAndSaysSo()
    {
        var plan = Days.Plan(Days.Past(_ => 1), Days.Horizon(Days.Midnight, Days.Spread, wishes: MayBuy), 0);

        var night = plan.Slots.Where(s => s.Start.InUtc() is { Day: 12, Hour: < 6 }).ToList();
        Assert.Equal(10, night[^1].Stored, 0.01);
        var buying = night.First(s => s.Expected < -0.1);
        Assert.Equal(ReasonCase.StoreCheap, buying.Reason.Case);
        Assert.Equal(0.20, buying.Reason.Now!.Value, 9);
        Assert.Equal(0.45, buying.Reason.Later!.Value, 9);
        Assert.Equal(17, buying.Reason.At!.Value.InUtc().Hour);
        Assert.Equal(BatteryMode.ForcedPower, buying.Law.Mode);
        var evening = plan.Slots.Where(s => s.Start.InUtc() is { Day: 12, Hour: >= 17 and < 21 }).ToList();
        Assert.All(evening, s => Assert.Equal((1.0, ReasonCase.Cover), (Math.Round(s.Expected, 6), s.Reason.Case)));
        Assert.All(plan.Slots.Where(s => s.Start.InUtc() is { Day: 12, Hour: 22 }), s => Assert.True(s.Value is > 0.2 and < 0.45, $"{s.Value}"));
    }

    [Fact]
    public void Plan_WithoutThePermission_NeverBuysForTheBattery()
    {
        var plan = Days.Plan(Days.Past(_ => 1), Days.Horizon(Days.Midnight, Days.Spread, wishes: new()), 4);

        Assert.All(plan.Slots, s => Assert.True(s.Expected > -1e-9 && s.Law.Min > -5 - 1e-9 && s.Law.Mode != BatteryMode.ForcedPower, $"{s}"));
        var night = plan.Slots[0];
        Assert.Equal((0.0, ReasonCase.Keep, BatteryMode.AbsorbSurplus), (night.Expected, night.Reason.Case, night.Law.Mode));
        Assert.Equal(0, plan.Slots.Last(s => s.Start.InUtc().Day == 12).Stored, 0.01);
    }

    [Fact]
    public void Plan_SunnyDay_KeepsSurplusForTheEveningAndNamesThePriceThatItAvoids()
    {
        var plan = Days.Plan(Days.Past(_ => 0.5, hour => hour is >= 9 and < 16 ? 3 : 0), Days.Horizon(Days.Midnight, _ => 0.30, wishes: new()), 0);

        var noon = plan.Slots.Single(s => s.Start == Days.Midnight + Duration.FromHours(10));
        Assert.Equal((ReasonCase.StoreSurplus, BatteryMode.Balance), (noon.Reason.Case, noon.Law.Mode));
        Assert.Equal((0.08, 0.30), (noon.Reason.Now!.Value, noon.Reason.Later!.Value));
        Assert.Equal(-2.5, noon.Expected, 6);
        var late = plan.Slots.Single(s => s.Start == Days.Midnight + Duration.FromHours(15));
        Assert.Equal(ReasonCase.Full, late.Reason.Case);
        Assert.Equal(ReasonCase.Empty, plan.Slots[0].Reason.Case);
    }

    [Fact]
    public void Plan_ExportThatCosts_IsAvoidedByTheBatteryFirstAndThenByCurtailing()
    {
        double Export(int hour) => hour is >= 11 and < 14 ? -0.05 : 0.08;
        var horizon = Days.Horizon(Days.Midnight, _ => 0.30, Export, new());
        var past = Days.Past(_ => 0.5, hour => hour is >= 9 and < 16 ? 6 : 0);
        var free = Days.Plan(past, horizon with { CurtailableShare = 1 }, 0);

        Assert.All(free.Slots.Where(s => s.ExportPrice < 0), s => Assert.True(s.Grid > -1e-6, $"{s.Start} exports {-s.Grid} kW at {s.ExportPrice}"));
        Assert.Contains(free.Slots, s => s.Curtailed > 0.1 && s.Reason.Case == ReasonCase.Curtail && s.Reason.Now == -0.05);
        Assert.All(free.Slots.Where(s => s.ExportPrice > 0), s => Assert.Equal(0, s.Curtailed, 9));
        var fixedPlant = Days.Plan(past, horizon, 0);
        Assert.True(fixedPlant.ExpectedCost > free.ExpectedCost + 0.05, $"{fixedPlant.ExpectedCost} without curtailing, {free.ExpectedCost} with it");
    }

    [Fact]
    public void Plan_TargetOfTheOwner_IsReachedInTimeAndNamed()
    {
        var wishes = MayBuy with { Targets = [new(new LocalTime(7, 0), 80, [IsoDayOfWeek.Monday])] };
        var plan = Days.Plan(Days.Past(_ => 0.4), Days.Horizon(Days.Midnight, _ => 0.30, wishes: wishes), 1);

        var last = plan.Slots.Single(s => s.Start == Days.Midnight + Duration.FromHours(6.75));
        Assert.Equal(8, last.Stored, 0.06);
        var charging = plan.Slots.First(s => s.Expected < -0.1);
        Assert.Equal((ReasonCase.Target, Days.Midnight + Duration.FromHours(7)), (charging.Reason.Case, charging.Reason.At!.Value));
        Assert.Equal(8, charging.Reason.Stored!.Value, 9);
        Assert.True(plan.Slots.Single(s => s.Start == Days.Midnight + Duration.FromHours(12)).Stored < 7, "afterwards the house may have it");
    }

    [Fact]
    public void Plan_Reserve_IsNotTouched()
    {
        var plan = Days.Plan(Days.Past(_ => 1), Days.Horizon(Days.Midnight, _ => 0.30, wishes: new() { ReservePercent = 30 }), 6);

        Assert.True(plan.Slots.Min(s => s.Stored) > 2.94, $"{plan.Slots.Min(s => s.Stored)} kWh at the least");
        Assert.Contains(plan.Slots, s => s.Reason.Case == ReasonCase.Reserve);
        Assert.All(plan.Slots, s => Assert.InRange(s.Value, 0, 0.30));
    }

    [Fact]
    public void Plan_DimmedByTheGridOperator_BuysNoMoreThanIsLeft()
    {
        double[] dimmed = [.. Enumerable.Range(0, Days.Slots).Select(k => k < 24 ? 1.5 : double.PositiveInfinity)];
        var plan = Days.Plan(Days.Past(_ => 0.2), Days.Horizon(Days.Midnight, hour => hour < 6 ? 0.10 : 0.40, wishes: MayBuy, dimmed: dimmed), 0);

        Assert.All(plan.Slots.Take(24), s => Assert.True(s.Expected >= -1.5 - 1e-9, $"{s.Expected} kW"));
        Assert.Contains(plan.Slots.Take(24), s => s.Reason is { Case: ReasonCase.Dimmed, Limit: 1.5 });
    }

    [Fact]
    public void Plan_WithoutHistory_IsMadeFromTheStandardProfileAndSaysSo()
    {
        var horizon = Days.Horizon(Days.Midnight, Days.Spread, wishes: MayBuy);
        var nothing = new History(Duration.FromMinutes(15));
        var cold = new ColdStart(DateTimeZone.Utc, 3650, new Site(49, 11), [new PvPlane(8, 30, 0)]);
        var plan = new RollingPlanner(ScenarioSettings.Default, cold).Plan(nothing.AsOf(Days.Midnight), horizon, 2, 0);

        Assert.NotNull(plan);
        Assert.True(plan.IsColdStart);
        Assert.InRange(plan.Slots.Take(96).Average(s => s.Load.Median), 0.42, 0.54); // 3 650 kWh a year on a working day in winter
        var noon = plan.Slots.Single(s => s.Start == Days.Midnight + Duration.FromHours(11));
        Assert.True(noon.Pv.Low < noon.Pv.Median && noon.Pv.Median < noon.Pv.High && noon.Pv.High < 8, $"{noon.Pv}");
        Assert.Null(new RollingPlanner(ScenarioSettings.Default).Plan(nothing.AsOf(Days.Midnight), horizon, 2, 0));
    }

    [Fact]
    public void Plan_InsideASlot_CountsOnlyWhatIsLeftOfIt()
    {
        var now = Days.Midnight + Duration.FromMinutes(12);
        var plan = Days.Plan(Days.Past(_ => 1), Days.Horizon(now, _ => 0.30, wishes: new()), 5, now);

        Assert.Equal(5 - 3.0 / 60 / 0.95, plan.Slots[0].Stored, 6);
        Assert.Equal(5 - 3.0 / 120 / 0.95, plan.StoredAt(now + Duration.FromSeconds(90))!.Value, 6);
        Assert.Null(plan.StoredAt(plan.Until));
    }

    [Fact]
    public void Plan_SevenDaysWithoutReadings_GoesOnWithTheOldDays()
    {
        var now = Days.Midnight + Duration.FromDays(7);
        var plan = Days.Plan(Days.Past(hour => hour is >= 18 and < 20 ? 3 : 0.5), Days.Horizon(now, _ => 0.30, wishes: new()), 5, now);

        Assert.False(plan.IsColdStart);
        var evening = plan.Slots.Single(s => s.Start == now + Duration.FromHours(18));
        Assert.Equal(3, evening.Load.Median, 1);
    }
}

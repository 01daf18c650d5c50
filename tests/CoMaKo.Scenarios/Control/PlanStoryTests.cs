using CoMaKo.Devices;
using CoMaKo.Devices.Simulator.Model;
using CoMaKo.Edge.Control;
using CoMaKo.Edge.Control.Directives;
using CoMaKo.Edge.Control.Dispatch;
using CoMaKo.Edge.Control.Planning;
using CoMaKo.Edge.Control.Rolling;
using CoMaKo.Edge.Hosting;
using CoMaKo.Quantities;
using NodaTime;
using Xunit.Abstractions;

namespace CoMaKo.Scenarios.Control;

/// <summary>Stories of a building that follows its plan. Money is counted on the physical truth of the simulated building.</summary>
public sealed class PlanStoryTests(ITestOutputHelper output)
{
    private const int Period = 5;

    /// <summary>20 ct at night, 45 ct from 17 to 21 h, else 30 ct, as on the bill.</summary>
    private const string Spread = """
        tariff:
          energy: { price: 30 ct, windows: [{ from: "00:00", until: "06:00", price: 20 ct }, { from: "17:00", until: "21:00", price: 45 ct }] }
          vat: 0 %
          export: { price: 8 ct }

        """;

    private const string Spot = """
        tariff:
          energy: { spot: true, markup: 15 ct }
          vat: 0 %
          export: { price: 8 ct }
        control:
          gridCharging: true

        """;

    private const string MayBuy = """
        control:
          gridCharging: true

        """;

    private static readonly DateTimeZone Berlin = DateTimeZoneProviders.Tzdb["Europe/Berlin"];
    private static readonly Instant Winter = Berlin.AtStartOfDay(new LocalDate(2026, 1, 13)).ToInstant();

    [Fact]
    [Trait("Category", "Slow")]
    public async Task WinterDayWithPriceSpread_BuysAtNightOnlyIfPermitted_AndPaysLessThanTheRule()
    {
        var rule = await WinterDay(MayBuy);
        var careful = await WinterDay(Spread);
        var buyer = await WinterDay(Spread + MayBuy);
        output.WriteLine($"rule {rule}\nplan without permission {careful}\nplan with permission {buyer}");

        Assert.Equal((ControlMode.Balancing, ControlMode.Planned, ControlMode.Planned), (rule.Mode, careful.Mode, buyer.Mode));
        Assert.Equal((false, false, true), (rule.SaysWhy, careful.SaysWhy, buyer.SaysWhy));
        Assert.True(careful.BoughtForBattery < 0.05, $"{careful.BoughtForBattery:0.00} kWh were bought for the battery without permission");
        Assert.True(buyer.BoughtForBattery > 3, $"only {buyer.BoughtForBattery:0.00} kWh were bought for the battery at night");
        Assert.True(buyer.DearImport < 0.5 * rule.DearImport, $"{buyer.DearImport:0.00} kWh were imported at 45 ct, {rule.DearImport:0.00} by the rule");
        Assert.True(careful.Cost < rule.Cost - 0.10, $"{careful.Cost:0.00} EUR without permission, {rule.Cost:0.00} by the rule");
        Assert.True(buyer.Cost < careful.Cost - 0.20, $"{buyer.Cost:0.00} EUR with permission, {careful.Cost:0.00} without");
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task SevenDaysOffline_GoesOnPlanningFromItsOwnHistoryAndExpectedPrices()
    {
        await using var story = await Story.BeginAsync(Winter, control: Spot);
        Quiet(story);
        story.HasLived(14);
        double Cheap(int hour) => hour < 6 ? 0.05 : hour is >= 17 and < 21 ? 0.30 : 0.15;
        var slots = Enumerable.Range(0, 96).Select(k => QuarterHour.Containing(Winter + Duration.FromMinutes(15 * k)));
        story.Told = [new PriceDirective("p-1", Winter, Winter + Duration.FromDays(1), "hub", [.. slots.Select(s => new SlotValue(s, Cheap(s.Start.InZone(Berlin).Hour)))])];
        story.Run(Duration.FromMinutes(5), period: Period);
        Assert.Equal(PriceSource.Published, story.Plans.Wishes.Plan!.Slots[0].Source);

        story.Told = []; // the line to the hub is cut, and the process ends once a day
        for (int day = 1; day <= 7; day++)
        {
            double dear = 0, home = 0;
            int unplanned = 0;
            story.Run(Duration.FromDays(1), truth =>
            {
                if (story.Status.Mode != ControlMode.Planned) unplanned++;
                if (Instant.FromUnixTimeSeconds(truth.Second).InZone(Berlin).Hour is < 17 or >= 21) return;
                dear += Math.Max(0, truth.Power.Grid) * (Period / 3.6e9);
                home += truth.Power.Home * (Period / 3.6e9);
            }, Period);

            Assert.True(unplanned < 10, $"day {day}: {unplanned} cycles without a plan, last {story.Status.Cause}");
            Assert.True(dear < 0.4 * home, $"day {day}: {dear:0.0} of {home:0.0} kWh were imported at the dear time");
            var plan = story.Plans.Wishes.Plan!;
            Assert.True(story.Now - plan.IssuedAt <= Duration.FromMinutes(15), $"day {day}: the plan is of {plan.IssuedAt}");
            Assert.False(plan.IsColdStart);
            Assert.All(plan.Slots, s => Assert.Equal(PriceSource.Expected, s.Source));
            story.Restart();
        }

        Assert.Null(story.Plans.Head!.Fault);
    }

    [Fact]
    public async Task ExportPriceBelowZero_IsNotFedIn_AndEndsWithThePrice()
    {
        var noon = Instant.FromUtc(2026, 6, 1, 10, 0);
        const string Market = """
            tariff:
              energy: { price: 30 ct }
              export: { spot: true }

            """;
        await using var story = await Story.BeginAsync(noon, control: Market, change: o => o with { BatteryCapacityWattHours = 1_000, PvPeakWatts = 30_000 });
        Quiet(story);
        var slots = Enumerable.Range(0, 96).Select(k => QuarterHour.Containing(noon + Duration.FromMinutes(15 * k)));
        story.Told = [new PriceDirective("p-1", noon, noon + Duration.FromDays(1), "hub", [.. slots.Select((s, k) => new SlotValue(s, k is >= 1 and < 3 ? -0.05 : 0.06))])];
        story.Run(Duration.FromMinutes(15));
        Assert.True(-story.Truth.Power.Grid > 3_000_000, $"the building exports {-story.Truth.Power.Grid} mW before");

        int second = 0;
        double exported = 0;
        story.Run(Duration.FromMinutes(30) - Duration.FromSeconds(5), truth => exported += ++second > 60 ? Math.Max(0, -truth.Power.Grid / 1000.0) : 0);
        // As after a call of the grid operator: what remains is what a load leaves that is switched off, and the step of a percent register.
        Assert.True(exported / (second - 60) <= 300, $"{exported / (second - 60):0} W exported on average at -5 ct");
        Assert.Equal(ControlMode.Planned, story.Status.Mode);

        story.Run(Duration.FromMinutes(15));
        Assert.Null(story.Status.Limits.Allowed.PvOutput);
        Assert.True(-story.Truth.Power.Grid > 1_000_000, $"the building exports {-story.Truth.Power.Grid} mW afterwards");
        Assert.DoesNotContain(story.Store.Newest(ControlJournal.GridEvent, 10), _ => true);
    }

    [Fact]
    public async Task DimCallInTheCheapNight_PlansAnewWithWhatIsLeft_AndAgainWhenItEnds()
    {
        await using var story = await Story.BeginAsync(Winter + Duration.FromHours(5.5), control: Spread + MayBuy);
        Quiet(story);
        story.HasLived(14);
        story.Run(Duration.FromMinutes(3));
        Assert.Equal(BatteryMode.ForcedPower, story.Status.Wish!.Value.Mode);
        Assert.True(-story.Truth.Power.Battery > 4_000_000, $"the battery takes {-story.Truth.Power.Battery} mW before the call");
        var free = story.Plans.Wishes.Plan!;

        story.Contact(RelayMeaning.Dim, true);
        story.Run(Duration.FromSeconds(20));
        var called = story.Plans.Wishes.Plan!;
        double left = called.Horizon.Limits!.DimmedTo(0);
        Assert.NotSame(free, called);
        Assert.InRange(left, 1, 4);
        Assert.Equal(double.PositiveInfinity, called.Horizon.Limits.DimmedTo(8));
        Assert.Equal(ReasonCase.Dimmed, called.Slots[0].Reason.Case);
        story.Run(Duration.FromMinutes(1));
        story.Run(Duration.FromMinutes(2), truth => Assert.True(-truth.Power.Battery <= left * 1e6 + 100_000, $"the battery takes {-truth.Power.Battery} mW of the {left:0.0} kW that are left to it"));

        story.Contact(RelayMeaning.Dim, false);
        story.Run(Duration.FromMinutes(2));
        Assert.Equal(double.PositiveInfinity, story.Plans.Wishes.Plan!.Horizon.Limits!.DimmedTo(0));
        Assert.True(-story.Truth.Power.Battery > 4_000_000, $"the battery takes {-story.Truth.Power.Battery} mW after the call");
    }

    private static async Task<Day> WinterDay(string text)
    {
        await using var story = await Story.BeginAsync(Winter, control: text);
        Quiet(story);
        story.HasLived(14);
        long stored = story.Truth.StoredEnergy;
        double cost = 0, bought = 0, dear = 0;
        story.Run(Duration.FromDays(1), truth =>
        {
            int hour = Instant.FromUnixTimeSeconds(truth.Second).InZone(Berlin).Hour;
            double price = hour < 6 ? 0.20 : hour is >= 17 and < 21 ? 0.45 : 0.30, grid = truth.Power.Grid * (Period / 3.6e9), surplus = Math.Max(0, truth.Power.Pv - truth.Power.Home);
            cost += grid > 0 ? grid * price : grid * 0.08;
            bought += Math.Max(0, -truth.Power.Battery - surplus - 100_000) * (Period / 3.6e9); // 100 W: the loop takes a second to follow
            if (hour is >= 17 and < 21) dear += Math.Max(0, grid);
        }, Period);

        var mode = story.Status.Mode;
        // What is left in the battery is worth what the next night asks for it.
        double left = (story.Truth.StoredEnergy - stored) / (1000.0 * BuildingEnergy.PerWattHour);
        story.Restart();
        bool saysWhy = story.Store.Newest(ControlJournal.Decision, 5000).Any(e => e.Body.Contains(nameof(ReasonCase.StoreCheap), StringComparison.Ordinal));
        return new(cost - 0.20 * left, bought, dear, mode, saysWhy);
    }

    private static void Quiet(Story story)
    {
        story.Demand("heat-pump", 0);
        story.Demand("wallbox", 0);
    }

    /// <param name="Cost">EUR.</param>
    /// <param name="BoughtForBattery">kWh charged beyond the surplus.</param>
    /// <param name="DearImport">kWh imported at 45 ct.</param>
    /// <param name="SaysWhy">Some decision record names the dearer slot as reason.</param>
    private sealed record Day(double Cost, double BoughtForBattery, double DearImport, ControlMode Mode, bool SaysWhy);
}

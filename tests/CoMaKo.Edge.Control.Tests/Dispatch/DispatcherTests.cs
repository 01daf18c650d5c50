using CoMaKo.Devices;
using CoMaKo.Edge.Control.Dispatch;
using static CoMaKo.Edge.Control.Tests.Limits.Site;

namespace CoMaKo.Edge.Control.Tests.Dispatch;

/// <summary>The cycle in model time, without faults.</summary>
public sealed class DispatcherTests
{
    [Fact]
    public void Cycle_NoPlan_BalancesByRule()
    {
        var house = new House { HomeWatts = 2000 };

        house.Run(20);

        Assert.InRange(house.GridWatts, -20, 80);
        Assert.Equal((ControlMode.Balancing, Causes.NoPlan), (house.Status.Mode, house.Status.Cause));
    }

    [Theory]
    [InlineData(BatteryFollower.Gateway)]
    [InlineData(BatteryFollower.Device)]
    public void Cycle_PlannedForcedCharge_IsDriven(BatteryFollower follows)
    {
        var house = new House(follows: follows) { HomeWatts = 300 };
        house.Wish.Force(-3000);

        house.Run(30);

        Assert.InRange(house.BatteryWatts, -3010, -2990);
        Assert.Equal((ControlMode.Planned, null, "plan"), (house.Status.Mode, house.Status.Cause, house.Status.WishFrom));
    }

    [Fact]
    public void Cycle_OwnLoop_GetsTheModesBoundsAndFewWrites()
    {
        var house = new House(follows: BatteryFollower.Device) { HomeWatts = 2000 };
        house.Wish.Wish = new(BatteryMode.FollowDeficit, Range(0, 5000), W(30));

        house.Run(60, () => house.HomeWatts = 1500 + 100 * (house.Now % 10));

        Assert.Equal(Range(0, 5000), house.Battery.Held);
        Assert.Equal(3, house.Battery.Writes.Count);
    }

    [Fact]
    public void Cycle_SurplusWithoutGridCharging_FollowsAsIfThereWereNoLimit()
    {
        // The permission to charge is off in nearly every building: it may cost the 30 W of the law's target, and must not slow the law down.
        var free = Settle(new(Settings()));
        var bound = Settle(new(Settings() with { GridChargeAllowed = false }));

        Assert.All(free.Zip(bound), pair => Assert.InRange(pair.First - pair.Second, -1, 60));

        static List<double> Settle(House house)
        {
            (house.HomeWatts, house.PvWatts) = (1000, 1000);
            house.Run(30);
            house.PvWatts = 4000;
            var grid = new List<double>();
            house.Run(20, () => grid.Add(Math.Round(house.GridWatts)));
            return grid;
        }
    }

    [Fact]
    public void Cycle_OwnLoopAndDrivenBattery_DoNotWorkAgainstEachOther()
    {
        var mixed = new MixedHouse(Settings(2));

        mixed.Run(60, load: 2000);
        Assert.InRange(mixed.Own, 1800, 2100);
        Assert.InRange(mixed.Driven, -50, 200);
        mixed.Run(60, load: 7000);
        Assert.InRange(mixed.Own + mixed.Driven, 6900, 7050);
        mixed.Run(60, load: -6000);
        Assert.InRange(mixed.Own + mixed.Driven, -6050, -5900);
        Assert.All(mixed.Products, product => Assert.True(product > -20 * 5000, "One charges what the other gives."));
    }

    [Fact]
    public void Cycle_RelayEdgeBetweenImageAndLimits_Counts()
    {
        var house = new House(Settings() with { Dim = new() { HasRelay = true } });
        house.Set(RelayMeaning.Dim, false);
        house.Wish.Force(-5000);
        house.Run(10);
        house.Change = image =>
        {
            house.Set(RelayMeaning.Dim, true);
            return image;
        };

        house.Dispatcher.Cycle();

        Assert.Equal(PowerRange.Pin(W(-4200)), house.Battery.Held);
    }

    [Fact]
    public void Cycle_TechnicianLock_ReleasesTheBatteryAndLeavesItAlone()
    {
        var house = new House();
        house.Run(5);
        house.Orders = new(new("Weber", Start, null), []);
        house.Run(5);

        int writes = house.Battery.Writes.Count;
        house.Run(100);

        Assert.Equal((ControlMode.Released, Causes.Lock), (house.Status.Mode, house.Status.Cause));
        Assert.Equal(writes, house.Battery.Writes.Count);
        Assert.Null(house.Battery.Writes[^1].Range);
    }

    [Fact]
    public void Cycle_Test_LetsOtherBatteriesStandStill()
    {
        var house = new House(Settings(2)) { HomeWatts = 3000 };
        house.Run(20);
        var test = house.Guard.OpenTest(house.Batteries[0].Device, Range(-500, 500), S(30))!;
        test.Command(W(500));

        house.Run(10, test.KeepAlive);

        Assert.Equal((ControlMode.Hold, Causes.Test), (house.Status.Mode, house.Status.Cause));
        Assert.Equal((PowerRange.Pin(W(500)), PowerRange.Pin(W(0))), (house.Batteries[0].Held, house.Batteries[1].Held));
        house.Run(20);
        Assert.InRange(house.GridWatts, -50, 100);
    }

    [Fact]
    public void Cycle_OffGrid_IsNotCommanded()
    {
        var house = new House();
        house.Run(5);
        house.Change = image => image with { Batteries = [image.Batteries[0] with { IsOnGrid = false }] };

        house.Run(5);

        Assert.Equal((ControlMode.Released, Causes.OffGrid), (house.Status.Mode, house.Status.Cause));
        Assert.Null(house.Battery.Held);
    }

    [Fact]
    public void Cycle_ZeroExportWithAFullBattery_CurtailsThePlantWithinTenSeconds()
    {
        var settings = Settings() with { Plants = [new(Id("roof"), W(8000))], Contract = new() { ZeroExport = true } };
        var house = new House(settings) { HomeWatts = 1000, PvWatts = 1000, SoC = 100 };
        house.Run(60);
        house.PvWatts = 6000;

        house.Run(10);
        double worst = double.MaxValue;
        house.Run(300, () => worst = Math.Min(worst, house.GridWatts));

        Assert.InRange(worst, -150, 500);
        Assert.True(house.PvOutput > 600, "The house itself may be covered.");
    }

    [Fact]
    public void Cycle_SixtyPercentRule_BatteryTakesTheTopOfTheSunAndThePlantIsNotLimited()
    {
        var settings = Settings() with { Plants = [new(Id("roof"), W(8000)) { StaticShare = 0.6m }] };
        var house = new House(settings) { HomeWatts = 500, PvWatts = 8000 };
        house.Wish.Wish = new(BatteryMode.Idle, Range(0, 0), W(0));

        house.Run(15);
        double worst = 0;
        house.Run(60, () => worst = Math.Min(worst, house.GridWatts));

        Assert.InRange(worst, -4850, -4500);
        Assert.InRange(house.PvOutput, 7900, 8001);
    }

    [Fact]
    public void Cycle_PeakImport_IsShavedWhateverThePlanWants()
    {
        var house = new House(dispatcher: new() { Peaks = new(W(4000)) }) { HomeWatts = 6000 };
        house.Wish.Wish = new(BatteryMode.Idle, Range(0, 0), W(0));

        house.Run(15);
        double worst = 0;
        house.Run(30, () => worst = Math.Max(worst, house.GridWatts));

        Assert.InRange(worst, 3950, 4050);
    }

    [Fact]
    public void Cycle_DecisionRecords_OnePerChangeWithWriteAndReadBackAndOnePerMinute()
    {
        var house = new House();
        house.Run(301, () => house.HomeWatts = 500 + house.Now % 7 * 300);
        int calm = house.Decisions.Count;
        house.Wish.Force(-2000);
        house.Run(5);

        Assert.InRange(calm, 5, 8);
        var record = house.Decisions[^1];
        Assert.Equal((DecisionTrigger.Mode, ControlMode.Planned), (record.Trigger, record.Mode));
        Assert.Equal("plan", record.WishFrom);
        var write = Assert.Single(record.Writes);
        Assert.Equal((write.Ordered, write.Ordered), (write.Held, write.ReadBack));
        Assert.Equal(W(record.Inputs.Batteries[0].Power!.Value.Watts), record.Inputs.Batteries[0].Power);
    }

    [Fact]
    public void Cycle_ThingsThatFlap_FillNoStore()
    {
        var house = new House();

        house.Run(300, () => house.Wish.Wish = house.Now % 2 < 1 ? new(BatteryMode.Idle, Range(0, 0), W(0)) : null);

        Assert.InRange(house.Decisions.Count, 50, 65);
        Assert.Contains(house.Decisions, d => d.Suppressed > 20);
    }
}

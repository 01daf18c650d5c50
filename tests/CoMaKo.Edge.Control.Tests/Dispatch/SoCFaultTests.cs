using CoMaKo.Edge.Control.Limits;

namespace CoMaKo.Edge.Control.Tests.Dispatch;

/// <summary>A state of charge that is missing, stuck or jumping (local-control §8.5).</summary>
public sealed class SoCFaultTests
{
    [Fact]
    public void SoC_Missing_NoIncreaseThenNoDischarge()
    {
        var house = new House { HomeWatts = 2000 };
        house.Run(30);
        house.SoC = null;
        house.HomeWatts = 4000;

        house.Run(20);
        Assert.InRange(house.BatteryWatts, 1900, 2100);
        house.Run(601);
        Assert.InRange(house.BatteryWatts, -10, 10);
    }

    [Fact]
    public void SoC_Stuck_EndsDischargeAfterItsTime()
    {
        var house = new House { HomeWatts = 4900 };

        // 10 % of 10 kWh pass in 12 minutes; ten more minutes without a believable state.
        house.Run(11 * 60);
        Assert.InRange(house.BatteryWatts, 4700, 5000);
        house.Run(13 * 60);

        Assert.InRange(house.BatteryWatts, -10, 10);
        Assert.Equal(LimitSource.SoCUnknown, house.Status.Limits.Trace.Single(t => t.Name == "soc").State.Source);
    }

    [Fact]
    public void SoC_JumpsToZeroAndBack_IsCautiousForAMinute()
    {
        var house = new House { HomeWatts = 2000 };
        house.Run(30);
        house.SoC = 1;
        house.Run(10);
        Assert.InRange(house.BatteryWatts, -10, 10);
        house.SoC = 50;

        house.Run(30);
        Assert.InRange(house.BatteryWatts, -10, 10);
        house.Run(60);

        Assert.InRange(house.BatteryWatts, 1900, 2100);
    }
}

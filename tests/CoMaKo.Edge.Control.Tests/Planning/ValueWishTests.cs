using CoMaKo.Edge.Control.Planning;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control.Tests.Planning;

public sealed class ValueWishTests
{
    private static readonly BatteryModel Battery = new(0, 10, 5, 5, 4, 0.95, 0.93, 0.02, 0);

    [Fact]
    public void Of_RandomValuesAndPrices_FollowingItIsTheBestStepForEveryNetLoad()
    {
        var random = new Random(7);
        var seen = new HashSet<BatteryMode>();
        for (int i = 0; i < 2000; i++)
        {
            double export = random.NextDouble() * 0.3, import = export + random.NextDouble() * 0.3, stored = random.NextDouble() * 10;
            var after = Convex(random);
            var step = new PlanningStep { Hours = 1 / 60.0, NetLoad = 0, ImportPrice = import, ExportPrice = export, ChargeMax = 5, DischargeMax = 4 };
            var wish = ValueWish.Of(step, Battery, after.View, stored, ForwardStep.Exact, Power.Zero);
            seen.Add(wish.Mode);
            for (int k = 0; k < 20; k++)
            {
                double load = random.NextDouble() * 20 - 10, best = ForwardStep.BatteryPower(step with { NetLoad = load }, Battery, default, after.View, stored, ForwardStep.Exact);
                double followed = Math.Clamp(load, (double)wish.Bounds.Min.Watts / 1000, (double)wish.Bounds.Max.Watts / 1000);
                Assert.Equal(best, followed, 0.0011); // bounds are whole watts
            }
        }

        Assert.Equal([BatteryMode.Idle, BatteryMode.FollowDeficit, BatteryMode.AbsorbSurplus, BatteryMode.Balance, BatteryMode.ForcedPower], seen.Order());
    }

    [Fact]
    public void Of_InfiniteTolerance_IsSelfConsumption()
    {
        var step = new PlanningStep { Hours = 1 / 60.0, NetLoad = 0, ImportPrice = 0.3, ExportPrice = 0.07, ChargeMax = 5, DischargeMax = 4 };
        var wish = ValueWish.Of(step, Battery, new ValueFunction(0, 0, [-5], [10]).View, 5, double.PositiveInfinity, Power.FromWatts(30));
        Assert.Equal(new BatteryWish(BatteryMode.Balance, new(Power.FromWatts(-5000), Power.FromWatts(4000)), Power.FromWatts(30)), wish);
    }

    /// <summary>Ten pieces, values of energy from 0 to 0.6 EUR/kWh falling with what is stored.</summary>
    private static ValueFunction Convex(Random random)
    {
        double[] slopes = [.. Enumerable.Range(0, 10).Select(_ => -random.NextDouble() * 0.6).Order()];
        return new(0, 0, slopes, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
    }
}

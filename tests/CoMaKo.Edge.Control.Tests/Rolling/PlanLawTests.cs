using CoMaKo.Edge.Control.Planning;
using CoMaKo.Edge.Control.Rolling;

namespace CoMaKo.Edge.Control.Tests.Rolling;

/// <summary>The law against trying every power: what it does must cost no more than the best of them.</summary>
public sealed class PlanLawTests
{
    private const double Hours = 0.25;

    [Fact]
    public void Decide_RandomPricesValuesAndLoads_IsNeverWorseThanAnyOtherPower()
    {
        var random = new Random(20261121);
        var modes = new HashSet<BatteryMode>();
        for (int round = 0; round < 3000; round++)
        {
            var (horizon, after) = Case(random);
            // In the middle of a piece the value does not change within the slot, so the best power of the slot is the best of the moment.
            double net = random.NextDouble() * 16 - 8, stored = 10.0 / after.View.Slopes.Length * (random.Next(after.View.Slopes.Length) + 0.5), pv = Math.Max(0, -net);
            var question = new LawQuestion(horizon, horizon.Penalties, 0, after.View, pv, stored, 1e-9);
            var law = PlanLaw.Decide(in question, net, Hours);
            modes.Add(law.Mode);

            double own = question.Cost(net, law.Power, Hours), best = double.PositiveInfinity;
            for (double power = -5; power <= 5; power += 0.01)
            {
                bool mayTrade = horizon.Limits is null;
                if (!mayTrade && (power < Math.Min(0, net) - 1e-9 || power > Math.Max(0, net) + 1e-9)) continue;
                best = Math.Min(best, question.Cost(net, power, Hours));
            }

            // Less than 50 W is not forced: at most 0.05 kW at a difference of 1 EUR/kWh.
            Assert.True(own <= best + 0.051 * Hours, $"round {round}: {law} for {net} kW and {stored} kWh costs {own}, the best {best}");
            Assert.InRange(law.Power, law.Min - 1e-9, law.Max + 1e-9);
        }

        Assert.Equal(5, modes.Count);
    }

    [Fact]
    public void Decide_CooperativeBlock_LeavesItsCheapEnergyToTheHouseAndCoversTheRest()
    {
        var horizon = Days.Horizon(Days.Midnight, _ => 0.35, slots: 1);
        horizon = horizon with { Prices = horizon.Prices with { CoopImport = new([0.10], [2]), CoopExport = new([0.10], [0]) } };
        ReadOnlySpan<double> slope = [-0.20], length = [10.0];
        var question = new LawQuestion(horizon, horizon.Penalties, 0, new ValueView(0, 0, slope, length), 0, 5, 1e-9);
        var law = PlanLaw.Decide(in question, 5, Hours);

        Assert.Equal(BatteryMode.FollowDeficit, law.Mode);
        Assert.Equal((3.0, 2.0), (Math.Round(law.Power, 6), Math.Round(law.GridTarget, 6)));
        Assert.Equal(0, law.Min);
    }

    private static (PlanHorizon Horizon, ValueFunction After) Case(Random random)
    {
        double import = 0.05 + random.NextDouble() * 0.5, export = import * (random.NextDouble() * 1.1 - 0.1), wear = random.NextDouble() * 0.03;
        var horizon = Days.Horizon(Days.Midnight, _ => import, _ => export, random.Next(2) == 0 ? new OwnerWishes() : null, battery: Days.Battery with { Wear = wear }, slots: 1);
        int pieces = random.Next(1, 4);
        double[] slopes = [.. Enumerable.Range(0, pieces).Select(_ => -random.NextDouble() * 0.7).Order()], lengths = [.. Enumerable.Repeat(10.0 / pieces, pieces)];
        return (horizon, new ValueFunction(0, 0, slopes, lengths));
    }
}

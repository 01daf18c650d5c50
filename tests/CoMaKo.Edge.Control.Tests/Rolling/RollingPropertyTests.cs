using CoMaKo.Edge.Control.Forecasting;
using CoMaKo.Edge.Control.Planning;
using CoMaKo.Edge.Control.Rolling;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Tests.Rolling;

/// <summary>What holds for every plan, whatever the prices: below zero, dearer to sell than to buy, with cooperative blocks, caps, calls and wishes.</summary>
public sealed class RollingPropertyTests
{
    private const int Slots = 96;

    private static readonly int Rounds = Environment.GetEnvironmentVariable("COMAKO_FULL") == "1" ? 2000 : 120;

    [Fact]
    public void Plan_RandomBuildings_KeepsEnergyMoneyAndPermissions()
    {
        for (int round = 0; round < Rounds; round++)
        {
            var random = new Random(20261121 + round);
            var now = Days.Midnight + Duration.FromMinutes(random.Next(1440));
            var horizon = Horizon(random, now, out var wishes);
            double stored = random.NextDouble() * horizon.Battery.EMax, tolerance = Driver.All[random.Next(4)].Tolerance;
            var planner = new RollingPlanner(ScenarioSettings.Default, new ColdStart(DateTimeZone.Utc));
            var plan = planner.Plan(Past(random, now).AsOf(now), horizon, stored, tolerance)!;

            Check(plan, wishes, stored, round);
        }
    }

    private static void Check(RollingPlan plan, OwnerWishes wishes, double stored, int round)
    {
        var battery = plan.Horizon.Battery;
        double hours = (plan.Horizon.StartOf(1) - plan.IssuedAt).TotalHours;
        for (int k = 0; k < plan.Slots.Length; k++, hours = plan.Horizon.Hours)
        {
            var slot = plan.Slots[k];
            string where = $"round {round}, slot {k}: {slot}";
            Assert.True(slot.Stored >= -1e-9 && slot.Stored <= battery.EMax + 1e-9, where);
            Assert.True(slot.Expected >= -battery.PCharge - 1e-9 && slot.Expected <= battery.PDischarge + 1e-9, where);
            double after = stored - hours * (slot.Expected > 0 ? slot.Expected / battery.EtaDischarge : slot.Expected * battery.EtaCharge);
            Assert.True(Math.Abs(after - slot.Stored) < 1e-6, where + $" stores {after}");
            // house = grid + PV that is used + battery
            double net = slot.Grid + slot.Expected - slot.Curtailed;
            if (!wishes.MayChargeFromGrid) Assert.True(-slot.Expected <= Math.Max(0, -net) + 1e-6, where + $" at a net load of {net} buys for the battery");
            if (!wishes.MayDischargeToGrid) Assert.True(slot.Expected <= Math.Max(0, net) + 1e-6, where + $" at a net load of {net} sells from the battery");
            if (-slot.Expected > Math.Max(0, -net) + 1e-6)
                Assert.True(-slot.Expected <= Math.Max(0, -net) + plan.Horizon.Limits!.DimmedTo(k) + 1e-6, where + " takes more than the grid operator leaves");
            Assert.True(slot.Law.Min <= slot.Law.Max && slot.Law.Power >= slot.Law.Min - 1e-9 && slot.Law.Power <= slot.Law.Max + 1e-9, where);
            Assert.True(slot.Load.Low <= slot.Load.Median && slot.Load.Median <= slot.Load.High && slot.Pv.Low <= slot.Pv.Median && slot.Pv.Median <= slot.Pv.High, where);
            Assert.True(slot.Curtailed >= -1e-9 && slot.Curtailed <= plan.Horizon.CurtailableShare * 12 + 1e-9, where);
            Assert.True(double.IsFinite(slot.Value) && slot.Value <= Math.Max(0, plan.Horizon.Prices.Import.Max()), where);
            stored = slot.Stored;
        }

        Assert.True(double.IsFinite(plan.ExpectedCost));
    }

    private static PlanHorizon Horizon(Random random, Instant now, out OwnerWishes wishes)
    {
        double level = random.NextDouble() * 0.4 - 0.05, spread = random.NextDouble() * 0.3;
        double Price() => level + spread * (random.NextDouble() - 0.5);
        wishes = new()
        {
            MayChargeFromGrid = random.Next(2) == 0, MayDischargeToGrid = random.Next(3) == 0, ReservePercent = random.Next(3) == 0 ? random.Next(60) : null,
            GridChargeMaxCents = random.Next(3) == 0 ? 20 : null, GridChargeMaxPercent = random.Next(3) == 0 ? 70 : null,
            Targets = random.Next(3) == 0 ? [new(new LocalTime(random.Next(24), 0), random.Next(100), [])] : [],
        };
        var battery = new BatteryModel(0, 2 + random.NextDouble() * 18, 0, random.Next(8), 1 + random.Next(8), 0.85 + 0.15 * random.NextDouble(), 0.95, random.Next(2) * 0.03, 0);
        double[]? dimmed = random.Next(3) == 0 ? [.. Enumerable.Range(0, Slots).Select(k => k < 8 ? random.NextDouble() * 4 : double.PositiveInfinity)] : null;
        var horizon = Days.Horizon(now, _ => 0, wishes: wishes, dimmed: dimmed, battery: battery, slots: Slots);
        double[] import = [.. Enumerable.Range(0, Slots).Select(_ => Price())], export = [.. import.Select(p => random.Next(4) == 0 ? Price() : p - 0.2 * random.NextDouble())];
        double[] inside = [.. import.Select((p, k) => (p + export[k]) / 2)], power = [.. import.Select(_ => random.NextDouble() * 3)];
        bool hasCoop = random.Next(3) == 0;
        return horizon with
        {
            Prices = new(import, export, hasCoop ? new(inside, power) : null, hasCoop ? new(inside, power) : null, new PriceSource[Slots]),
            GridImportMax = random.Next(3) == 0 ? 3 : double.PositiveInfinity, GridExportMax = random.Next(3) == 0 ? 2 : double.PositiveInfinity,
            CurtailableShare = random.Next(2), TerminalValue = RollingPlanner.TerminalValue(battery, import),
        };
    }

    private static History Past(Random random, Instant now)
    {
        var history = new History(Duration.FromSeconds(QuarterHour.Seconds), 40);
        int days = random.Next(6);
        var end = QuarterHour.Containing(now).Start;
        for (var at = end - Duration.FromDays(days); at < end; at += Duration.FromMinutes(15))
        {
            if (random.Next(20) == 0) continue;
            int hour = at.InUtc().Hour;
            history.Add(new(at, random.NextDouble() * 4, hour is > 6 and < 18 ? random.NextDouble() * 12 : 0, at + Duration.FromMinutes(15)));
        }

        return history;
    }
}

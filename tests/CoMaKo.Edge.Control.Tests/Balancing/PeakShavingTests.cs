using CoMaKo.Devices;
using CoMaKo.Edge.Control.Balancing;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Tests.Balancing;

public sealed class PeakShavingTests
{
    private static readonly Power Limit = Power.FromWatts(4000);
    private static readonly Instant Quarter = Instant.FromUtc(2026, 3, 2, 10, 15);

    [Fact]
    public void Next_FirstMinute_HoldsTheLimitForEachMoment() => Assert.Equal(Limit, At(new PeakShaving(new(Limit)), 30, 9000).Max);

    [Fact]
    public void Next_HalfDrawnInAThird_LeavesTheRestForTheRest()
    {
        var shaving = new PeakShaving(new(Limit));
        PowerRange range = default;
        for (int second = 0; second <= 300; second++) range = At(shaving, second, 6000);

        // 6 kW for 300 s of 900 s leave (3600 - 1800) kWs for 600 s.
        Assert.InRange(range.Max.Watts, 2990, 3010);
    }

    [Fact]
    public void Next_Export_DoesNotTakeBackAPeak()
    {
        var shaving = new PeakShaving(new(Limit));
        PowerRange range = default;
        for (int second = 0; second <= 600; second++) range = At(shaving, second, second < 300 ? 9000 : -9000);

        Assert.InRange(range.Max.Watts, 2950, 3050);
    }

    [Fact]
    public void Next_BudgetIsGone_AllowsNoImportAndNeverAsksForExport()
    {
        var shaving = new PeakShaving(new(Limit));
        PowerRange range = default;
        for (int second = 0; second <= 500; second++) range = At(shaving, second, 9000);

        Assert.Equal(Power.Zero, range.Max);
    }

    [Fact]
    public void Next_TimeWithoutReadings_CountsAsIfTheLimitHadBeenDrawn()
    {
        var shaving = new PeakShaving(new(Limit));

        Assert.InRange(At(shaving, 450, 100).Max.Watts, 3990, 4010);
    }

    [Fact]
    public void Next_ClockNotTrusted_HoldsTheLimitForEachMoment()
    {
        var shaving = new PeakShaving(new(Limit));
        PowerRange range = default;
        for (int second = 0; second <= 300; second++) range = At(shaving, second, 6000, isTrusted: false);

        Assert.Equal(Limit, range.Max);
    }

    [Fact]
    public void Next_LittleLeftOfTheQuarter_DoesNotAllowASpree()
    {
        var shaving = new PeakShaving(new(Limit));
        PowerRange range = default;
        for (int second = 0; second <= 895; second++) range = At(shaving, second, 500);

        Assert.Equal(Limit + Limit, range.Max);
    }

    [Fact]
    public void Loop_RestlessHouse_KeepsEveryQuarterHourBelowTheLimit()
    {
        var load = Loads.Restless(4, 40, 9500);
        var plant = new Plant(new PlantSettings(load) { MeterNoise = 15 }, new PlantBattery { DeadTime = 2 });
        var run = new LoopRun(plant, Loop.Law(2))
        {
            Wish = new(BatteryMode.Idle, new(Power.Zero, Power.Zero), GridTargets.Normal),
            Peaks = new PeakShaving(new(Power.FromWatts(5500), Power.FromWatts(3000))),
        };
        run.Until(3600);

        // The loop's clock starts 1 790 000 000 s after 1970, which is 800 s into a quarter hour.
        var means = run.Trace.GroupBy(t => Math.Floor((t.Time + 1_790_000_000 % 900) / 900)).Where(g => g.Count() > 89_000).Select(g => g.Average(t => Math.Max(0, t.Grid))).ToList();
        var without = run.Trace.GroupBy(t => Math.Floor((t.Time + 1_790_000_000 % 900) / 900)).Select(g => g.Average(t => t.Grid + t.Battery)).ToList();
        Assert.Equal(3, means.Count);
        Assert.All(means, mean => Assert.True(mean <= 5500, $"{mean:0} W"));
        Assert.Contains(run.Trace, t => t.Battery < -500);
        Assert.Contains(without, mean => mean > 5500);
    }

    private static PowerRange At(PeakShaving shaving, double second, double watts, bool isTrusted = true) =>
        shaving.Next(LoopRun.Image(second, LoopRun.Sample(watts, second)) with { At = Quarter + Duration.FromSeconds(second), ClockIsTrusted = isTrusted });
}

using CoMaKo.Edge.Control.Limits;
using static CoMaKo.Edge.Control.Tests.Limits.Site;

namespace CoMaKo.Edge.Control.Tests.Limits;

public sealed class DeviceLimitTests
{
    [Fact]
    public void Run_NothingSpecial_AllowsTheRating() => Assert.Equal(Range(-5000, 5000), new LimitPass(Settings()).Run(Image(0, 0, null, Cells(0))).BatteryRange());

    [Theory]
    [InlineData(1200, 800, -1200, 800)]
    [InlineData(9000, 9000, -5000, 5000)]
    [InlineData(0, 0, 0, 0)]
    [InlineData(-5, 100, 0, 100)]
    public void Run_BatteryManagementPermitsLess_IsObeyed(int charge, int discharge, int min, int max) =>
        Assert.Equal(Range(min, max), new LimitPass(Settings()).Run(Image(0, 0, null, Cells(0) with { MaxCharge = W(charge), MaxDischarge = W(discharge) })).BatteryRange());

    [Fact]
    public void Run_FaultedBattery_GetsNothing() =>
        Assert.Equal(Range(0, 0), new LimitPass(Settings()).Run(Image(0, 0, null, Cells(0) with { IsFaulted = true })).BatteryRange());

    [Fact]
    public void Run_SoCAtTheWindow_BlocksUntilTwoPercentInside()
    {
        var pass = new LimitPass(Settings() with { SoC = new() { WindowMin = 10, WindowMax = 90 } });

        var ranges = new[] { 10m, 11m, 11.9m, 12m, 11m, 90m, 88.1m, 88m }.Select((soc, i) => pass.Run(Image(60 * i, 0, null, Cells(60 * i, soc: soc))).BatteryRange());

        Assert.Equal(
            [Range(-5000, 0), Range(-5000, 0), Range(-5000, 0), Range(-5000, 5000), Range(-5000, 5000), Range(0, 5000), Range(0, 5000), Range(-5000, 5000)],
            ranges);
    }

    [Fact]
    public void Run_AfterARestartInsideTheHysteresis_StillBlocks()
    {
        var settings = Settings() with { SoC = new() { WindowMin = 10 } };
        var first = new LimitPass(settings);
        first.Run(Image(0, 0, null, Cells(0, soc: 10)));

        var second = new LimitPass(settings, first.Remember());

        Assert.Equal(Range(-5000, 0), second.Run(Image(1, 0, null, Cells(1, soc: 11))).BatteryRange());
    }

    [Theory]
    [InlineData(59, -5000, 5000)]
    [InlineData(61, -5000, 1500)]
    [InlineData(599, -5000, 1500)]
    [InlineData(601, -5000, 0)]
    public void Run_SoCOld_NoIncreaseThenNoDischarge(int age, int min, int max)
    {
        var pass = new LimitPass(Settings());
        pass.Run(Image(0, 0, null, Cells(0, power: 1500)));
        pass.Run(Image(61, 0, null, Cells(61, power: 1500, socAge: 61)));

        var range = pass.Run(Image(age, 0, null, Cells(age, power: 1500, socAge: age))).BatteryRange();

        Assert.Equal((W(age <= 60 ? min : 0), W(max)), (range.Min, range.Max));
    }

    [Fact]
    public void Run_SoCNeverKnown_StandsStillFromTheStart() => Assert.Equal(Range(0, 0), new LimitPass(Settings()).Run(Image(0, 0, null, Cells(0, soc: null))).BatteryRange());

    [Fact]
    public void Run_SoCStandsStillWhileEnergyFlows_IsNotBelieved()
    {
        var pass = new LimitPass(Settings());

        var kinds = Enumerable.Range(0, 900).Select(s => pass.Run(Image(s, 0, null, Cells(s, power: 5000))).Row("soc").State).ToList();

        // 10 % of 10 kWh at 5 kW take 720 s.
        Assert.Equal(LimitKind.Idle, kinds[719].Kind);
        Assert.Equal((LimitKind.Failsafe, LimitSource.SoCUnknown), (kinds[722].Kind, kinds[722].Source));
    }

    [Fact]
    public void Run_SoCJumps_BothValuesHoldUntilConfirmed()
    {
        var pass = new LimitPass(Settings() with { SoC = new() { WindowMin = 10 } });
        pass.Run(Image(0, 0, null, Cells(0, soc: 5)));

        var jumped = pass.Run(Image(1, 0, null, Cells(1, soc: 60))).BatteryRange();
        var confirmed = pass.Run(Image(62, 0, null, Cells(62, soc: 60))).BatteryRange();

        Assert.Equal((Range(-5000, 0), Range(-5000, 5000)), (jumped, confirmed));
    }

    [Theory]
    [InlineData(-1, 0, 5000)]
    [InlineData(1, -5000, 5000)]
    [InlineData(51, 0, 5000)]
    [InlineData(56, 0, 0)]
    [InlineData(-11, 0, 0)]
    public void Run_Temperature_BlocksTheDirectionThatHurts(int celsius, int min, int max) =>
        Assert.Equal(Range(min, max), new LimitPass(Settings()).Run(Image(0, 0, null, Cells(0) with { TemperatureCelsius = celsius })).BatteryRange());

    [Fact]
    public void Run_TemperatureBackInside_WaitsForTheHysteresis()
    {
        var pass = new LimitPass(Settings());

        var mins = new[] { -1m, 1m, 2m }.Select((t, i) => pass.Run(Image(i, 0, null, Cells(i) with { TemperatureCelsius = t })).BatteryRange().Min);

        Assert.Equal([W(0), W(0), W(-5000)], mins);
    }

    [Fact]
    public void Run_TechnicianLock_LocksItsBatteryOnly()
    {
        var image = Image(0, 0, null, Cells(0, id: "battery-1"), Cells(0, id: "battery-2")) with { Orders = new(new("Weber", Start, Id("battery-2")), []) };

        var outcome = new LimitPass(Settings(2)).Run(image);

        Assert.Equal((Range(-5000, 5000), Range(0, 0)), (outcome.BatteryRange(0), outcome.BatteryRange(1)));
        Assert.Equal(("Weber", Start), (outcome.Row("lock").State.Detail, outcome.Row("lock").Since));
    }

    [Fact]
    public void Run_ImpossibleReadings_AreNotKnown()
    {
        var insane = W(decimal.MaxValue / decimal.MaxValue * 9_000_000_000_000m);
        var image = Image(0, 0, null, Cells(0, soc: 50) with { SoC = new(400, S(0)), MaxCharge = insane, Power = new(-insane, S(0), S(1)), TemperatureCelsius = 9999 }) with
        {
            Grid = new(insane, S(0), S(1)),
            GridPhases = [insane, insane, insane],
        };

        var outcome = new LimitPass(Settings() with { Fuse = new(W(8000), W(8000)) }).Run(image);

        Assert.Equal((null, null, null), (outcome.Image.Grid, outcome.Image.Batteries[0].SoC, outcome.Image.Batteries[0].Power));
        Assert.Empty(outcome.Image.GridPhases);
        Assert.Equal(Range(0, 0), outcome.BatteryRange());
    }
}

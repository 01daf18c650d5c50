using CoMaKo.Edge.Control.Directives;
using CoMaKo.Edge.Control.Limits;
using static CoMaKo.Edge.Control.Tests.Limits.Site;

namespace CoMaKo.Edge.Control.Tests.Limits;

/// <summary>Reserve, contract, grid charging, hub.</summary>
public sealed class OwnLimitTests
{
    private static LimitSettings Reserve(bool gridCharge = false) => Settings() with { Reserve = new(20), GridChargeAllowed = gridCharge };

    /// <summary>local-control §3; the first look after a start knows no ramp.</summary>
    [Theory]
    [InlineData(21.1, false, 5000)]
    [InlineData(21.0, false, 2500)]
    [InlineData(20.1, false, 2500)]
    [InlineData(20.0, false, 0)]
    [InlineData(19.1, false, 0)]
    [InlineData(19.0, false, -800)]
    [InlineData(18.0, false, -800)]
    [InlineData(18.0, true, -800)]
    [InlineData(16.0, true, -2500)]
    [InlineData(16.0, false, -800)]
    public void Run_Reserve_LimitsDischargeByTheStateOfCharge(double soc, bool gridCharge, int max) =>
        Assert.Equal(W(max), new LimitPass(Reserve(gridCharge)).Run(Image(0, -800, 2000, Cells(0, soc: (decimal)soc))).BatteryRange().Max);

    [Fact]
    public void Run_ReserveBeingFilled_IsLeftAboveTheReserve()
    {
        var pass = new LimitPass(Reserve());

        var rows = new[] { 19m, 20m, 20.9m, 21m }.Select((soc, i) => pass.Run(Image(1000 * i, -800, 2000, Cells(1000 * i, soc: soc))).BatteryRange().Max).ToList();

        Assert.Equal([W(-800), W(-800), W(-800), W(2500)], rows);
    }

    [Fact]
    public void Run_ReserveReached_StopsWithFivePercentPerSecond()
    {
        var pass = new LimitPass(Reserve());
        pass.Run(Image(0, 0, null, Cells(0, soc: 21)));

        var rows = Enumerable.Range(1, 11).Select(s => pass.Run(Image(s, 0, null, Cells(s, soc: 20))).BatteryRange().Max).ToList();

        Assert.Equal([W(2250), W(2000)], rows[..2]);
        Assert.Equal([W(0), W(0)], rows[^2..]);
    }

    [Fact]
    public void Run_ReserveAfterARestart_IsStillBeingFilled()
    {
        var first = new LimitPass(Reserve());
        first.Run(Image(0, -800, 2000, Cells(0, soc: 19)));

        Assert.Equal(W(-800), new LimitPass(Reserve(), first.Remember()).Run(Image(1, -800, 2000, Cells(1, soc: 20.5m))).BatteryRange().Max);
    }

    [Fact]
    public void Run_ZeroExport_DischargesIntoTheHouseOnlyAndTakesTheSurplus()
    {
        var settings = Settings() with { Contract = new() { ZeroExport = true } };

        Assert.Equal(W(700), new LimitPass(settings).Run(Image(0, 700, null, Cells(0))).BatteryRange().Max);
        Assert.Equal(W(-700), new LimitPass(settings).Run(Image(0, -1700, null, Cells(0, power: 1000))).BatteryRange().Max);
        Assert.Equal(W(0), new LimitPass(settings).Run(Image(0, null, null, Cells(0))).BatteryRange().Max);
    }

    [Fact]
    public void Run_GridChargeNotPermitted_TakesSurplusOnly()
    {
        var settings = Settings() with { GridChargeAllowed = false };

        Assert.Equal(W(-1700), new LimitPass(settings).Run(Image(0, -700, null, Cells(0, power: -1000))).BatteryRange().Min);
        Assert.Equal(W(0), new LimitPass(settings).Run(Image(0, 700, null, Cells(0))).BatteryRange().Min);
        Assert.Equal(W(0), new LimitPass(settings).Run(Image(20, -700, null, Cells(0))).BatteryRange().Min);
    }

    [Fact]
    public void Run_GridChargeNotPermitted_LeavesTheBoundsOfAnOwnLoop() =>
        Assert.Equal(Range(-5000, 5000), new LimitPass(new LimitSettings([Battery()], [], [])).Run(Image(0, 700, null, Cells(0))).Allowed.Following[0]);

    [Fact]
    public void Run_HubLimitsImport_BatteryGivesTheRest()
    {
        var image = Image(0, 9000, null, Cells(0)) with { Orders = new(null, [new("h-1", Start, Start + S(60), "hub", DirectedLimit.GridImport, W(6000))]) };

        Assert.Equal(Range(3000, 5000), new LimitPass(Settings()).Run(image).BatteryRange());
    }

    [Fact]
    public void Run_ContradictingLimits_TheStricterRankWinsAndTheConflictIsNoted()
    {
        // The fuse needs 3 kW from the battery, the battery management gives 1 kW.
        var outcome = new LimitPass(Settings() with { Fuse = new(W(3000), W(3000)) }).Run(Image(0, 12_000, null, Cells(0) with { MaxDischarge = W(1000) }));

        Assert.Equal(Range(1000, 1000), outcome.BatteryRange());
        Assert.True(outcome.Row("fuse").IsConflict);
        Assert.Equal(["fuse"], outcome.Allowed.Conflicts.AsEnumerable());
    }

    [Fact]
    public void Run_OneOfTwoBatteriesNotControlled_TheOtherCarriesTheLimitAlone()
    {
        var settings = Settings(2) with { Contract = new() { ExportMax = W(1000) } };

        // The free one gives 2 kW by its own loop: it is part of the house.
        var outcome = new LimitPass(settings).Run(Image(0, -500, null, Cells(0, power: 2000, id: "battery-1") with { IsControlled = false }, Cells(0, power: 1000, id: "battery-2")));

        Assert.Equal((Range(-5000, 5000), Range(-5000, 1500)), (outcome.BatteryRange(0), outcome.BatteryRange(1)));
    }

    [Fact]
    public void Run_TwoBatteries_ShareWhatIsTakenAwayByTheirRoom()
    {
        var settings = Settings() with { Batteries = [Battery("a", 2000), Battery("b", 6000)], Contract = new() { ExportMax = W(1000) } };

        var outcome = new LimitPass(settings).Run(Image(0, 3000, null, Cells(0, id: "a"), Cells(0, id: "b")));

        Assert.Equal((W(1000), W(3000)), (outcome.BatteryRange(0).Max, outcome.BatteryRange(1).Max));
    }

    [Fact]
    public void Run_SameImageTwice_SaysTheSame()
    {
        var pass = new LimitPass(Reserve());
        pass.Run(Image(0, 0, null, Cells(0, soc: 30)));
        var image = Image(3, -800, 2000, Cells(3, soc: 18));

        Assert.Equal(pass.Run(image).BatteryRange(), pass.Run(image).BatteryRange());
    }
}

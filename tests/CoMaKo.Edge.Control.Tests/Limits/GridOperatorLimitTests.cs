using CoMaKo.Devices;
using CoMaKo.Edge.Control.Directives;
using CoMaKo.Edge.Control.Limits;
using static CoMaKo.Edge.Control.Tests.Limits.Site;

namespace CoMaKo.Edge.Control.Tests.Limits;

public sealed class GridOperatorLimitTests
{
    /// <summary>Worked by hand from BK6-22-300, 4.5 and annex 1.</summary>
    [Theory]
    [InlineData("11", "", 4200)]
    [InlineData("11,11", "", 7560)]                    // 4.2 + 1·0.80·4.2
    [InlineData("11,11,11", "", 10_500)]               // 4.2 + 2·0.75·4.2
    [InlineData("11,11,11,11,11,11,11,11,11,11", "", 21_210)] // 4.2 + 9·0.45·4.2
    [InlineData("11,22", "20", 14_300)]                // 0.4·20 + 2·0.75·4.2
    [InlineData("11", "10", 7560)]                     // a heat pump of 10 kW is not a large one
    [InlineData("", "12,20", 16_160)]                  // 0.4·32 + 1·0.80·4.2
    public void Group_OfTheFormula_IsAsWorkedByHand(string wallboxes, string heatPumps, int watts)
    {
        var devices = Split(wallboxes).Select(p => (p, (LoadKind?)LoadKind.Wallbox)).Concat(Split(heatPumps).Select(p => (p, (LoadKind?)LoadKind.HeatPump)));

        Assert.Equal(W(watts), DimFormula.Group(new(), [.. devices]));

        static IEnumerable<CoMaKo.Quantities.Power> Split(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(p => W(1000 * int.Parse(p, null)));
    }

    private static LimitSettings Dimmed => Settings() with { Dim = new() { HasRelay = true } };

    [Theory]
    [InlineData(true, -4200, LimitKind.Active)]
    [InlineData(false, -5000, LimitKind.Idle)]
    [InlineData(null, -4200, LimitKind.Failsafe)]
    public void Run_DimRelay_LimitsGridChargingAlsoWhenNotKnown(bool? isActive, int min, LimitKind kind)
    {
        var outcome = new LimitPass(Dimmed).Run(Image(0, 1000, null, Cells(0)).With(RelayMeaning.Dim, isActive));

        Assert.Equal((Range(min, 5000), kind), (outcome.BatteryRange(), outcome.Row("dim-14a").State.Kind));
        Assert.Equal(isActive == false ? LimitKind.Idle : kind, outcome.Row("dim-14a").State.Kind);
    }

    [Fact]
    public void Run_DimRelayNeverSeen_IsFailsafe() => Assert.Equal(LimitKind.Failsafe, new LimitPass(Dimmed).Run(Image(0, 0, null, Cells(0))).Row("dim-14a").State.Kind);

    [Fact]
    public void Run_DimWithSurplus_LeavesChargingFromPvFree()
    {
        var settings = Dimmed with { Batteries = [Battery(rated: 10_000)] };

        var outcome = new LimitPass(settings).Run(Image(0, -3000, 5000, Cells(0)).With(RelayMeaning.Dim, true));

        Assert.Equal(Range(-7200, 10_000), outcome.BatteryRange());
    }

    [Fact]
    public void Run_DimWithWallboxAndHeatPump_SharesTheGroupLimit()
    {
        var settings = Dimmed with { Loads = [new(Id("wallbox"), W(11_000), LoadKind.Wallbox), new(Id("heat-pump"), W(9000), LoadKind.HeatPump)] };
        var image = Image(0, 12_000, null, Cells(0)) with { Loads = [new(Id("wallbox"), Read(11_000, 0)), new(Id("heat-pump"), Read(500, 0))] };

        var allowed = new LimitPass(settings).Run(image.With(RelayMeaning.Dim, true)).Allowed;

        // Three devices: 4.2 + 2·0.75·4.2 = 10.5 kW, a third for each.
        Assert.Equal([W(3500), W(3500)], allowed.Loads.AsEnumerable());
        Assert.Equal(Range(-3500, 5000), allowed.Batteries[0]);
    }

    [Fact]
    public void Run_DimWithFullBatteryAndSurplus_GivesTheRestToTheWallbox()
    {
        var settings = Dimmed with { Loads = [new(Id("wallbox"), W(11_000), LoadKind.Wallbox)] };
        var image = Image(0, 0, 9000, Cells(0, soc: 100)) with { Loads = [new(Id("wallbox"), Read(8000, 0))] };

        var allowed = new LimitPass(settings).Run(image.With(RelayMeaning.Dim, true)).Allowed;

        // 7.56 kW for the group and 8 kW of surplus: more than the wallbox can draw.
        Assert.Equal(W(11_000), allowed.Loads[0]);
    }

    [Theory]
    [InlineData(6000, -5000)]
    [InlineData(4500, -4500)]
    [InlineData(1000, -4200)]
    public void Run_DimDirective_KeepsTheGuaranteedMinimum(int watts, int min)
    {
        var image = Image(0, 1000, null, Cells(0)) with { Orders = new(null, [new("d-1", Start, Start + S(60), "grid operator", DirectedLimit.Dim14a, W(watts))]) };

        Assert.Equal(W(min), new LimitPass(Settings()).Run(image).BatteryRange().Min);
    }

    [Theory]
    [InlineData(-1, true, -5000)]
    [InlineData(0, true, -4200)]
    [InlineData(59, true, -4200)]
    [InlineData(60, true, -5000)]
    [InlineData(60, false, -4200)]
    public void Run_DimDirective_HoldsForItsTimeAndWithoutATrustedClockAlways(int at, bool isTrusted, int min)
    {
        var image = Image(100 + at, 1000, null, Cells(100 + at)) with
        {
            ClockIsTrusted = isTrusted,
            Orders = new(null, [new("d-1", Start + S(100), Start + S(160), "grid operator", DirectedLimit.Dim14a, W(0))]),
        };

        Assert.Equal(W(min), new LimitPass(Settings()).Run(image).BatteryRange().Min);
    }

    private static LimitSettings Plant(decimal share = 1, params RelayMeaning[] relays) =>
        Settings() with { Plants = [new(Id("roof"), W(10_000)) { StaticShare = share }], FeedIn = new() { Relays = [.. relays] } };

    [Theory]
    [InlineData(0.6, -4000, 5000)]    // 6 kW may leave: battery may add 2 kW
    [InlineData(0.6, -8000, 5000)]
    [InlineData(1.0, -8000, 5000)]
    public void Run_SixtyPercentRule_BatteryTakesWhatIsTooMuch(double share, int grid, int rated)
    {
        var range = new LimitPass(Plant((decimal)share)).Run(Image(0, grid, 9000, Cells(0))).BatteryRange();

        Assert.Equal(share == 1 ? W(rated) : W(grid + 6000), range.Max);
        Assert.Equal(W(-rated), range.Min);
    }

    [Theory]
    [InlineData(null, false, false, 0)]
    [InlineData(false, null, false, 3000)]
    [InlineData(false, true, true, 3000)]
    [InlineData(false, false, true, 6000)]
    [InlineData(true, true, true, 0)]
    public void Run_FeedInContacts_TheLowestCountsAndUnknownCountsAsClosed(bool? zero, bool? thirty, bool? sixty, int export)
    {
        var image = Image(0, 0, 5000, Cells(0)).With(RelayMeaning.FeedIn0, zero).With(RelayMeaning.FeedIn30, thirty).With(RelayMeaning.FeedIn60, sixty);

        var allowed = new LimitPass(Plant(1, RelayMeaning.FeedIn0, RelayMeaning.FeedIn30, RelayMeaning.FeedIn60)).Run(image).Allowed;

        Assert.Equal(W(export), allowed.GridExport);
    }

    [Fact]
    public void Run_LastStageByContract_GoesOnOverARestartUntilTheContactOfFullPower()
    {
        var settings = Plant(1, RelayMeaning.FeedIn30, RelayMeaning.FeedIn100);
        settings = settings with { FeedIn = settings.FeedIn with { WhenNoneActive = FeedInDefault.LastStage } };
        var first = new LimitPass(settings);
        first.Run(Image(0, 0, 5000, Cells(0)).With(RelayMeaning.FeedIn30, true).With(RelayMeaning.FeedIn100, false));
        var second = new LimitPass(settings, first.Remember());

        var open = second.Run(Image(1, 0, 5000, Cells(1)).With(RelayMeaning.FeedIn30, false).With(RelayMeaning.FeedIn100, false)).Allowed.GridExport;
        var full = second.Run(Image(2, 0, 5000, Cells(2)).With(RelayMeaning.FeedIn30, false).With(RelayMeaning.FeedIn100, true)).Allowed.GridExport;

        Assert.Equal((W(3000), null), (open, full));
    }

    [Fact]
    public void Run_TooMuchFeedInAndAFullBattery_LimitsThePlantAtOnceAndReleasesSlowly()
    {
        var pass = new LimitPass(Plant(1, RelayMeaning.FeedIn30));

        // Nothing is consumed: 5 kW of PV leave the building.
        var outputs = Enumerable.Range(0, 5).Select(s => pass.Run(Image(s, -5000, 5000, Cells(s, soc: 100)).With(RelayMeaning.FeedIn30, true)).Allowed.PvOutput).ToList();
        var released = Enumerable.Range(5, 121).Select(s => pass.Run(Image(s, -3000, 3000, Cells(s, soc: 100)).With(RelayMeaning.FeedIn30, false)).Allowed.PvOutput).ToList();

        Assert.Equal(W(3000), outputs[0]);
        Assert.InRange(released[60]!.Value.Watts, 3950, 4050);
        Assert.InRange(released[120]!.Value.Watts, 4950, 5050);
    }

    [Fact]
    public void Run_TooMuchFeedInAndRoomInTheBattery_LimitsThePlantAfterTheBatterysTimeOnly()
    {
        var pass = new LimitPass(Plant(1, RelayMeaning.FeedIn30));

        var outputs = Enumerable.Range(0, 10).Select(s => pass.Run(Image(s, -5000, 5000, Cells(s)).With(RelayMeaning.FeedIn30, true)).Allowed.PvOutput).ToList();

        Assert.Equal([W(8000), W(3000)], new[] { outputs[7], outputs[8] });
    }

    [Fact]
    public void Run_MeterNotKnown_PlantsMayProduceTheLimitOnly()
    {
        var allowed = new LimitPass(Plant(0.6m)).Run(Image(0, null, 9000, Cells(0))).Allowed;

        Assert.Equal((W(6000), W(0)), (allowed.PvOutput, allowed.Batteries[0].Max));
    }

    [Theory]
    [InlineData(7000, 0, 0, -3000)]      // 1 kW left on L1: 3 kW over three phases
    [InlineData(9000, 0, 0, 3000)]       // 1 kW too much on L1
    [InlineData(-9000, 0, 0, -5000)]
    public void Run_FusePerPhase_ThreePhaseBatteryActsWithAThird(int l1, int l2, int l3, int min)
    {
        var image = Image(0, l1 + l2 + l3, null, Cells(0)) with { GridPhases = [W(l1), W(l2), W(l3)] };

        var range = new LimitPass(Settings() with { Fuse = new(W(8000), W(8000)) }).Run(image).BatteryRange();

        Assert.Equal(W(min), range.Min);
        if (l1 < 0) Assert.Equal(W(-3000), range.Max);
    }

    [Fact]
    public void Run_SinglePhaseInverter_StaysWithinTheUnbalance()
    {
        var settings = Settings() with { Batteries = [Battery(rated: 6000, phases: Phases.L2)], Plants = [new(Id("roof"), W(2000)) { Phases = Phases.L2 }] };

        Assert.Equal(Range(-4600, 3100), new LimitPass(settings).Run(Image(0, 0, 1500, Cells(0))).BatteryRange());
    }
}

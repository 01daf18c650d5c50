using CoMaKo.Devices.Simulator.Model;

namespace CoMaKo.Devices.Tests.Simulator;

public sealed class BuildingModelTests
{
    private const long Wh = BuildingEnergy.PerWattHour;

    private static readonly BuildingOptions Options = new() { Seed = 5 };
    private static readonly DateTimeOffset Midsummer = new(2026, 6, 21, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Energies_OverTwoDays_BalanceToTheMilliwattSecond()
    {
        var first = BuildingModel.Begin(Options, Midsummer);
        var model = new BuildingModel(Options, first);
        for (int hour = 1; hour <= 48; hour++)
        {
            var (from, to) = (first.Energy, model.At(Midsummer.AddHours(hour)).Energy);
            long home = to.Flats.Zip(from.Flats, (b, a) => b - a).Sum();
            long supplied = to.GridImport - from.GridImport - (to.GridExport - from.GridExport) + to.Pv - from.Pv + to.Discharged - from.Discharged - (to.Charged - from.Charged);
            Assert.Equal(home, supplied);
        }
    }

    [Fact]
    public void Totals_HoweverTimeIsStepped_AreTheSame()
    {
        var inOneGo = new BuildingModel(Options, BuildingModel.Begin(Options, Midsummer));
        var inSteps = new BuildingModel(Options, BuildingModel.Begin(Options, Midsummer));
        for (int i = 0; i < 500; i++) inSteps.At(Midsummer.AddSeconds(i * 86.4));
        AssertSame(inOneGo.At(Midsummer.AddDays(1)), inSteps.At(Midsummer.AddDays(1)));
    }

    [Fact]
    public void Totals_AfterRestartFromASavedMoment_AreTheSame()
    {
        var running = new BuildingModel(Options, BuildingModel.Begin(Options, Midsummer));
        var restarted = new BuildingModel(Options, running.At(Midsummer.AddHours(11)));
        AssertSame(running.At(Midsummer.AddHours(20)), restarted.At(Midsummer.AddHours(20)));
    }

    [Fact]
    public void Totals_OtherSeed_Differ()
    {
        var other = Options with { Seed = 6 };
        long a = new BuildingModel(Options, BuildingModel.Begin(Options, Midsummer)).At(Midsummer.AddDays(1)).Energy.Pv;
        long b = new BuildingModel(other, BuildingModel.Begin(other, Midsummer)).At(Midsummer.AddDays(1)).Energy.Pv;
        Assert.NotEqual(a, b);
    }

    [Fact]
    public void Clock_GoingBack_ChangesNothing()
    {
        var model = new BuildingModel(Options, BuildingModel.Begin(Options, Midsummer));
        var later = model.At(Midsummer.AddHours(3));
        Assert.Same(later, model.At(Midsummer));
    }

    /// <summary>Berlin, 21 June: the sun rises at 02:43 UTC and sets at 19:33 UTC (any almanac); at noon it stands 61° high.</summary>
    [Fact]
    public void Production_Midsummer_LiesBetweenSunriseAndSunset()
    {
        var model = new BuildingModel(Options, BuildingModel.Begin(Options, Midsummer));
        var producing = Enumerable.Range(0, 24 * 60).Where(minute => model.At(Midsummer.AddMinutes(minute)).Power.Pv > 0).ToList();
        Assert.InRange(producing[0], 2 * 60 + 40, 3 * 60 + 30);
        Assert.InRange(producing[^1], 18 * 60 + 45, 19 * 60 + 36);
    }

    [Fact]
    public void Production_OfASunnyYear_IsPlausibleForThePeak()
    {
        // 800 to 1100 kWh per kWp and year are usual in Germany; clouds come and go, so four weeks spread over the year give the range.
        double kiloWattHours = 0;
        foreach (int month in (int[])[1, 4, 7, 10])
        {
            var start = new DateTimeOffset(2026, month, 8, 0, 0, 0, TimeSpan.Zero);
            var first = BuildingModel.Begin(Options, start);
            kiloWattHours += (new BuildingModel(Options, first).At(start.AddDays(7)).Energy.Pv - first.Energy.Pv) / (1000.0 * Wh);
        }

        Assert.InRange(kiloWattHours / 28 * 365 / (Options.PvPeakWatts / 1000.0), 500, 1300);
    }

    [Fact]
    public void Consumption_OfADay_IsThatOfThreeHouseholds()
    {
        var first = BuildingModel.Begin(Options, Midsummer);
        var day = new BuildingModel(Options, first).At(Midsummer.AddDays(1));
        foreach (var (to, from) in day.Energy.Flats.Zip(first.Energy.Flats)) Assert.InRange((to - from) / (double)Wh, 2_500, 12_000);
    }

    [Fact]
    public void Battery_OverADay_LosesWhatItsEfficiencySays()
    {
        var first = BuildingModel.Begin(Options, Midsummer);
        var day = new BuildingModel(Options, first).At(Midsummer.AddDays(1));
        double charged = (day.Energy.Charged - first.Energy.Charged) / (double)Wh, discharged = (day.Energy.Discharged - first.Energy.Discharged) / (double)Wh;
        double kept = (day.StoredEnergy - first.StoredEnergy) / (double)Wh;
        Assert.True(charged > 1000 && discharged > 500, $"{charged} {discharged}");
        double restLoss = charged * 0.96 - discharged / 0.96 - kept;
        Assert.InRange(restLoss, 0, 5 * 24);
    }

    [Fact]
    public void Battery_DischargeForbidden_LeavesTheHouseToTheGrid()
    {
        var model = new BuildingModel(Options, BuildingModel.Begin(Options, Midsummer));
        var night = Midsummer.AddSeconds(30);
        Assert.True(model.At(night).Power.Battery > 0);
        Assert.InRange(model.At(night).Power.Grid, -50_000, 50_000);

        model.Control(night, c => c with { DischargeLimit = 0, ValidUntil = night.ToUnixTimeSeconds() + 60 });
        var held = model.At(night.AddSeconds(10));
        Assert.Equal(0, held.Power.Battery);
        Assert.Equal(held.Power.Home, held.Power.Grid);
        Assert.True(model.At(night.AddSeconds(70)).Power.Battery > 0, "The limit falls back by itself.");
    }

    [Theory]
    [InlineData(-4000, true, -2_000_000)]  // charge at 40 % of 5 kW
    [InlineData(-4000, false, 0)]          // but not from the grid at night
    public void Battery_ForcedCharge_NeedsTheGridAtNight(int dischargeLimit, bool fromGrid, long power)
    {
        var model = new BuildingModel(Options, BuildingModel.Begin(Options, Midsummer));
        model.Control(Midsummer, c => c with { DischargeLimit = dischargeLimit, ChargeFromGrid = fromGrid });
        Assert.Equal(power, model.At(Midsummer.AddSeconds(5)).Power.Battery);
    }

    [Fact]
    public void Battery_ForcedDischarge_StopsAtTheReserve()
    {
        var model = new BuildingModel(Options, BuildingModel.Begin(Options, Midsummer));
        model.Control(Midsummer, c => c with { ChargeLimit = -10_000, MinReserve = 2000 });
        Assert.Equal(5_000_000, model.At(Midsummer.AddSeconds(5)).Power.Battery);
        var empty = model.At(Midsummer.AddHours(2));
        Assert.Equal(0, empty.Power.Battery);
        Assert.InRange(empty.StoredEnergy / (double)Wh, 1950, 2001);
    }

    [Fact]
    public void QuarterHours_OnTheWay_AreReportedInOrderAndExactly()
    {
        var model = new BuildingModel(Options, BuildingModel.Begin(Options, Midsummer.AddSeconds(1)));
        var seen = new List<BuildingMoment>();
        model.AtQuarterHour = seen.Add;
        model.At(Midsummer.AddHours(2));
        Assert.Equal(Enumerable.Range(1, 8).Select(i => Midsummer.ToUnixTimeSeconds() + 900 * i), seen.Select(m => m.Second));
        var direct = new BuildingModel(Options, BuildingModel.Begin(Options, Midsummer.AddSeconds(1))).At(Midsummer.AddMinutes(45));
        AssertSame(direct, seen[2]);
    }

    private static void AssertSame(BuildingMoment expected, BuildingMoment actual)
    {
        Assert.Equal(expected.Energy.Flats, actual.Energy.Flats);
        Assert.Equal(expected.Energy with { Flats = [] }, actual.Energy with { Flats = [] });
        Assert.Equal((expected.Second, expected.StoredEnergy, expected.Controls), (actual.Second, actual.StoredEnergy, actual.Controls));
    }
}

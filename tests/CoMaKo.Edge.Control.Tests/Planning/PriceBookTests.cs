using CoMaKo.Edge.Control.Directives;
using CoMaKo.Edge.Control.Planning;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Tests.Planning;

public sealed class PriceBookTests
{
    private static readonly DateTimeZone Berlin = DateTimeZoneProviders.Tzdb["Europe/Berlin"];
    private static readonly Instant Noon = Instant.FromUtc(2026, 1, 12, 11, 0);
    private static readonly TariffSettings Spot = new() { Energy = new SpotEnergyPrice(2), Levies = 5, GridFee = new(8), VatPercent = 19, Export = new FixedExportPrice(8) };

    [Fact]
    public void Coming_TodayPublished_GivesTodayAsPublishedAndTheRestAsExpected()
    {
        var book = new PriceBook(Spot, Berlin);
        for (int day = 5; day <= 12; day++) Assert.Empty(book.Take(Prices(day, s => day / 100.0), Noon));
        var curve = book.Coming(Noon, null, out var findings)!;

        Assert.Empty(findings);
        Assert.Equal(192, curve.Import.Length);
        Assert.Equal(48, curve.Sources.TakeWhile(s => s == PriceSource.Published).Count()); // 12:00 to 24:00 local
        Assert.All(curve.Sources.Skip(48), s => Assert.Equal(PriceSource.Expected, s));
        Assert.Equal((0.12 + 0.02 + 0.05 + 0.08) * 1.19, curve.Import[0], 1e-12);
        Assert.Equal(((6 + 7 + 8 + 9 + 10 + 11 + 12) / 700.0 + 0.15) * 1.19, curve.Import[48], 1e-12);
    }

    [Theory]
    [InlineData(20, true)]
    [InlineData(29, false)]
    public void Coming_WeeksWithoutPrices_ExpectsTheLastOnesForFourWeeks(int days, bool isExpected)
    {
        var book = new PriceBook(Spot, Berlin);
        book.Take(Prices(12, _ => 0.1), Noon);
        var curve = book.Coming(Noon + Duration.FromDays(days), null, out _);

        Assert.Equal(isExpected, curve is not null);
        if (curve is not null) Assert.All(curve.Sources, s => Assert.Equal(PriceSource.Expected, s));
    }

    [Fact]
    public void Curve_LookBack_SeesOnlyWhatHadArrived()
    {
        var book = new PriceBook(Spot, Berlin);
        for (int day = 5; day <= 11; day++) book.Take(Prices(day, _ => 0.1), Noon - Duration.FromDays(2));
        book.Take(Prices(12, _ => 0.3), Noon);
        var first = QuarterHour.Containing(Noon);

        Assert.Equal(PriceSource.Expected, book.Curve(first, 1, null, Noon - Duration.FromSeconds(1), out _)!.Sources[0]);
        Assert.Equal(PriceSource.Published, book.Curve(first, 1, null, Noon, out _)!.Sources[0]);
    }

    [Fact]
    public void Take_CorrectedPrice_ReplacesTheFirstAndKeepsItsArrival()
    {
        var book = new PriceBook(Spot, Berlin);
        book.Take(Prices(12, _ => 0.3), Noon);
        book.Take(Prices(12, _ => 0.4), Noon + Duration.FromHours(1));

        Assert.Equal((0.4 + 0.15) * 1.19, book.Curve(QuarterHour.Containing(Noon), 1, null, Noon, out _)!.Import[0], 1e-12);
    }

    [Fact]
    public void Recall_AfterRestart_GivesTheSameCurve()
    {
        var (before, after) = (new PriceBook(Spot, Berlin), new PriceBook(Spot, Berlin));
        for (int day = 5; day <= 12; day++) before.Take(Prices(day, s => s.StartUnixSeconds % 86_400 / 1e6), Noon);
        after.Recall(before.Remember());

        Assert.Equal(before.Coming(Noon, null, out _)!.Import, after.Coming(Noon, null, out _)!.Import);
        Assert.Null(after.Curve(QuarterHour.Containing(Noon), 1, null, Noon - Duration.FromSeconds(1), out _));
    }

    [Fact]
    public void Coming_FixedTariff_NeedsNoDirective()
    {
        var curve = new PriceBook(Spot with { Energy = new FixedEnergyPrice(10) }, Berlin).Coming(Noon, null, out _)!;
        Assert.All(curve.Sources, s => Assert.Equal(PriceSource.Contract, s));
    }

    [Fact]
    public void Coming_CooperativeForecast_GivesItsPowerWhereItIsSaid()
    {
        var slot = QuarterHour.Containing(Noon);
        var forecast = new ForecastDirective("f", Noon, Noon + Duration.FromDays(1), "hub", [], [], [new(slot.Next, 2.5)], []);
        var curve = new PriceBook(Spot with { Energy = new FixedEnergyPrice(10), Cooperative = new() }, Berlin).Coming(Noon, forecast, out _)!;

        Assert.Equal([0, 2.5, 0], curve.CoopImport!.Power.Take(3));
        Assert.All(curve.CoopExport!.Power, power => Assert.Equal(0, power));
    }

    [Theory]
    [InlineData(83.2, 12, true)] // EUR/MWh
    [InlineData(8.3, 12, true)] // ct/kWh
    [InlineData(2.1, 12, true)] // ct/kWh on a cheap day
    [InlineData(-1.2, 12, true)]
    [InlineData(0.08, 20, true)] // not traded yet
    [InlineData(-0.5, 12, false)]
    [InlineData(0.93, 12, false)] // the dearest hours there were
    [InlineData(0.08, 13, false)]
    public void Take_PricesThatCannotBeMeant_AreRefusedAsAWhole(double price, int day, bool isRefused)
    {
        var book = new PriceBook(Spot, Berlin);
        var findings = book.Take(Prices(day, _ => price), Noon);

        Assert.Equal(isRefused ? [PlanningCodes.WrongPrices] : [], findings.Select(f => f.Code));
        Assert.Equal(isRefused ? 0 : 96, book.Remember().Prices.Length);
    }

    private static PriceDirective Prices(int day, Func<QuarterHour, double> price) => new(
        $"day-{day}", Noon, Noon + Duration.FromDays(1), "hub", [.. QuarterHour.OfDay(new(2026, 1, day), Berlin).Select(slot => new SlotValue(slot, price(slot)))]);
}

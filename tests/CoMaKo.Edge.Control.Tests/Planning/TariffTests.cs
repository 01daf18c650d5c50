using System.Collections.Immutable;
using CoMaKo.Edge.Control.Directives;
using CoMaKo.Edge.Control.Planning;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Tests.Planning;

public sealed class TariffTests
{
    private static readonly DateTimeZone Berlin = DateTimeZoneProviders.Tzdb["Europe/Berlin"];

    [Fact]
    public void Compose_FixedPrice_AddsLeviesFeeAndTax()
    {
        var tariff = new Tariff(new() { Energy = new FixedEnergyPrice(10), Levies = 5, GridFee = new(8), VatPercent = 19, Export = new FixedExportPrice(7.9m) }, Berlin);
        var curve = tariff.Compose(Day(2026, 1, 12), new SpotPrices(Berlin), null, null, out var findings)!;

        Assert.Empty(findings);
        Assert.All(curve.Import, price => Assert.Equal(0.23 * 1.19, price, 1e-12));
        Assert.All(curve.Export, price => Assert.Equal(0.079, price, 1e-12));
        Assert.All(curve.Sources, source => Assert.Equal(PriceSource.Contract, source));
        Assert.Null(curve.CoopImport);
    }

    [Theory]
    [InlineData(2026, 1, 12, 96, 20, 16)]
    [InlineData(2026, 3, 29, 92, 20, 12)] // 02:00 to 03:00 does not exist
    [InlineData(2026, 10, 25, 100, 20, 20)] // 02:00 to 03:00 comes twice
    [InlineData(2026, 7, 1, 96, 0, 0)] // third quarter: no windows
    public void Compose_TimeVariableFee_FollowsTheLocalClockOnChangeDays(int year, int month, int day, int slots, int high, int low)
    {
        var fee = new GridFee(8, High: 12, Low: 2)
        {
            Windows =
            [
                new(new(new LocalTime(16, 0), new LocalTime(21, 0)), GridFeeLevel.High, [1, 2, 4]),
                new(new(new LocalTime(0, 0), new LocalTime(4, 0)), GridFeeLevel.Low, [1, 2, 4]),
            ],
        };
        var curve = new Tariff(new() { Energy = new FixedEnergyPrice(10), GridFee = fee, VatPercent = 0, Export = new FixedExportPrice(8) }, Berlin)
            .Compose(Day(year, month, day), new SpotPrices(Berlin), null, null, out _)!;

        Assert.Equal(slots, curve.Import.Length);
        Assert.Equal(high, curve.Import.Count(p => Math.Abs(p - 0.22) < 1e-9));
        Assert.Equal(low, curve.Import.Count(p => Math.Abs(p - 0.12) < 1e-9));
    }

    [Fact]
    public void Compose_BeyondThePublishedDay_ExpectsTheMeanOfTheSameTime()
    {
        var spot = new SpotPrices(Berlin);
        for (int day = 1; day <= 9; day++) spot.Add(Day(2026, 1, day).Select(s => new SlotValue(s, day / 100.0)));
        var curve = new Tariff(new() { Energy = new SpotEnergyPrice(2), VatPercent = 0, Export = new SpotExportPrice(1) }, Berlin)
            .Compose([.. Day(2026, 1, 9), .. Day(2026, 1, 10)], spot, null, null, out _)!;

        Assert.Equal((0.09 + 0.02, PriceSource.Published), (curve.Import[0], curve.Sources[0]));
        Assert.Equal((3 + 4 + 5 + 6 + 7 + 8 + 9) / 700.0 + 0.02, curve.Import[96], 1e-12);
        Assert.Equal(PriceSource.Expected, curve.Sources[96]);
        Assert.Equal(0.09 - 0.01, curve.Export[0], 1e-12);
    }

    [Fact]
    public void Compose_NegativeSpot_PaysNothingWhereTheLawSaysSo()
    {
        var spot = new SpotPrices(Berlin);
        spot.Add(Day(2026, 6, 1).Select((s, i) => new SlotValue(s, i < 48 ? -0.02 : 0.05)));
        var curve = new Tariff(new() { Energy = new FixedEnergyPrice(10), Export = new FixedExportPrice(8, IsZeroAtNegativeSpot: true) }, Berlin).Compose(Day(2026, 6, 1), spot, null, null, out _)!;

        Assert.Equal([0, 0.08], [curve.Export[0], curve.Export[95]]);
    }

    [Fact]
    public void Compose_SpotNeverKnown_SaysSo()
    {
        var tariff = new Tariff(new() { Energy = new SpotEnergyPrice(2), Export = new FixedExportPrice(8) }, Berlin);

        Assert.Null(tariff.Compose(Day(2026, 1, 12), new SpotPrices(Berlin), null, null, out var findings));
        Assert.Single(findings);
    }

    [Fact]
    public void Compose_CooperativeDearerThanTheSupplier_IsClippedAndReported()
    {
        var tariff = new Tariff(new() { Energy = new FixedEnergyPrice(5), VatPercent = 0, Export = new FixedExportPrice(3), Cooperative = new(ImportCents: 10, ExportCents: 10) }, Berlin);
        var curve = tariff.Compose(Day(2026, 1, 12), new SpotPrices(Berlin), null, null, out var findings)!;

        Assert.Single(findings);
        Assert.All(curve.CoopImport!.Price, price => Assert.Equal(0.05, price, 1e-12));
        Assert.All(curve.CoopExport!.Price, price => Assert.Equal(0.05, price, 1e-12));
    }

    [Fact]
    public void StepLimits_WithoutPermission_ChargeFromSurplusOnly()
    {
        var limits = new StepLimits(new OwnerWishes { ReservePercent = 20 }, [.. Day(2026, 1, 12).Take(2)], Berlin, capacity: 10);
        double[] charge = new double[2], discharge = new double[2];
        limits.Write([1, 1], [0, 4], [0.3, 0.3], charge, discharge);

        Assert.Equal([0, 3], charge);
        Assert.Equal([1, 0], discharge);
        Assert.Equal(2, limits.StoredMin(0));
    }

    [Fact]
    public void StepLimits_Target_HoldsAtItsTimeOnItsDays()
    {
        var wishes = new OwnerWishes { Targets = [new(new LocalTime(7, 0), 80, [IsoDayOfWeek.Monday])] };
        var monday = Day(2026, 1, 12); // a Monday; 07:00 is the end of slot 27
        var limits = new StepLimits(wishes, monday, Berlin, capacity: 10);

        Assert.Equal([(27, 8.0)], Enumerable.Range(0, 96).Select(t => (t, limits.StoredMin(t))).Where(x => x.Item2 > 0));
    }

    private static ImmutableArray<QuarterHour> Day(int year, int month, int day) => [.. QuarterHour.OfDay(new(year, month, day), Berlin)];
}

using CoMaKo.Devices;
using CoMaKo.Edge.Control.Forecasting;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Tests.Forecasting;

public sealed class QuarterHourMeansTests
{
    private static readonly Instant Begin = Instant.FromUtc(2026, 11, 21, 12, 0);

    [Fact]
    public void Add_StepInTheMiddle_GivesTimeWeightedMeans()
    {
        var means = new QuarterHourMeans(hasPv: true);
        var ended = Run(means, second => Image(second, grid: second < 450 ? 1000 : 3000, pv: 500, battery: -200));

        Assert.NotNull(ended);
        Assert.Equal(2000, (double)ended.Grid!.Value.Watts, 5.0);
        Assert.Equal(2300, (double)ended.Load!.Value.Watts, 5.0);
        Assert.Equal(Power.FromWatts(-200), ended.Battery);
        Assert.Equal(QuarterHour.Containing(Begin), ended.Slot);
    }

    [Fact]
    public void Add_MeterStaleForThreeMinutes_HasNoMean()
    {
        var means = new QuarterHourMeans(hasPv: true);
        var ended = Run(means, second => Image(second, grid: 1000, pv: 500, battery: 0, gridSince: second is > 300 and < 480 ? 300 : second));

        Assert.NotNull(ended);
        Assert.Null(ended.Grid);
        Assert.Null(ended.Load);
        Assert.Equal(Power.FromWatts(500), ended.Pv);
    }

    [Fact]
    public void Add_HalfTheSlotMissing_HasNoMean()
    {
        var means = new QuarterHourMeans(hasPv: true);
        means.Add(Image(0, 1000, 0, 0));
        QuarterHourMean? ended = null;
        for (int second = 450; second <= 900; second++) ended = means.Add(Image(second, 1000, 0, 0)) ?? ended;

        Assert.NotNull(ended);
        Assert.Null(ended.Grid);
    }

    [Fact]
    public void Add_ClockJumpsAnHour_ReportsNothing()
    {
        var means = new QuarterHourMeans(hasPv: true);
        for (int second = 0; second < 800; second++) Assert.Null(means.Add(Image(second, 1000, 0, 0)));

        Assert.Null(means.Add(Image(4500, 1000, 0, 0)));
    }

    private static QuarterHourMean? Run(QuarterHourMeans means, Func<int, ControlImage> image)
    {
        QuarterHourMean? ended = null;
        for (int second = 0; second <= 900; second++) ended = means.Add(image(second)) ?? ended;
        return ended;
    }

    private static ControlImage Image(int second, int grid, int pv, int battery, int? gridSince = null)
    {
        Measured At(int watts, int at) => new(Power.FromWatts(watts), Duration.FromSeconds(at), Duration.FromSeconds(1));
        var one = new BatteryImage(new("battery"), At(battery, second), new MeasuredSoC(50, Duration.FromSeconds(second)), null, null, null, null, false);
        return new(Begin + Duration.FromSeconds(second), Duration.FromSeconds(second), true, At(grid, gridSince ?? second), [], At(pv, second), [one], [], RelayImage.Empty);
    }
}

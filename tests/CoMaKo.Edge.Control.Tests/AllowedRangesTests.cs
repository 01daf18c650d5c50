using CoMaKo.Devices;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control.Tests;

public sealed class AllowedRangesTests
{
    private static readonly AllowedRanges Rated = new([Range(-5000, 5000)], [Power.FromWatts(11_000)], null, null, null, []);

    [Theory]
    [InlineData(-2000, 9000, -2000, 5000, 0)]
    [InlineData(-9000, 9000, -5000, 5000, 0)]
    [InlineData(6000, 9000, 5000, 5000, 1)]
    [InlineData(-9000, -6000, -5000, -5000, 1)]
    public void NarrowBattery_AnyRange_OnlyShrinks(int min, int max, int expectedMin, int expectedMax, int conflicts)
    {
        var narrowed = Rated.NarrowBattery(0, Range(min, max), "test");

        Assert.Equal(Range(expectedMin, expectedMax), narrowed.Batteries[0]);
        Assert.Equal(conflicts, narrowed.Conflicts.Length);
    }

    [Fact]
    public void NarrowGridImport_AHigherLimitLater_KeepsTheLower()
    {
        var narrowed = Rated.NarrowGridImport(Power.FromWatts(4200)).NarrowGridImport(Power.FromWatts(9000));

        Assert.Equal(Power.FromWatts(4200), narrowed.GridImport);
    }

    private static PowerRange Range(int min, int max) => new(Power.FromWatts(min), Power.FromWatts(max));
}

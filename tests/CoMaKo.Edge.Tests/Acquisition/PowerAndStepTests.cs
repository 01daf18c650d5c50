using CoMaKo.Devices;
using CoMaKo.Edge.Acquisition;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Tests.Acquisition;

public sealed class PowerAndStepTests
{
    [Fact]
    public void PowerIntegral_AcrossZero_SplitsTheDirectionsExactly()
    {
        var integral = new PowerIntegral(DeviceRole.Grid);
        integral.Add(Duration.Zero, 2700m);
        Assert.Equal(new FlowedEnergy(11.25m, 1.25m, 0, 0), integral.Add(Duration.FromSeconds(40), -900m)); // 30 s of 1350 W, then 10 s of −450 W
    }

    [Fact]
    public void PowerIntegral_GapOverAMinute_IsNotBridged()
    {
        var integral = new PowerIntegral(DeviceRole.Grid);
        integral.Add(Duration.Zero, 3600m);
        Assert.Equal(default, integral.Add(Duration.FromSeconds(60.001), 3600m));
        Assert.Equal(60m, integral.Add(Duration.FromSeconds(120.001), 3600m).Import);
    }

    [Theory]
    [InlineData(DeviceRole.Grid, 10, 0)]
    [InlineData(DeviceRole.Load, 10, 0)]
    [InlineData(DeviceRole.Pv, 0, 10)]
    [InlineData(DeviceRole.Battery, 0, 10)]
    public void PowerIntegral_PositivePower_CountsAsTheRoleSays(DeviceRole role, int import, int export)
    {
        var integral = new PowerIntegral(role);
        integral.Add(Duration.Zero, 3600m);
        Assert.Equal(new FlowedEnergy(import, export, import, export), integral.Add(Duration.FromSeconds(10), 3600m));
    }

    [Fact]
    public void InStepEstimate_BetweenSteps_FollowsPowerAndStaysBelowTheNext()
    {
        var estimate = new InStepEstimate();
        Assert.Equal(1000m, estimate.Add(1000m, 100m, 0m));
        Assert.Equal(1038m, estimate.Add(1000m, 100m, 40m));
        Assert.Equal(1099.999m, estimate.Add(1000m, 100m, 500m));
        Assert.Equal(1100m, estimate.Add(1100m, 100m, 3m)); // anchored again
    }

    [Theory]
    [InlineData(0, false, Quality.Measured)]
    [InlineData(10, false, Quality.Measured)]
    [InlineData(100, false, Quality.InterpolatedInStep)]
    [InlineData(1000, false, Quality.Coarse)]
    [InlineData(3.9, true, Quality.Measured)]
    [InlineData(7.8, true, Quality.InterpolatedInStep)]
    public void QualityOf_Step_IsThatOfTheDisplay(double step, bool isFloat, Quality expected)
    {
        Assert.Equal(expected, InStepEstimate.QualityOf((decimal)step, isFloat, false, 1m));
        Assert.Equal(expected, InStepEstimate.QualityOf((decimal)step * 40m, isFloat, false, 40m));
    }
}

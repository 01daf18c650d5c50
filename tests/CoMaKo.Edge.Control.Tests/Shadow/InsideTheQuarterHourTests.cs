using CoMaKo.Quantities;
using CoMaKo.Testing;
using Xunit.Abstractions;

namespace CoMaKo.Edge.Control.Tests.Shadow;

/// <summary>Following the meter against a set-point of a quarter hour, on data of one minute (dispatch-optimisation §7), as share of what the best schedule in minutes saves.</summary>
public sealed class InsideTheQuarterHourTests(ITestOutputHelper output)
{
    [RequiresTheory(Peer.SharedData)]
    [InlineData(1, 1)]
    [InlineData(0.5, 1)]
    [InlineData(0.25, 1)]
    [InlineData(1, 3)]
    [InlineData(0.25, 3)]
    [InlineData(0.1, 3)]
    public void Wish_FollowedEachMinute_EarnsWhatASetPointLoses(double pv, double spread)
    {
        var day = new MinuteDay(pv, spread);
        double followed = day.Share(day.FollowedEachMinute(1e-6)), held = day.Share(day.HeldPlan());

        output.WriteLine(FormattableString.Invariant($"PV × {pv}, spread × {spread}: followed {followed:0.00} %, rule {day.Share(day.FollowedEachMinute(double.PositiveInfinity)):0.00} %, set-point {held:0.00} %"));
        Assert.True(followed >= 99.5, $"{followed:0.00} %");
        Assert.True(held <= 85, $"The set-point reaches {held:0.00} %: on this day following shows nothing.");
    }

    [RequiresTheory(Peer.SharedData)]
    [InlineData(1)]
    [InlineData(0.5)]
    [InlineData(0.25)]
    public void Wish_FollowedEachSecondByARealInverter_LosesLittle(double pv)
    {
        var day = new MinuteDay(pv, 1);
        double near = day.Share(day.FollowedEachSecond(1, 2, Power.Zero)), slow = day.Share(day.FollowedEachSecond(4, 2, Power.Zero));

        output.WriteLine(FormattableString.Invariant($"PV × {pv}: 1 s {near:0.00} %, 4 s {slow:0.00} %, 1 s and 30 W wanted at the meter {day.Share(day.FollowedEachSecond(1, 2, Power.FromWatts(30))):0.00} %"));
        Assert.True(near >= 95, $"{near:0.00} %");
        Assert.True(slow >= 93, $"{slow:0.00} %");
    }
}

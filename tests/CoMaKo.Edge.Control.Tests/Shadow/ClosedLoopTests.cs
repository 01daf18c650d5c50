using NodaTime;
using Xunit.Abstractions;

namespace CoMaKo.Edge.Control.Tests.Shadow;

/// <summary>The measure of forecaster, averaged values and choice of the driver: euros on a real household (dispatch-optimisation §7).</summary>
public sealed class ClosedLoopTests(ITestOutputHelper output)
{
    [SeriesTheory]
    [InlineData("spring", 1, 96)]
    [InlineData("summer", 1, 99)]
    [InlineData("pseudo-winter", 1, 95)]
    [InlineData("spring", 3, 88)]
    [InlineData("summer", 3, 98)]
    [InlineData("pseudo-winter", 3, 86)]
    [Trait("Category", "Slow")]
    public void Run_Window_ReachesItsShareOfPerfectForesight(string window, double spread, double least)
    {
        var (from, to) = window == "summer" ? (Day(5, 15), Day(8, 25)) : (Day(3, 15), Day(5, 15));
        var replay = new DayReplay(ClosedLoop.Battery, ClosedLoop.Tolerances, LocalDate.FromDateTime(from.UtcDateTime));
        var result = new ClosedLoop(Household.Read().With(spread, window == "pseudo-winter" ? 0.35 : 1), replay).Run(from, to);
        var (share, rule, worst) = (result.Share, result.Rule, result.WorstBlock);
        output.WriteLine(FormattableString.Invariant($"{window} × {spread}: {share:0.00} % of perfect foresight, rule {rule:0.00} %, worst 30 days against the rule {worst:0.00} points"));
        Assert.True(share >= least, $"{share:0.00} %, at least {least} %");
        Assert.True(share >= rule - 1, $"{share:0.00} %, the rule {rule:0.00} %");
        Assert.True(worst >= -1, $"the worst 30 days are {worst:0.00} points below the rule");
    }

    private static DateTimeOffset Day(int month, int day) => new(2024, month, day, 0, 0, 0, TimeSpan.Zero);
}

/// <inheritdoc cref="SeriesTheoryAttribute"/>
public sealed class SeriesFactAttribute : FactAttribute
{
    public SeriesFactAttribute() => Skip = new SeriesTheoryAttribute().Skip;
}

/// <summary>Needs the household series beside the checkout.</summary>
public sealed class SeriesTheoryAttribute : TheoryAttribute
{
    public SeriesTheoryAttribute()
    {
        if (!File.Exists(Household.SeriesFile) && Environment.GetEnvironmentVariable("CI") != "true") Skip = $"The household series is not there: {Household.SeriesFile}";
    }
}

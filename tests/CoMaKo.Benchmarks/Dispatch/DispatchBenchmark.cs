using System.Globalization;
using CoMaKo.Edge.Control.Tests.Shadow;

namespace CoMaKo.Benchmarks.Dispatch;

/// <summary>
/// The closed loop of forecaster, planner and choice of the driver, strictly causal, over windows, months and years (dispatch-optimisation §7): share of what perfect foresight
/// saves, beside self-consumption by rule. Exit code 1 where a bound is missed: the shares of the windows, and nowhere more than a point below the rule, also in no 30 days.
/// Arguments: <c>--seeds N</c> drawn years (default 2), <c>--series FILE</c> another household in the same form as the one beside the checkout,
/// <c>--only TEXT</c> the rows whose name contains it.
/// </summary>
internal static class DispatchBenchmark
{
    private const double MostBelowRule = 1;
    private static readonly DateTimeOffset FirstOfYear = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Windows of the measured household with the share that must be reached at the real spread and at three times it.</summary>
    private static readonly (string Name, DateTimeOffset From, DateTimeOffset To, double Pv, double Least, double LeastWide)[] Windows =
    [
        ("spring", Day(3, 15), Day(5, 15), 1, 96, 88), ("summer", Day(5, 15), Day(8, 25), 1, 99, 98), ("winter of a third of the sun", Day(3, 15), Day(5, 15), 0.35, 95, 86),
    ];

    private static string only = "";

    public static int Run(string[] arguments)
    {
        only = Argument(arguments, "--only") ?? "";
        int seeds = Argument(arguments, "--seeds") is { } count ? int.Parse(count, CultureInfo.InvariantCulture) : 2;
        Console.WriteLine("| Series, prices, window | saving of perfect foresight, EUR | share of it | rule | worst 30 days against the rule, points |");
        Console.WriteLine("| --- | --- | --- | --- | --- |");
        int misses = Argument(arguments, "--series") is { } file ? Months(Household.Read(file)) : Named(Household.Read()) + Months(Household.Read());
        for (int seed = 1; seed <= seeds; seed++) misses += Year(seed);
        Console.WriteLine(misses == 0 ? "All bounds are kept." : FormattableString.Invariant($"{misses} bounds are missed."));
        return misses == 0 ? 0 : 1;
    }

    private static int Named(Household house)
    {
        int misses = 0;
        foreach (var (window, from, to, pv, least, leastWide) in Windows)
        {
            foreach (double spread in (double[])[1, 3])
            {
                string name = FormattableString.Invariant($"household, real prices × {spread}, {window}");
                if (name.Contains(only, StringComparison.Ordinal)) misses += Print(name, new ClosedLoop(house.With(spread, pv)).Run(from, to), spread > 1 ? leastWide : least);
            }
        }

        return misses;
    }

    /// <summary>Every whole month, and all of them in one, with three sizes of the plant, at real and at drawn prices: most of it was used for no choice.</summary>
    private static int Months(Household house)
    {
        int misses = 0;
        foreach (double pv in (double[])[1, 0.6, 0.35])
        {
            foreach (var (prices, with) in Prices(house))
            {
                var series = with(pv);
                // From ten days of history on: fewer are no scenarios worth the name.
                misses += Stretch(FormattableString.Invariant($"household, PV × {pv}, {prices}"), series, Midnight(DateTimeOffset.FromUnixTimeSeconds(series.Begin).AddDays(11)), Midnight(series.End));
            }
        }

        return misses;
    }

    private static IEnumerable<(string Name, Func<double, LoopSeries> With)> Prices(Household house)
    {
        yield return ("real prices × 1", pv => house.With(1, pv));
        yield return ("real prices × 3", pv => house.With(3, pv));
        yield return ("drawn prices × 1", pv => house.With(PriceYear.Import(house.Begin, house.Load.Length + LoopSeries.PricesBeyond, LoopSeries.SlotSeconds, 1, seed: 5), pv));
        yield return ("drawn prices × 2", pv => house.With(PriceYear.Import(house.Begin, house.Load.Length + LoopSeries.PricesBeyond, LoopSeries.SlotSeconds, 2, seed: 6), pv));
    }

    private static int Year(int seed) => ((double[])[1, 3]).Sum(spread => Stretch(
        FormattableString.Invariant($"drawn house and year {seed}, prices × {spread}"), HouseYear.Draw(FirstOfYear, 365, spread, seed), FirstOfYear, FirstOfYear.AddDays(365)));

    /// <summary>Everything in one run, then its whole months.</summary>
    private static int Stretch(string name, LoopSeries series, DateTimeOffset from, DateTimeOffset to)
    {
        if (!name.Contains(only, StringComparison.Ordinal)) return 0;
        var all = new ClosedLoop(series).Run(from, to);
        var months = all.Days.GroupBy(day => (day.At.Year, day.At.Month)).Where(month => month.Count() == DateTime.DaysInMonth(month.Key.Year, month.Key.Month));
        return months.Sum(month => Print(FormattableString.Invariant($"{name}, {month.Key.Year}-{month.Key.Month:00}"), new([.. month]))) + Print($"{name}, all", all);
    }

    /// <returns>Bounds missed.</returns>
    private static int Print(string name, LoopResult result, double least = 0)
    {
        bool isLess = result.Share < least, isBelow = result.Share < result.Rule - MostBelowRule || result.WorstBlock < -MostBelowRule;
        string bound = least > 0 ? FormattableString.Invariant($" (at least {least} %)") : "";
        Console.WriteLine(FormattableString.Invariant(
            $"| {name} | {result.Saving:0.00} | {result.Share:0.0} %{bound}{(isLess ? " MISSED" : "")} | {result.Rule:0.0} % | {result.WorstBlock:+0.0;-0.0;0.0}{(isBelow ? " MISSED" : "")} |"));
        return (isLess ? 1 : 0) + (isBelow ? 1 : 0);
    }

    private static string? Argument(string[] arguments, string name) => Array.IndexOf(arguments, name) is >= 0 and var i && i + 1 < arguments.Length ? arguments[i + 1] : null;

    private static DateTimeOffset Midnight(DateTimeOffset at) => new(at.UtcDateTime.Date, TimeSpan.Zero);

    private static DateTimeOffset Day(int month, int day) => new(2024, month, day, 0, 0, 0, TimeSpan.Zero);
}

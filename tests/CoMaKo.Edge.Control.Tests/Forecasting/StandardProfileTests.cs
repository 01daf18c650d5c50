using System.Globalization;
using CoMaKo.Edge.Control.Forecasting;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.Edge.Control.Tests.Forecasting;

public sealed class StandardProfileTests
{
    private static readonly ColdStart Building = new(DateTimeZone.Utc, 1_000_000);

    /// <summary>The rough profile against the published one with its factor of the day: the year within 2 %, each month within 7 % (a row stands for four months), the hours within 5 % on average.</summary>
    [RequiresFact(Peer.SharedData)]
    public void Load_OverAYear_IsThatOfThePublishedProfile()
    {
        double[][] table = [.. File.ReadLines(Path.Combine(Repository.Shared, "data", "timeseries", "profiles", "bdew_h25.csv")).Skip(2).Select(row => row.Split(',').Skip(1).Select(n => double.Parse(n, CultureInfo.InvariantCulture)).ToArray())];
        double[] ours = new double[12], published = new double[12];
        double apart = 0;
        for (var day = new LocalDate(2025, 1, 1); day.Year == 2025; day = day.PlusDays(1))
        {
            int type = day is { Month: 12, Day: 24 or 31 } || day.DayOfWeek == IsoDayOfWeek.Saturday ? 0 : day.DayOfWeek == IsoDayOfWeek.Sunday ? 1 : 2;
            // The factor as published, with its four decimals.
            double n = day.DayOfYear, factor = Math.Round(-3.92e-10 * n * n * n * n + 3.2e-7 * n * n * n - 7.02e-5 * n * n + 2.1e-3 * n + 1.24, 4);
            for (int hour = 0; hour < 24; hour++)
            {
                double wanted = factor * Enumerable.Range(4 * hour, 4).Sum(q => table[q][(day.Month - 1) * 3 + type]);
                double load = StandardProfile.Load(Building, day.AtMidnight().PlusHours(hour).InUtc().ToInstant());
                (ours[day.Month - 1], published[day.Month - 1]) = (ours[day.Month - 1] + load, published[day.Month - 1] + wanted);
                apart += Math.Abs(load - wanted);
            }
        }

        Assert.Equal(1, ours.Sum() / published.Sum(), 0.02);
        for (int month = 0; month < 12; month++) Assert.Equal(1, ours[month] / published[month], 0.07);
        Assert.True(apart / published.Sum() < 0.05, FormattableString.Invariant($"{apart / published.Sum():0.000}"));
    }

    [Fact]
    public void Load_ChristmasEve_IsThatOfASaturday() =>
        Assert.Equal(At(new(2025, 12, 27), 12) / At(new(2025, 12, 24), 12), StandardProfile.DayFactor(361) / StandardProfile.DayFactor(358), 1e-12);

    private static double At(LocalDate day, int hour) => StandardProfile.Load(Building, day.AtMidnight().PlusHours(hour).InUtc().ToInstant());
}

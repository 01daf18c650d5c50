using CoMaKo.Hub;
using CoMaKo.Hub.Metering;
using CoMaKo.Settlement.Curves;
using CoMaKo.Testing;
using Dapper;
using NodaTime;

namespace CoMaKo.CloudSync.Tests.Hub.Metering;

/// <summary>What the database keeps of each series' months against the days that it stands for.</summary>
public sealed class SeriesMonthTests
{
    private const int Days = 50;
    private const int Steps = 400;

    [Theory, OnSqlite, OnPostgres]
    public async Task Months_AfterVersionsAndErasures_AreWhatTheirDaysComeTo(Engine engine)
    {
        using var place = new TestDatabase(engine);
        using var database = HubSchema.Open(place.Address);
        int first = MarketDay.Number(new LocalDate(2026, 3, 20));
        for (int day = first; day < first + Days; day++) await new CalendarMonths(database).EnsureCurveAsync(day);
        var random = new Random(5);
        var days = new Dictionary<(long Series, int Day), List<long>>();
        await database.WriteAsync(async tx =>
        {
            for (int step = 0; step < Steps; step++)
            {
                long series = 1 + random.Next(3);
                int day = first + random.Next(Days);
                if (random.Next(40) == 0)
                {
                    await tx.Prepare("DELETE FROM met_effective_day WHERE series_id = $1 AND day < $2").Bind(series).Bind(day).RunAsync();
                    foreach (var gone in days.Keys.Where(each => each.Series == series && each.Day < day).ToList()) days.Remove(gone);
                    continue;
                }

                if (!days.TryGetValue((series, day), out var versions)) days.Add((series, day), versions = []);
                versions.Add(random.Next(97));
                await tx.Prepare("INSERT INTO met_effective_day (day, series_id, version, wh, source, status, billable, state, input_hash, created_us) VALUES ($1, $2, $3, $4, $4, $4, $5, 1, '', 0)")
                    .Bind(day).Bind(series).Bind(versions.Count).Bind(new byte[1]).Bind(versions[^1]).RunAsync();
            }
        });

        await using var reader = await database.OpenReaderAsync();
        var found = await reader.QueryAsync<(long Series, long Month, long Billable, long Versions)>("SELECT series_id, month, billable, versions FROM met_series_month WHERE versions > 0 ORDER BY series_id, month");
        Assert.Equal(
            days.GroupBy(each => (each.Key.Series, Month: MonthOf(MarketDay.Date(each.Key.Day)))).OrderBy(same => same.Key)
                .Select(same => (same.Key.Series, same.Key.Month, same.Sum(each => each.Value[^1]), (long)same.Sum(each => each.Value.Count))),
            found);
        Assert.Contains(days.Values, versions => versions.Count > 2);
    }

    private static long MonthOf(LocalDate day) => (day.Year * 12L) + day.Month - 1;
}

using System.Buffers.Binary;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Balancing;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using Dapper;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Balancing;

/// <summary>A forecast of a series for a Berlin day, to be stored.</summary>
/// <param name="Wh">92, 96 or 100 values.</param>
internal sealed record DayForecast(string Point, EnergyDirection Direction, LocalDate Day, string Model, IReadOnlyList<int> Wh);

/// <summary>Forecasts as they were stored before their day began; a later one stands beside an earlier one and never replaces it.</summary>
internal sealed class ForecastStore(HubDatabase database, TimeProvider clock)
{
    /// <summary>Stores all or none.</summary>
    /// <returns>How many are new, and days that had begun already: then nothing was stored.</returns>
    public Task<(int Created, IReadOnlyList<DayForecast> TooLate)> PutAsync(IReadOnlyList<DayForecast> forecasts) => database.WriteAsync(async tx =>
    {
        tx.NoteDone();
        long now = clock.UnixMicroseconds(); // inside the transaction: one that waited for its turn until the day began comes too late
        var late = forecasts.Where(each => MarketDay.Slots(MarketDay.Number(each.Day))[0].StartUnixSeconds * 1_000_000 <= now).ToList();
        if (late.Count > 0) return (0, (IReadOnlyList<DayForecast>)late);
        int created = 0;
        foreach (var each in forecasts) created += await PutAsync(tx, each, now);
        return (created, []);
    });

    /// <summary>The forecast that counts for each series and day: the latest that was made before the day began.</summary>
    public async Task<IReadOnlyDictionary<(LocalDate Day, string Point, EnergyDirection Direction), StoredForecast>> ReadAsync(IEnumerable<string> points, LocalDate from, LocalDate to)
    {
        await using var reader = await database.OpenReaderAsync();
        var rows = await reader.QueryAsync<(string Point, long Direction, long Day, string Model, long IssuedUs, byte[] Wh)>(
            "SELECT point, direction, day, model, issued_us, wh FROM mkt_forecast_day WHERE day >= @from AND day < @to", new { from = MarketDay.Number(from), to = MarketDay.Number(to) });
        var wanted = points.ToHashSet(StringComparer.Ordinal);
        return rows.Where(row => wanted.Contains(row.Point))
            .GroupBy(row => (Day: MarketDay.Date((int)row.Day), row.Point, Direction: (EnergyDirection)row.Direction))
            .Select(series => (series.Key, Counts: StoredForecast.LatestOf(series.Select(row => new StoredForecast(series.Key.Day, Instant.FromUnixTimeTicks(row.IssuedUs * 10), row.Model, Unpack(row.Wh))), series.Key.Day)))
            .Where(each => each.Counts is not null).ToDictionary(each => each.Key, each => each.Counts!);
    }

    private static async ValueTask<int> PutAsync(HubTransaction tx, DayForecast forecast, long now)
    {
        byte[] wh = Pack(forecast.Wh);
        long day = MarketDay.Number(forecast.Day);
        var newest = await tx.Prepare("SELECT wh FROM mkt_forecast_day WHERE point = $1 AND direction = $2 AND day = $3 AND model = $4 ORDER BY issued_us DESC LIMIT 1")
            .Bind(forecast.Point).Bind((long)forecast.Direction).Bind(day).Bind(forecast.Model).FirstAsync(row => row.Blob(0));
        if (newest is not null && newest.AsSpan().SequenceEqual(wh)) return 0;
        return await tx.Prepare("INSERT INTO mkt_forecast_day (point, direction, day, model, issued_us, wh) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING")
            .Bind(forecast.Point).Bind((long)forecast.Direction).Bind(day).Bind(forecast.Model).Bind(now).Bind(wh).RunAsync();
    }

    private static byte[] Pack(IReadOnlyList<int> wh)
    {
        byte[] packed = new byte[wh.Count * sizeof(int)];
        for (int i = 0; i < wh.Count; i++) BinaryPrimitives.WriteInt32BigEndian(packed.AsSpan(i * sizeof(int)), wh[i]);
        return packed;
    }

    private static long[] Unpack(byte[] packed)
    {
        long[] wh = new long[packed.Length / sizeof(int)];
        for (int i = 0; i < wh.Length; i++) wh[i] = BinaryPrimitives.ReadInt32BigEndian(packed.AsSpan(i * sizeof(int)));
        return wh;
    }
}

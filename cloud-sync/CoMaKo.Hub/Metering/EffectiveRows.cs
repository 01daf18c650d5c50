using System.Data.Common;
using CoMaKo.Hub.Storage;
using Dapper;

namespace CoMaKo.Hub.Metering;

/// <summary>Reads <c>met_effective_day</c>.</summary>
internal static class EffectiveRows
{
    /// <summary>A server is asked for so many days at once, each by a statement of its own: it sorts the next one while this one is taken.</summary>
    private const int DaysAhead = 31;

    /// <summary>The newest versions of some series on one day, by series.</summary>
    public static async Task<IReadOnlyList<EffectiveRow>> OfDayAsync(DbConnection reader, HubEngine engine, long[] series, int day) =>
        [.. (await reader.QueryAsync<(long Series, long Version, byte[] Wh, byte[] Source, byte[] Status, string Hash)>($"""
            SELECT e.series_id, e.version, e.wh, e.source, e.status, e.input_hash FROM met_effective_day e
            WHERE e.day = @day AND e.series_id {engine.AnyOf("@series")}
              AND e.version = (SELECT max(m.version) FROM met_effective_day m WHERE m.day = @day AND m.series_id = e.series_id)
            ORDER BY e.series_id
            """, new { day, series })).Select(row => new EffectiveRow(row.Series, day, (int)row.Version, row.Wh, row.Source, row.Status, row.Hash))];

    /// <summary>The newest values of some series on the days from <paramref name="from"/> to before <paramref name="to"/>, by day, then by series, each as the engine sends it.</summary>
    public static async IAsyncEnumerable<DayValues> ValuesAsync(DbConnection reader, HubEngine engine, long[] series, int from, int to)
    {
        int atOnce = engine == HubEngine.Postgres ? DaysAhead : 1;
        for (int first = from; first < to; first += atOnce)
        {
            int end = Math.Min(first + atOnce, to);
            var values = new DynamicParameters(new { series });
            for (int day = first; day < end; day++) values.Add($"day{day - first}", (long)day);
            await using var rows = await reader.ExecuteReaderAsync(string.Join(";\n", Enumerable.Range(0, end - first).Select(i => NewestValues(engine, $"@day{i}"))), values);
            for (int day = first; day < end; day++)
            {
                while (await rows.ReadAsync()) yield return new DayValues(rows.GetInt64(0), day, (int)rows.GetInt64(1), rows.GetFieldValue<byte[]>(2), rows.GetFieldValue<byte[]>(3));
                await rows.NextResultAsync();
            }
        }
    }

    /// <summary>The newest versions of some series on the days from <paramref name="from"/> to before <paramref name="to"/>, by day, then by series.</summary>
    public static async Task<IReadOnlyList<EffectiveRow>> OfDaysAsync(DbConnection reader, HubEngine engine, long[] series, int from, int to) =>
        [.. (await reader.QueryAsync<(long Series, long Day, long Version, byte[] Wh, byte[] Source, byte[] Status, string Hash)>($"""
            SELECT e.series_id, e.day, e.version, e.wh, e.source, e.status, e.input_hash FROM met_effective_day e
            WHERE e.day >= @from AND e.day < @to AND e.day {engine.AnyOf("@days")} AND e.series_id {engine.AnyOf("@series")}
              AND e.version = (SELECT max(m.version) FROM met_effective_day m WHERE m.day = e.day AND m.series_id = e.series_id)
            ORDER BY e.day, e.series_id
            """, new { from, to, days = Days(from, to), series })).Select(row => new EffectiveRow(row.Series, (int)row.Day, (int)row.Version, row.Wh, row.Source, row.Status, row.Hash))];

    /// <summary>One version of a day; absent if there is none of that number.</summary>
    public static async Task<EffectiveRow?> OfVersionAsync(DbConnection reader, long seriesId, int day, int version) =>
        (await reader.QueryAsync<(byte[] Wh, byte[] Source, byte[] Status, string Hash)>(
            "SELECT wh, source, status, input_hash FROM met_effective_day WHERE day = @day AND series_id = @seriesId AND version = @version", new { day, seriesId, version }))
        .Select(row => new EffectiveRow(seriesId, day, version, row.Wh, row.Source, row.Status, row.Hash)).FirstOrDefault();

    /// <summary>The newest versions of one series by day.</summary>
    public static async Task<Dictionary<int, EffectiveRow>> OfSeriesAsync(DbConnection reader, HubEngine engine, long seriesId, int from, int last) =>
        (await OfDaysAsync(reader, engine, [seriesId], from, last + 1)).ToDictionary(row => row.Day);

    /// <summary>Each by its number: so the key finds a series on each day, and is not read for all series of the days. Their bounds name the partitions.</summary>
    private static long[] Days(int from, int to) => [.. Enumerable.Range(from, Math.Max(0, to - from)).Select(day => (long)day)];

    /// <summary>A server takes the newest version while it sorts; to ask for it by a key with each row took two and a half times as long.</summary>
    private static string NewestValues(HubEngine engine, string day) => engine == HubEngine.Postgres
        ? $"SELECT DISTINCT ON (series_id) series_id, version, wh, status FROM met_effective_day WHERE day = {day} AND series_id = ANY (@series) ORDER BY series_id, version DESC"
        : $"""
            SELECT e.series_id, e.version, e.wh, e.status FROM met_effective_day e
            WHERE e.day = {day} AND e.series_id IN @series AND e.version = (SELECT max(m.version) FROM met_effective_day m WHERE m.day = {day} AND m.series_id = e.series_id)
            ORDER BY e.series_id
            """;
}

using System.Data.Common;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using Dapper;
using NodaTime;

namespace CoMaKo.Hub.Metering;

/// <summary>A series of a metering point in a month.</summary>
/// <param name="Billable">Slots that may be billed; 0 without any value.</param>
internal sealed record SeriesMonth(long SeriesId, long PointId, EnergyDirection Direction, long Billable);

/// <summary>Reads <c>met_series_month</c>, which the database keeps with every day that is added or erased.</summary>
internal static class SeriesMonths
{
    /// <summary>Of more points all are read: finding each by a key takes longer than reading what a cooperative has.</summary>
    public const int MostByKey = 1000;

    /// <summary>All series of these points; a point that never had a value has none.</summary>
    /// <param name="points">At most <see cref="MostByKey"/>; absent: all points.</param>
    public static async Task<IReadOnlyList<SeriesMonth>> OfAsync(DbConnection reader, HubEngine engine, IReadOnlyCollection<long>? points, YearMonth month)
    {
        string sql = $"""
            SELECT s.series_id, s.point_id, s.direction, coalesce(m.billable, 0) FROM met_series s LEFT JOIN met_series_month m ON m.month = @month AND m.series_id = s.series_id
            WHERE {(points is null ? "s.point_id IS NOT NULL" : $"s.point_id {engine.AnyOf("@points")}")}
            """;
        var series = new List<SeriesMonth>(points?.Count ?? MostByKey);
        await using var rows = points is null ? await reader.ExecuteReaderAsync(sql, new { month = NumberOf(month) }) : await reader.ExecuteReaderAsync(sql, new { month = NumberOf(month), points = points.ToArray() });
        while (await rows.ReadAsync()) series.Add(new SeriesMonth(rows.GetInt64(0), rows.GetInt64(1), (EnergyDirection)rows.GetInt64(2), rows.GetInt64(3)));
        return series;
    }

    /// <summary>The first month in which one of some series has a value; absent while none has any.</summary>
    public static async Task<YearMonth?> FirstAsync(DbConnection reader, HubEngine engine, long[] series) =>
        Of(await reader.ExecuteScalarAsync<long?>($"SELECT min(month) FROM met_series_month WHERE versions > 0 AND series_id IN {(engine == HubEngine.Postgres ? "(SELECT unnest(@series))" : "@series")}", new { series }));

    /// <summary>A month before which no series has a value, derived or waiting to be; absent while none has any.</summary>
    public static async Task<YearMonth?> FirstOfAllAsync(DbConnection reader)
    {
        var derived = Of(await reader.ExecuteScalarAsync<long?>("SELECT min(month) FROM met_series_month WHERE versions > 0"));
        var marked = await reader.ExecuteScalarAsync<long?>("SELECT min(day) FROM met_dirty") is { } day ? MarketDay.Date((int)day).ToYearMonth() : (YearMonth?)null;
        return derived < marked ? derived : marked ?? derived;
    }

    /// <summary>A text that differs whenever a day of these months has another newest version: versions are only ever added.</summary>
    public static async Task<string> RevisionAsync(DbConnection reader, HubEngine engine, long[] series, YearMonth first, YearMonth last) => FormattableString.Invariant($"""
        {series.Length}/{await reader.ExecuteScalarAsync<long>($"SELECT CAST(coalesce(sum(versions), 0) AS bigint) FROM met_series_month WHERE month {engine.AnyOf("@months")} AND series_id {engine.AnyOf("@series")}",
            new { months = Enumerable.Range((int)NumberOf(first), (int)(NumberOf(last) - NumberOf(first)) + 1).Select(month => (long)month).ToArray(), series })}
        """);

    private static long NumberOf(YearMonth month) => (month.Year * 12L) + month.Month - 1;

    private static YearMonth? Of(long? number) => number is { } known ? new YearMonth((int)(known / 12), (int)(known % 12) + 1) : null;
}

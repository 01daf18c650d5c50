using System.Data.Common;
using CoMaKo.Hub.Storage;
using Dapper;

namespace CoMaKo.Hub.Metering;

/// <summary>Facts about stored effective days, without their values.</summary>
internal static class EffectiveDays
{
    /// <summary>The first day of some series; absent while there is none.</summary>
    public static async Task<int?> FirstAsync(DbConnection reader, HubEngine engine, long[] series) =>
        (int?)await reader.ExecuteScalarAsync<long?>($"SELECT min(day) FROM met_effective_day WHERE series_id {engine.AnyOf("@series")}", new { series });

    /// <summary>A text that differs whenever a day of the period has another newest version: rows are only ever added.</summary>
    public static async Task<string> RevisionAsync(DbConnection reader, HubEngine engine, long[] series, int from, int to) =>
        FormattableString.Invariant($"{series.Length}/{await reader.ExecuteScalarAsync<long>($"SELECT count(*) FROM met_effective_day WHERE day >= @from AND day < @to AND series_id {engine.AnyOf("@series")}", new { from, to, series })}");

    /// <summary>Slots of a period that may be billed, by series; a series without any is left out.</summary>
    public static async Task<Dictionary<long, long>> BillableAsync(DbConnection reader, HubEngine engine, long[] series, int from, int to) =>
        (await reader.QueryAsync<(long Series, long Slots)>($"""
            SELECT e.series_id, CAST(sum(e.billable) AS bigint) FROM met_effective_day e
            WHERE e.day >= @from AND e.day < @to AND e.series_id {engine.AnyOf("@series")}
              AND e.version = (SELECT max(n.version) FROM met_effective_day n WHERE n.day = e.day AND n.series_id = e.series_id)
            GROUP BY e.series_id
            """, new { from, to, series })).ToDictionary(row => row.Series, row => row.Slots);
}

using System.Data.Common;
using CoMaKo.Hub.Storage;
using Dapper;

namespace CoMaKo.Hub.Metering;

/// <summary>Facts about stored effective days, without their values.</summary>
internal static class EffectiveDays
{
    /// <summary>Slots of some days that may be billed; a day without any value is left out.</summary>
    public static async Task<Dictionary<(long SeriesId, int Day), long>> BillableAsync(DbConnection reader, HubEngine engine, long[] series, int[] days) => series.Length == 0 ? [] :
        (await reader.QueryAsync<(long Series, long Day, long Slots)>($"""
            SELECT e.series_id, e.day, e.billable FROM met_effective_day e WHERE e.day {engine.AnyOf("@days")} AND e.series_id {engine.AnyOf("@series")}
              AND e.version = (SELECT max(n.version) FROM met_effective_day n WHERE n.day = e.day AND n.series_id = e.series_id)
            """, new { days = days.Select(day => (long)day).ToArray(), series })).ToDictionary(row => (row.Series, (int)row.Day), row => row.Slots);
}

using System.Data.Common;
using Dapper;

namespace CoMaKo.Hub.Metering;

/// <summary>A register that helps to form a point's curve.</summary>
/// <param name="FromDay">First Berlin day; 0: from ever.</param>
/// <param name="ToDay">Exclusive; absent while it goes on.</param>
/// <param name="Factor">+1 or −1.</param>
internal sealed record Assignment(string Register, int FromDay, int? ToDay, int Factor)
{
    public bool HoldsOn(int day) => FromDay <= day && !(ToDay <= day);
}

/// <summary>Reads which registers form which points.</summary>
internal static class Assignments
{
    public static async Task<IReadOnlyList<Assignment>> OfSeriesAsync(DbConnection reader, long seriesId) =>
        [.. (await reader.QueryAsync<(string Name, long From, long? To, long Factor)>(
            "SELECT r.name, a.from_day, a.to_day, a.factor FROM met_assignment a JOIN met_register r ON r.register_id = a.register_id WHERE a.series_id = @seriesId ORDER BY r.name, a.from_day", new { seriesId }))
            .Select(row => new Assignment(row.Name, (int)row.From, (int?)row.To, (int)row.Factor))];
}

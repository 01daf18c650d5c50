using System.Data.Common;
using CoMaKo.Settlement.Runs;
using Dapper;

namespace CoMaKo.Hub.Market;

/// <summary>A metering point of one participant, and the groups that it is or was in.</summary>
/// <param name="IsProfile">No quarter-hour meter.</param>
public sealed record OwnPoint(long PointId, string Name, PointDirections Directions, bool IsProfile, string? Profile, long? AnnualWh, long? FuseAmperes, IReadOnlyList<OwnMembership> Memberships)
{
    /// <summary>Whether its energy has this direction.</summary>
    public bool Has(EnergyDirection direction) => Directions.HasFlag((PointDirections)(int)direction);
}

/// <summary>Days of a point in a group.</summary>
/// <param name="To">Number of the day after the last; absent while it goes on.</param>
public sealed record OwnMembership(string Group, string Title, int From, int? To);

/// <summary>Reads who a participant is and what is its own.</summary>
internal static class OwnPoints
{
    /// <summary>How a participant is addressed: its name, else its id.</summary>
    public static async Task<string> NameAsync(DbConnection reader, string participant) =>
        await reader.ExecuteScalarAsync<string?>("SELECT title FROM mkt_participant WHERE name = @participant", new { participant }) ?? participant;

    /// <summary>Whether there is such a participant.</summary>
    public static async Task<bool> ExistsAsync(DbConnection reader, string participant) =>
        await reader.ExecuteScalarAsync<long>("SELECT count(*) FROM mkt_participant WHERE name = @participant", new { participant }) > 0;

    /// <summary>A participant's points by id.</summary>
    public static async Task<IReadOnlyList<OwnPoint>> OfAsync(DbConnection reader, string participant)
    {
        var rows = await reader.QueryAsync<Row>("""
            SELECT p.point_id AS PointId, p.name AS Name, p.directions AS Directions, p.is_profile AS IsProfile, p.profile AS Profile, p.annual_wh AS AnnualWh, p.fuse_amperes AS FuseAmperes,
              g.name AS GroupName, g.title AS Title, m.from_day AS FromDay, m.to_day AS ToDay
            FROM mkt_participant a JOIN mkt_point p ON p.participant_id = a.participant_id
              LEFT JOIN mkt_membership m ON m.point_id = p.point_id LEFT JOIN mkt_group g ON g.group_id = m.group_id
            WHERE a.name = @participant ORDER BY p.name, m.from_day
            """, new { participant });
        return [.. rows.GroupBy(row => row.PointId).Select(point => point.First() is var first ? new OwnPoint(
            first.PointId, first.Name, (PointDirections)first.Directions, first.IsProfile != 0, first.Profile, first.AnnualWh, first.FuseAmperes,
            [.. point.Where(row => row.GroupName is not null).Select(row => new OwnMembership(row.GroupName!, row.Title!, (int)row.FromDay!.Value, (int?)row.ToDay))]) : null!)];
    }

    private sealed class Row
    {
        public long PointId { get; init; }

        public string Name { get; init; } = "";

        public long Directions { get; init; }

        public long IsProfile { get; init; }

        public string? Profile { get; init; }

        public long? AnnualWh { get; init; }

        public long? FuseAmperes { get; init; }

        public string? GroupName { get; init; }

        public string? Title { get; init; }

        public long? FromDay { get; init; }

        public long? ToDay { get; init; }
    }
}

using System.Data.Common;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Runs;
using Dapper;
using NodaTime;

namespace CoMaKo.Hub.Market;

/// <summary>A balance group without what changes by day.</summary>
/// <param name="Name">The cooperative's own id, e.g. <c>BK123456</c>; ordinal.</param>
/// <param name="FinalToDay">Days before it are in a published final run; 0 if none is.</param>
public sealed record GroupRow(long GroupId, string Name, string Title, string? Eic, bool AllowsProfiles, int FinalToDay, long Revision);

/// <summary>A point's membership of a group.</summary>
/// <param name="To">Exclusive; absent while it goes on.</param>
internal sealed record MemberRow(long PointId, string Name, PointDirections Directions, int From, int? To);

/// <summary>Reads balance groups and what settlement needs to know about them.</summary>
public static class GroupReader
{
    private const string Select =
        "SELECT group_id AS GroupId, name AS Name, title AS Title, eic AS Eic, allows_profiles AS AllowsProfiles, final_to_day AS FinalToDay, revision AS Revision FROM mkt_group";

    /// <summary>The group with this id; absent if there is none.</summary>
    public static async Task<GroupRow?> FindAsync(DbConnection reader, string name) =>
        (await reader.QueryAsync<Row>($"{Select} WHERE name = @name", new { name })).FirstOrDefault()?.ToGroup();

    /// <summary>Groups after an id, by id.</summary>
    public static async Task<IReadOnlyList<GroupRow>> AfterAsync(DbConnection reader, string after, int limit) =>
        [.. (await reader.QueryAsync<Row>($"{Select} WHERE name > @after ORDER BY name LIMIT @limit", new { after, limit })).Select(row => row.ToGroup())];

    /// <summary>How many points belong to a group or ever did.</summary>
    internal static async Task<int> PointsAsync(DbConnection reader, long groupId) =>
        (int)await reader.ExecuteScalarAsync<long>("SELECT count(DISTINCT point_id) FROM mkt_membership WHERE group_id = @groupId", new { groupId });

    /// <summary>How many memberships a group has or had.</summary>
    internal static Task<long> MembershipsAsync(DbConnection reader, long groupId) => reader.ExecuteScalarAsync<long>("SELECT count(*) FROM mkt_membership WHERE group_id = @groupId", new { groupId });

    /// <summary>Memberships of a group that reach into the Berlin days from <paramref name="fromDay"/> to before <paramref name="toDay"/>, by point.</summary>
    internal static async Task<IReadOnlyList<MemberRow>> MembersAsync(DbConnection reader, long groupId, int fromDay, int toDay)
    {
        var members = new List<MemberRow>();
        await using var rows = await reader.ExecuteReaderAsync("""
            SELECT p.point_id, p.name, p.directions, m.from_day, m.to_day FROM mkt_membership m JOIN mkt_point p ON p.point_id = m.point_id
            WHERE m.group_id = @groupId AND m.from_day < @toDay AND coalesce(m.to_day, @toDay) > @fromDay ORDER BY p.name, m.from_day
            """, new { groupId, fromDay, toDay });
        while (await rows.ReadAsync()) members.Add(new MemberRow(rows.GetInt64(0), rows.GetString(1), (PointDirections)rows.GetInt64(2), (int)rows.GetInt64(3), rows.IsDBNull(4) ? null : (int)rows.GetInt64(4)));
        return members;
    }

    /// <summary>All that <see cref="SettlementRun"/> needs besides curves, for the Berlin days from <paramref name="fromDay"/> to before <paramref name="toDay"/>.</summary>
    /// <returns>The terms, and the number of each of their points in this database.</returns>
    public static async Task<(GroupTerms Terms, IReadOnlyDictionary<string, long> PointIds)> TermsAsync(DbConnection reader, GroupRow group, int fromDay, int toDay)
    {
        ArgumentNullException.ThrowIfNull(group);
        var points = (await reader.QueryAsync<PointReader.Row>($"{PointRow.Select} WHERE p.point_id IN (SELECT m.point_id FROM mkt_membership m WHERE m.group_id = @GroupId)", new { group.GroupId }))
            .Select(row => row.ToPoint()).ToDictionary(point => point.PointId);
        var rows = await GroupRows.ReadAsync(reader, group.GroupId);
        var members = rows.Memberships.Where(row => row.From < toDay && !(row.To <= fromDay)).ToList();
        var keys = rows.Keys.Where((row, i) => row.From < toDay && (i + 1 == rows.Keys.Count || rows.Keys[i + 1].From > fromDay));
        var prices = rows.Prices.Where((row, i) => row.From < toDay && (i + 1 == rows.Prices.Count || rows.Prices[i + 1].From > fromDay));
        var present = members.Select(row => points[row.PointId]).Distinct().OrderBy(point => point.Name, StringComparer.Ordinal).ToList();
        var terms = new GroupTerms(
            group.Name, [.. present.Select(point => point.ToSettlementPoint())],
            [.. members.Select(row => new Membership(points[row.PointId].Name, DateOf(row.From), row.To is { } to ? DateOf(to) : null))],
            [.. keys.Select(row => new KeyVersion(MarketDays.DateOf(row.From), row.Terms.Method, row.Terms.Weights.Where(each => points.ContainsKey(each.PointId)).ToDictionary(each => points[each.PointId].Name, each => each.Weight, StringComparer.Ordinal)))],
            [.. prices.Select(row => new PriceVersion(MarketDays.DateOf(row.From), row.Terms.Internal, row.Terms.Fee, row.Terms.Surplus))])
        {
            AllowsProfiles = group.AllowsProfiles,
            Batteries = await BatteriesAsync(reader, group, fromDay, toDay),
        };
        return (terms, present.ToDictionary(point => point.Name, point => point.PointId, StringComparer.Ordinal));

        static LocalDate DateOf(int day) => CoMaKo.Settlement.Curves.MarketDay.Date(day);
    }

    internal static async ValueTask<GroupRow?> LockAsync(HubTransaction tx, string name) =>
        await tx.QueryAsync<Row>($"{Select} WHERE name = @name {(tx.Engine == HubEngine.Postgres ? "FOR UPDATE" : "")}", new { name }) is [var row, ..] ? row.ToGroup() : null;

    /// <summary>All groups by id, locked in one order, because others of them may be locked by somebody else.</summary>
    internal static async ValueTask<IReadOnlyDictionary<string, GroupRow>> LockAllAsync(HubTransaction tx) =>
        (await tx.QueryAsync<Row>($"{Select} ORDER BY name {(tx.Engine == HubEngine.Postgres ? "FOR UPDATE" : "")}")).Select(row => row.ToGroup()).ToDictionary(group => group.Name, StringComparer.Ordinal);

    /// <summary>Battery points of the period with what they held at its begin: the newest entry up to its first day.</summary>
    private static async Task<IReadOnlyList<BatteryAccount>> BatteriesAsync(DbConnection reader, GroupRow group, int fromDay, int toDay) =>
        [.. (await reader.QueryAsync<(string Name, long Own, long Grid)>("""
            SELECT p.name, b.own_wh, b.grid_wh FROM mkt_battery b JOIN mkt_point p ON p.point_id = b.point_id
            WHERE b.day = (SELECT max(l.day) FROM mkt_battery l WHERE l.point_id = b.point_id AND l.day <= @fromDay)
              AND b.point_id IN (SELECT m.point_id FROM mkt_membership m WHERE m.group_id = @GroupId AND m.from_day < @toDay AND coalesce(m.to_day, @toDay) > @fromDay)
            ORDER BY p.name
            """, new { group.GroupId, fromDay, toDay })).Select(row => new BatteryAccount(row.Name, row.Own, row.Grid))];

    private sealed class Row
    {
        public long GroupId { get; init; }

        public string Name { get; init; } = "";

        public string Title { get; init; } = "";

        public string? Eic { get; init; }

        public long AllowsProfiles { get; init; }

        public long FinalToDay { get; init; }

        public long Revision { get; init; }

        public GroupRow ToGroup() => new(GroupId, Name, Title, Eic, AllowsProfiles != 0, (int)FinalToDay, Revision);
    }
}

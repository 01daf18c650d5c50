using System.Data.Common;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Settlement.Allocation;
using Dapper;

namespace CoMaKo.Hub.Market;

/// <summary>A group with all that changes by day, read once for however many days.</summary>
/// <param name="Names">Ids of the points that belong to it or ever did, by number.</param>
internal sealed record GroupReading(GroupRow Group, GroupRows Rows, GroupHistory History, IReadOnlyDictionary<long, string> Names)
{
    public static async Task<GroupReading> OfAsync(DbConnection reader, GroupRow group)
    {
        var rows = await GroupRows.ReadAsync(reader, group.GroupId);
        var names = await reader.QueryAsync<(long Id, string Name)>("SELECT point_id, name FROM mkt_point WHERE point_id IN (SELECT point_id FROM mkt_membership WHERE group_id = @GroupId)", new { group.GroupId });
        return new GroupReading(group, rows, GroupHistory.Of(rows.Memberships, rows.Keys, rows.Prices), names.ToDictionary(row => row.Id, row => row.Name));
    }

    /// <summary>The version of a day; before the first one that one.</summary>
    public GroupDocument On(int day)
    {
        int from = History.BeginOf(day) ?? History.NextAfter(day) ?? MarketDays.Ever;
        var state = History.On(from) ?? new GroupState([], null, null);
        return new GroupDocument(
            Group.Name, Group.Title, Group.Eic, Group.AllowsProfiles, [.. state.Members.Select(point => Names[point]).Order(StringComparer.Ordinal)], state.Key?.Method,
            state.Key is null or { Method: AllocationMethod.Dynamic } ? null : new SortedDictionary<string, long>(state.Key.Weights.ToDictionary(each => Names[each.PointId], each => each.Weight), StringComparer.Ordinal),
            CtPerKwh.Of(state.Price?.Internal), state.Price is { Fee: > 0 } price ? new CtPerKwh(price.Fee) : null, CtPerKwh.Of(state.Price?.Surplus), MarketDays.TextOf(from));
    }
}

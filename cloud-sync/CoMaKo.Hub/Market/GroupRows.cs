using System.Data.Common;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Allocation;
using Dapper;

namespace CoMaKo.Hub.Market;

/// <summary>All rows of a group that change by day, as stored, in order of their days.</summary>
internal sealed record GroupRows(IReadOnlyList<MembershipRow> Memberships, IReadOnlyList<KeyRow> Keys, IReadOnlyList<PriceRow> Prices)
{
    private const string OfMemberships = "SELECT point_id, from_day, to_day FROM mkt_membership WHERE group_id = @groupId ORDER BY from_day, point_id";
    private const string OfKeys = "SELECT from_day, method FROM mkt_key_version WHERE group_id = @groupId ORDER BY from_day";
    private const string OfShares = "SELECT from_day, point_id, weight FROM mkt_key_share WHERE group_id = @groupId ORDER BY from_day, point_id";
    private const string OfPrices = "SELECT from_day, internal, fee, surplus FROM mkt_price_version WHERE group_id = @groupId ORDER BY from_day";

    public static async Task<GroupRows> ReadAsync(DbConnection reader, long groupId) => Of(
        await reader.QueryAsync<(long, long, long?)>(OfMemberships, new { groupId }), await reader.QueryAsync<(long, long)>(OfKeys, new { groupId }),
        await reader.QueryAsync<(long, long, long)>(OfShares, new { groupId }), await reader.QueryAsync<(long, long, long, long?)>(OfPrices, new { groupId }));

    public static async ValueTask<GroupRows> ReadAsync(HubTransaction tx, long groupId) => Of(
        await tx.QueryAsync<(long, long, long?)>(OfMemberships, new { groupId }), await tx.QueryAsync<(long, long)>(OfKeys, new { groupId }),
        await tx.QueryAsync<(long, long, long)>(OfShares, new { groupId }), await tx.QueryAsync<(long, long, long, long?)>(OfPrices, new { groupId }));

    /// <summary>Replaces a group's rows by those of a history.</summary>
    public static async ValueTask WriteAsync(HubTransaction tx, long groupId, GroupHistory history)
    {
        foreach (string table in (string[])["mkt_membership", "mkt_key_share", "mkt_key_version", "mkt_price_version"])
            await tx.ExecuteAsync($"DELETE FROM {table} WHERE group_id = @groupId", new { groupId });
        var memberships = history.Memberships();
        var keys = history.Keys();
        var shares = keys.SelectMany(key => key.Terms.Weights.Select(weight => (key.From, weight.PointId, weight.Weight))).ToList();
        var prices = history.Prices();
        await InsertAsync(tx, groupId, "mkt_membership", [.. memberships.Select(row => (long)row.From)],
            rows => rows.Add("point_id", [.. memberships.Select(row => row.PointId)]).Add("to_day", [.. memberships.Select(row => (long?)row.To)]));
        await InsertAsync(tx, groupId, "mkt_key_version", [.. keys.Select(row => (long)row.From)], rows => rows.Add("method", [.. keys.Select(row => (long)row.Terms.Method)]));
        await InsertAsync(tx, groupId, "mkt_key_share", [.. shares.Select(row => (long)row.From)],
            rows => rows.Add("point_id", [.. shares.Select(row => row.PointId)]).Add("weight", [.. shares.Select(row => row.Weight)]));
        await InsertAsync(tx, groupId, "mkt_price_version", [.. prices.Select(row => (long)row.From)], rows => rows
            .Add("internal", [.. prices.Select(row => row.Terms.Internal)]).Add("fee", [.. prices.Select(row => row.Terms.Fee)]).Add("surplus", [.. prices.Select(row => row.Terms.Surplus)]));
    }

    private static async ValueTask InsertAsync(HubTransaction tx, long groupId, string table, long[] from, Action<RowSet> addColumns)
    {
        var rows = new RowSet(table).Add("from_day", from).Add("group_id", groupId);
        addColumns(rows);
        int inserted = await tx.InsertNewAsync(rows);
        if (inserted != rows.Count) throw new InvalidOperationException($"CMH-1663. {rows.Count - inserted} rows of {table} stand in the way of others.");
    }

    private static GroupRows Of(IEnumerable<(long Point, long From, long? To)> memberships, IEnumerable<(long From, long Method)> keys, IEnumerable<(long From, long Point, long Weight)> shares, IEnumerable<(long From, long Internal, long Fee, long? Surplus)> prices)
    {
        var weights = shares.ToLookup(share => share.From, share => (share.Point, share.Weight));
        return new GroupRows(
            [.. memberships.Select(row => new MembershipRow(row.Point, (int)row.From, (int?)row.To))],
            [.. keys.Select(row => new KeyRow((int)row.From, new KeyTerms((AllocationMethod)row.Method, [.. weights[row.From]])))],
            [.. prices.Select(row => new PriceRow((int)row.From, new PriceTerms(row.Internal, row.Fee, row.Surplus)))]);
    }
}

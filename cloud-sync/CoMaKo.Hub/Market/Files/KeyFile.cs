using System.Data.Common;
using System.Globalization;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Api.Csv;
using CoMaKo.Settlement.Allocation;
using CoMaKo.Settlement.Runs;
using Dapper;

namespace CoMaKo.Hub.Market.Files;

/// <summary>One key of a version.</summary>
/// <param name="Point">Absent, with its weight, in a version without keys: the dynamic method, or a group that consumes nothing.</param>
internal sealed record KeyShare(string Group, int From, AllocationMethod Method, string? Point, long? Weight);

/// <summary>
/// Allocation keys: the rows of one group and day are a version, which takes the place of the one from that day as a whole. That a version fits the
/// members of each of its days is looked at when a day is settled (CMH-3121 and following), because members come in another file.
/// </summary>
internal sealed class KeyFile(HubDatabase database, TimeProvider clock) : TermsFile<KeyShare>(database, clock)
{
    public override string Name => "allocation_keys";

    public override string Summary => "Allocation keys in millionths (ranked: classes from 1); the rows of one group and day are one version";

    public override IReadOnlyList<CsvColumn> Columns { get; } =
        [new("balance_group", IsRequired: true), new("from"), new("allocation", IsRequired: true), new("metering_point"), new("weight", CsvKind.Number)];

    public override async Task<IReadOnlyList<string?[]>> RowsAsync(DbConnection reader, string? participant = null) =>
        [.. (await reader.QueryAsync<(string Group, long From, long Method, string? Point, long? Weight)>("""
            SELECT g.name, k.from_day, k.method, p.name, s.weight FROM mkt_key_version k JOIN mkt_group g ON g.group_id = k.group_id
              LEFT JOIN mkt_key_share s ON s.group_id = k.group_id AND s.from_day = k.from_day LEFT JOIN mkt_point p ON p.point_id = s.point_id
            ORDER BY g.name, k.from_day, p.name
            """)).Select(row => new[] { row.Group, MarketDays.TextOf(row.From), WordOf((AllocationMethod)row.Method), row.Point, row.Weight?.ToString(CultureInfo.InvariantCulture) })];

    protected override KeyShare Read(JsonForm form, FormFindings findings)
    {
        var read = new KeyShare(
            form.Text("balance_group", isRequired: true) ?? "", DayOf(form, "from"), form.Word<AllocationMethod>("allocation", isRequired: true) ?? AllocationMethod.Dynamic,
            form.Text("metering_point"), form.Number("weight", 0, 0, KeyVersion.Whole));
        if (read.Method == AllocationMethod.Dynamic && form.Has("metering_point")) form.Add("metering_point", "CMH-1658", "The dynamic method shares by consumption and has no keys.");
        else if (form.Has("metering_point") != form.Has("weight")) form.Add("weight", "CMH-1658", "A metering point and its weight come together.");
        form.Close();
        return read;
    }

    protected override object KeyOf(KeyShare row) => (row.Group, row.From, row.Point);

    protected override async ValueTask StoreAsync(HubTransaction tx, IReadOnlyList<FileRow<KeyShare>> rows, ImportWork work)
    {
        var groups = await GroupReader.LockAllAsync(tx);
        var points = await PointReader.AllAsync(tx);
        var stored = new Dictionary<long, GroupRows>();
        var touched = new HashSet<long>();
        foreach (var version in rows.GroupBy(row => (row.Item.Group, row.Item.From)))
        {
            if (Find(groups, version.Key.Group, version.First().Row, work) is not { } group || TermsOf([.. version], points, work) is not { } terms) continue;
            if (!stored.TryGetValue(group.GroupId, out var there)) stored.Add(group.GroupId, there = await GroupRows.ReadAsync(tx, group.GroupId));
            var was = there.Keys.FirstOrDefault(key => key.From == version.Key.From)?.Terms;
            bool isChanged = false;
            foreach (var _ in version) isChanged = work.Count(was is null ? null : terms.IsSame(was) ? "same" : "other", "same");
            if (!isChanged) continue;
            RequireDay(group, version.Key.From, version.First().Row, work);
            await WriteAsync(tx, group, version.Key.From, terms, version, work);
            touched.Add(group.GroupId);
        }

        await TouchAsync(tx, touched, work);
    }

    /// <returns>Absent, with findings, if the rows make no version.</returns>
    private static KeyTerms? TermsOf(IReadOnlyList<FileRow<KeyShare>> version, IReadOnlyDictionary<string, PointRow> points, ImportWork work)
    {
        int before = work.Findings.Count;
        var (first, weights) = (version[0], new List<(long PointId, long Weight)>());
        foreach (var (row, item) in version)
        {
            if (item.Method != first.Item.Method) work.Findings.Add(row, "allocation", "CMH-1658", FormattableString.Invariant($"Row {first.Row} of the same group and day has another method."));
            if (item.Point is null)
            {
                if (version.Count > 1) work.Findings.Add(row, "metering_point", "CMH-1658", "A version without keys is one row.");
                continue;
            }

            if (Find(points, item.Point, row, work) is not { } point) continue;
            if (!point.Has(EnergyDirection.Consumption)) work.Findings.Add(row, "metering_point", "CMH-1658", "Keys belong to points that consume.");
            if (item.Method == AllocationMethod.Ranked && item.Weight < 1) work.Findings.Add(row, "weight", "CMH-1658", "Classes count from 1.");
            weights.Add((point.PointId, item.Weight!.Value));
        }

        bool isShared = first.Item.Method is AllocationMethod.Static or AllocationMethod.StaticRedistributed && weights.Count > 0;
        if (isShared && weights.Sum(each => each.Weight) is var sum && sum != KeyVersion.Whole && work.Findings.Count == before)
            work.Findings.Add(first.Row, "weight", "CMH-1658", FormattableString.Invariant($"The keys of this group and day sum to {sum} instead of 1000000 millionths."));
        return work.Findings.Count == before ? new KeyTerms(first.Item.Method, [.. weights.OrderBy(each => each.PointId)]) : null;
    }

    private static async ValueTask WriteAsync(HubTransaction tx, GroupRow group, int from, KeyTerms terms, IEnumerable<FileRow<KeyShare>> version, ImportWork work)
    {
        tx.Prepare("DELETE FROM mkt_key_share WHERE group_id = $1 AND from_day = $2").Bind(group.GroupId).Bind(from).Later();
        tx.Prepare("INSERT INTO mkt_key_version (group_id, from_day, method) VALUES ($1, $2, $3) ON CONFLICT (group_id, from_day) DO UPDATE SET method = excluded.method")
            .Bind(group.GroupId).Bind(from).Bind((long)terms.Method).Later();
        foreach (var (point, weight) in terms.Weights)
            tx.Prepare("INSERT INTO mkt_key_share (group_id, from_day, point_id, weight) VALUES ($1, $2, $3, $4)").Bind(group.GroupId).Bind(from).Bind(point).Bind(weight).Later();
        await work.AuditAsync(tx, "balance_group.keys", group.Name, new
        {
            from = MarketDays.TextOf(from),
            allocation = terms.Method,
            keys = version.Where(row => row.Item.Point is not null).OrderBy(row => row.Item.Point, StringComparer.Ordinal).ToDictionary(row => row.Item.Point!, row => row.Item.Weight),
        });
    }
}

using System.Data.Common;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Api.Csv;
using Dapper;

namespace CoMaKo.Hub.Market.Files;

/// <summary>A metering point takes part in a balance group.</summary>
/// <param name="From">0: from ever.</param>
/// <param name="To">Exclusive; absent while it goes on.</param>
internal sealed record Participation(string Group, string Point, int From, int? To);

/// <summary>Which metering points take part in which balance groups, from when to when. CMH-1661 if a point were in two at a time.</summary>
internal sealed class ParticipationFile(HubDatabase database, TimeProvider clock) : TermsFile<Participation>(database, clock)
{
    public override string Name => "participations";

    public override string Summary => "Which metering points take part in which balance groups, from (inclusive, empty: ever) to (exclusive)";

    public override IReadOnlyList<CsvColumn> Columns { get; } = [new("balance_group", IsRequired: true), new("metering_point", IsRequired: true), new("from"), new("to")];

    public override async Task<IReadOnlyList<string?[]>> RowsAsync(DbConnection reader, string? participant = null) =>
        [.. (await reader.QueryAsync<(string Group, string Point, long From, long? To)>("""
            SELECT g.name, p.name, m.from_day, m.to_day FROM mkt_membership m JOIN mkt_group g ON g.group_id = m.group_id JOIN mkt_point p ON p.point_id = m.point_id ORDER BY g.name, p.name, m.from_day
            """)).Select(row => new[] { row.Group, row.Point, MarketDays.TextOf(row.From), row.To is { } to ? MarketDays.TextOf(to) : null })];

    protected override Participation Read(JsonForm form, FormFindings findings)
    {
        var read = new Participation(form.Text("balance_group", isRequired: true) ?? "", form.Text("metering_point", isRequired: true) ?? "", DayOf(form, "from"), form.Day("to"));
        if (read.To <= read.From) form.Add("to", "CMH-1732", "'to' lies after 'from'.");
        form.Close();
        return read;
    }

    protected override object KeyOf(Participation row) => (row.Group, row.Point, row.From);

    protected override async ValueTask StoreAsync(HubTransaction tx, IReadOnlyList<FileRow<Participation>> rows, ImportWork work)
    {
        var groups = await GroupReader.LockAllAsync(tx);
        var points = await PointReader.AllAsync(tx);
        var stored = (await tx.QueryAsync<(string Group, string Point, long From, long? To)>("SELECT g.name, p.name, m.from_day, m.to_day FROM mkt_membership m JOIN mkt_group g ON g.group_id = m.group_id JOIN mkt_point p ON p.point_id = m.point_id"))
            .ToDictionary(row => (row.Group, row.Point, (int)row.From), row => new Participation(row.Group, row.Point, (int)row.From, (int?)row.To));
        var changed = new List<FileRow<Participation>>();
        foreach (var (row, item) in rows)
        {
            var (group, point) = (Find(groups, item.Group, row, work), Find(points, item.Point, row, work));
            if (group is null || point is null) continue;
            if (!work.Count(stored.GetValueOrDefault((item.Group, item.Point, item.From)), item)) continue;
            RequireDay(group, item.From, row, work);
            if (point.IsProfile && !group.AllowsProfiles) work.Findings.Add(row, "metering_point", "CMH-1665", $"'{point.Name}' has no quarter-hour meter; the group must say allows_profiles, which § 42b and § 42c EnWG do not permit.");
            changed.Add(new FileRow<Participation>(row, item));
        }

        FindOverlaps(stored, changed, work);
        if (!work.Findings.Any) await WriteAsync(tx, changed, groups, points, work);
    }

    private static void FindOverlaps(Dictionary<(string, string, int), Participation> stored, List<FileRow<Participation>> changed, ImportWork work)
    {
        var after = new Dictionary<(string, string, int), Participation>(stored);
        foreach (var (_, item) in changed) after[(item.Group, item.Point, item.From)] = item;
        var byPoint = after.Values.ToLookup(item => item.Point, StringComparer.Ordinal);
        foreach (var (row, item) in changed)
        {
            var other = byPoint[item.Point].FirstOrDefault(each => each != item && each.From < (item.To ?? int.MaxValue) && item.From < (each.To ?? int.MaxValue));
            if (other is not null) work.Findings.Add(row, "metering_point", "CMH-1661", $"'{item.Point}' belongs to balance group '{other.Group}' in that time, from {MarketDays.TextOf(other.From) ?? "ever"}.");
        }
    }

    /// <summary>Takes all of them out before any goes in: no order of writing must make two overlap on the way.</summary>
    private static async ValueTask WriteAsync(HubTransaction tx, List<FileRow<Participation>> changed, IReadOnlyDictionary<string, GroupRow> groups, IReadOnlyDictionary<string, PointRow> points, ImportWork work)
    {
        foreach (var (_, item) in changed)
            tx.Prepare("DELETE FROM mkt_membership WHERE group_id = $1 AND point_id = $2 AND from_day = $3").Bind(groups[item.Group].GroupId).Bind(points[item.Point].PointId).Bind(item.From).Later();
        foreach (var (_, item) in changed)
        {
            tx.Prepare("INSERT INTO mkt_membership (group_id, point_id, from_day, to_day) VALUES ($1, $2, $3, $4)")
                .Bind(groups[item.Group].GroupId).Bind(points[item.Point].PointId).Bind(item.From).Bind((long?)item.To).Later();
            await work.AuditAsync(tx, "balance_group.participation", item.Group, new { metering_point = item.Point, from = MarketDays.TextOf(item.From), to = item.To is { } to ? MarketDays.TextOf(to) : null });
        }

        await TouchAsync(tx, changed.Select(row => groups[row.Item.Group].GroupId), work);
    }
}

using System.Data.Common;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Api.Csv;
using Dapper;

namespace CoMaKo.Hub.Market.Files;

/// <summary>Prices of a group from a day on.</summary>
/// <param name="From">0: from ever.</param>
internal sealed record GroupPrice(string Group, int From, PriceTerms Terms);

/// <summary>What shared energy costs in each balance group, from which day on.</summary>
internal sealed class PriceFile(HubDatabase database, TimeProvider clock) : TermsFile<GroupPrice>(database, clock)
{
    public override string Name => "energy_prices";

    public override string Summary => "Prices of shared energy of each balance group, from which day on (empty: ever)";

    public override IReadOnlyList<CsvColumn> Columns { get; } =
        [new("balance_group", IsRequired: true), new("from"), new("price_ct_per_kwh", CsvKind.Number, IsRequired: true), new("fee_ct_per_kwh", CsvKind.Number), new("surplus_ct_per_kwh", CsvKind.Number)];

    public override async Task<IReadOnlyList<string?[]>> RowsAsync(DbConnection reader, string? participant = null) =>
        [.. (await reader.QueryAsync<(string Group, long From, long Internal, long Fee, long? Surplus)>("""
            SELECT g.name, v.from_day, v.internal, v.fee, v.surplus FROM mkt_price_version v JOIN mkt_group g ON g.group_id = v.group_id ORDER BY g.name, v.from_day
            """)).Select(row => new[] { row.Group, MarketDays.TextOf(row.From), new CtPerKwh(row.Internal).ToString(), row.Fee > 0 ? new CtPerKwh(row.Fee).ToString() : null, CtPerKwh.Of(row.Surplus)?.ToString() })];

    protected override GroupPrice Read(JsonForm form, FormFindings findings)
    {
        var read = new GroupPrice(
            form.Text("balance_group", isRequired: true) ?? "", DayOf(form, "from"),
            new PriceTerms(form.Price("price_ct_per_kwh") ?? 0, form.Price("fee_ct_per_kwh") ?? 0, form.Price("surplus_ct_per_kwh")));
        if (!form.Has("price_ct_per_kwh")) form.Add("price_ct_per_kwh", "CMH-1604", "The member is missing.");
        else if (read.Terms.Fee > read.Terms.Internal && !findings.Any) form.Add("fee_ct_per_kwh", "CMH-1608", "The fee is not above the price.");
        form.Close();
        return read;
    }

    protected override object KeyOf(GroupPrice row) => (row.Group, row.From);

    protected override async ValueTask StoreAsync(HubTransaction tx, IReadOnlyList<FileRow<GroupPrice>> rows, ImportWork work)
    {
        var groups = await GroupReader.LockAllAsync(tx);
        var stored = (await tx.QueryAsync<(long Group, long From, long Internal, long Fee, long? Surplus)>("SELECT group_id, from_day, internal, fee, surplus FROM mkt_price_version"))
            .ToDictionary(row => (row.Group, (int)row.From), row => new PriceTerms(row.Internal, row.Fee, row.Surplus));
        var touched = new HashSet<long>();
        foreach (var (row, item) in rows)
        {
            if (Find(groups, item.Group, row, work) is not { } group || !work.Count(stored.GetValueOrDefault((group.GroupId, item.From)), item.Terms)) continue;
            RequireDay(group, item.From, row, work);
            var (from, terms) = (item.From, item.Terms);
            tx.Prepare("""
                INSERT INTO mkt_price_version (group_id, from_day, internal, fee, surplus) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (group_id, from_day) DO UPDATE SET internal = excluded.internal, fee = excluded.fee, surplus = excluded.surplus
                """).Bind(group.GroupId).Bind(from).Bind(terms.Internal).Bind(terms.Fee).Bind(terms.Surplus).Later();
            await work.AuditAsync(tx, "balance_group.price", group.Name, new { from = MarketDays.TextOf(from), price_ct_per_kwh = new CtPerKwh(terms.Internal), fee_ct_per_kwh = new CtPerKwh(terms.Fee), surplus_ct_per_kwh = CtPerKwh.Of(terms.Surplus) });
            touched.Add(group.GroupId);
        }

        await TouchAsync(tx, touched, work);
    }
}

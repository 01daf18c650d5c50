using CoMaKo.Hub.Access.OwnData;
using CoMaKo.Hub.Settlement.Agent;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using Dapper;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Own;

/// <summary>How long settlements still need a participant's curves.</summary>
internal interface ICurveNeed
{
    /// <summary>Days from <c>From</c> on are needed, until <c>Until</c>; absent if none is.</summary>
    ValueTask<(int From, LocalDate Until)?> NeedAsync(HubTransaction tx, string participant, LocalDate today);
}

/// <summary>What settlements keep of a participant: figures, lines and statements. They are evidence and stay until the end of their legal term.</summary>
internal sealed class OwnSettlementData(HubDatabase database, AgentRules rules) : IOwnData, IErasure, ICurveNeed
{
    /// <summary>Years after the end of the year for which accounts and vouchers are kept (§ 147 AO, unverified; the longer of its terms).</summary>
    private const int StatementYears = 10;

    private static readonly string[] Kinds = ["", "shared_energy", "shared_generation", "fee", "surplus", "deviation", "tax", "credit_tax"];

    public async Task WriteAsync(OwnArchive archive, string participant)
    {
        await using var reader = await database.OpenReaderAsync();
        var days = await reader.QueryAsync<(string Group, long Month, long Sequence, string Point, long Day, long Used, long Allocated, long Grid, long Generated, long Credited, long Surplus)>("""
            SELECT r.balance_group, r.month, r.sequence, d.point, d.day, d.used, d.allocated, d.grid, d.generated, d.credited, d.surplus
            FROM mkt_run_point p JOIN mkt_run r ON r.run_id = p.run_id JOIN mkt_run_day d ON d.run_id = p.run_id AND d.point = p.point WHERE p.person = @participant ORDER BY r.month, r.sequence, d.point, d.day
            """, new { participant });
        archive.AddCsv("settled_days.csv", "What each settled day brought your metering points.", ["balance_group", "run", "metering_point", "day", "used_kwh", "from_neighbours_kwh", "grid_kwh", "generated_kwh", "shared_kwh", "surplus_kwh"],
            days.Select(row => new object?[] { row.Group, new RunName(RunMonth.Of(row.Month), (int)row.Sequence).ToString(), row.Point, Day(row.Day), Kwh(row.Used), Kwh(row.Allocated), Kwh(row.Grid), Kwh(row.Generated), Kwh(row.Credited), Kwh(row.Surplus) }));
        var lines = await reader.QueryAsync<(string Group, long Month, long Sequence, long Kind, string Point, long From, long To, long Wh, long Price, long Cents)>("""
            SELECT r.balance_group, r.month, r.sequence, l.kind, l.point, l.from_day, l.to_day, l.wh, l.price, l.cents FROM mkt_line l JOIN mkt_run r ON r.run_id = l.run_id WHERE l.person = @participant ORDER BY r.month, r.sequence, l.line
            """, new { participant });
        archive.AddCsv("settlement_lines.csv", "Amounts of each settlement; a correction's lines are the difference to what was published before.", ["balance_group", "run", "kind", "of", "from", "to", "kwh", "price_ct_per_kwh", "amount_eur"],
            lines.Select(row => new object?[] { row.Group, new RunName(RunMonth.Of(row.Month), (int)row.Sequence).ToString(), Kinds.ElementAtOrDefault((int)row.Kind), row.Point, Day(row.From), Day(row.To), Kwh(row.Wh), row.Price / 10_000m, Money.Eur(row.Cents) }));
        var statements = await reader.QueryAsync<(string Number, long Cents, long MadeUs)>("SELECT number, cents, made_us FROM mkt_statement WHERE participant = @participant ORDER BY statement_id", new { participant });
        archive.AddCsv("statements.csv", "Your statements.", ["number", "amount_eur", "made_at"], statements.Select(row => new object?[] { row.Number, Money.Eur(row.Cents), NodaTime.Text.InstantPattern.ExtendedIso.Format(Instant.FromUnixTimeTicks(row.MadeUs * 10)) }));
        var invoices = (await reader.QueryAsync<(string Number, long Cents, long IssuedUs)>("SELECT number, cents, issued_us FROM mkt_invoice WHERE participant = @participant ORDER BY invoice_id", new { participant })).AsList();
        if (invoices.Count > 0) archive.AddCsv("invoices.csv", "Your invoices, credit notes and cancellations.", ["number", "gross_eur", "issued_at"], invoices.Select(row => new object?[] { row.Number, Money.Eur(row.Cents), NodaTime.Text.InstantPattern.ExtendedIso.Format(Instant.FromUnixTimeTicks(row.IssuedUs * 10)) }));
        var billing = (await reader.QueryAsync<(string? Name, string? Street, string? Postal, string? City, string? Country, string? Tax, string? Vat)>("SELECT name, street, postal_code, city, country, tax_number, vat_id FROM mkt_party WHERE participant = @participant", new { participant })).AsList();
        if (billing.Count > 0) archive.AddCsv("billing.csv", "Your address and tax numbers for invoices.", ["name", "street", "postal_code", "city", "country", "tax_number", "vat_id"], billing.Select(row => new object?[] { row.Name, row.Street, row.Postal, row.City, row.Country, row.Tax, row.Vat }));
    }

    public async ValueTask<IReadOnlyList<ErasureNote>> EraseAsync(HubTransaction tx, string participant, LocalDate today)
    {
        await tx.Prepare("DELETE FROM mkt_party WHERE participant = $1").Bind(participant).RunAsync(); // contact data; documents that are made keep what they state
        return await LastMonthAsync(tx, participant) is { } last ? [new ErasureNote("statements", false, Text(new LocalDate(last.Year + StatementYears, 12, 31)))] : [new ErasureNote("statements", true)];
    }

    public async ValueTask<(int From, LocalDate Until)?> NeedAsync(HubTransaction tx, string participant, LocalDate today)
    {
        var (settled, member) = (await LastMonthAsync(tx, participant), await LastMemberMonthAsync(tx, participant, today));
        if ((settled > member ? settled : member ?? settled) is not { } last || last.PlusMonths(rules.MonthsBack) < today.ToYearMonth()) return null;
        return (MarketDay.Number(today.ToYearMonth().PlusMonths(-rules.MonthsBack).First()), last.PlusMonths(rules.MonthsBack + 1).First());
    }

    /// <summary>The last month that the participant takes part in, settled or not; a point that is a member still takes part in the running month.</summary>
    private static async ValueTask<YearMonth?> LastMemberMonthAsync(HubTransaction tx, string participant, LocalDate today)
    {
        var ends = await tx.Prepare("SELECT m.to_day FROM mkt_membership m JOIN mkt_point p ON p.point_id = m.point_id JOIN mkt_participant a ON a.participant_id = p.participant_id WHERE a.name = $1").Bind(participant)
            .ListAsync(row => row.IsNull(0) ? MarketDay.Number(today) : Math.Min((int)row.Int64(0) - 1, MarketDay.Number(today)));
        return ends.Count == 0 ? null : MarketDay.Date(ends.Max()).ToYearMonth();
    }

    private static async ValueTask<YearMonth?> LastMonthAsync(HubTransaction tx, string participant) =>
        await tx.Prepare("SELECT max(r.month) FROM mkt_run r JOIN mkt_run_point p ON p.run_id = r.run_id WHERE p.person = $1").Bind(participant).NumberAsync() is { } month ? RunMonth.Of(month) : null;

    private static decimal Kwh(long wh) => wh / 1000m;

    private static string Day(long day) => Text(MarketDay.Date((int)day));

    private static string Text(LocalDate day) => NodaTime.Text.LocalDatePattern.Iso.Format(day);
}

using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Api.Csv;
using CoMaKo.Hub.Web.Pages;
using CoMaKo.Settlement.Curves;
using NodaTime;
using NodaTime.Text;

namespace CoMaKo.Hub.Settlement.Report;

internal static class ReportEndpoints
{
    private const int MostDays = 400;
    private const int PageRows = 50;

    private const string Json = "application/json";
    private const string Csv = "text/csv";

    public static void MapReportEndpoints(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/balance_groups/{id}/report", GetAsync).WithName("balance_group_report")
            .WithSummary("Report of a balance group over Berlin days from (inclusive) to (exclusive), this month unless they say otherwise, or of a stored run; JSON, or CSV or a page by Accept or .csv, .html")
            .Produces<object>(200, Json).Produces<string>(200, Csv).ProducesProblem(400).ProducesProblem(404).ProducesProblem(422).ForOwners(Scopes.ReportsRead, Owned.BalanceGroup, "id");
        endpoints.MapGet("/balance_groups/{id}/report.html", GetPageAsync).WithName("balance_group_report_html").WithSummary("The same as a page with a chart")
            .Produces<string>(200, "text/html").ProducesProblem(400).ProducesProblem(404).ProducesProblem(422).ForOwners(Scopes.ReportsRead, Owned.BalanceGroup, "id");
        endpoints.MapGet("/balance_groups/{id}/report.csv", GetCsvAsync).WithName("balance_group_report_csv").WithSummary("The same as CSV; Accept-Language or language=de chooses semicolon and decimal comma")
            .Produces<string>(200, Csv).ProducesProblem(400).ProducesProblem(404).ProducesProblem(422).ForOwners(Scopes.ReportsRead, Owned.BalanceGroup, "id");
    }

    /// <summary>Reads the period or the run that is asked for.</summary>
    private static async Task<(GroupReport? Report, IResult? Problem)> FindAsync(ReportReader reports, TimeProvider clock, string id, string? from, string? to, string? run)
    {
        if (run is not null)
        {
            if (from is not null || to is not null || RunName.Parse(run) is not { } name) return (null, SettlementProblems.WrongRun());
            var stored = await reports.StoredAsync(id, name);
            return (stored, stored is null ? SettlementProblems.UnknownRun(id, run) : null);
        }

        var (first, end, problem) = PeriodOf(clock, from, to);
        if (problem is not null) return (null, problem);
        var report = await reports.PreviewAsync(id, first, end);
        return (report, report is null ? SettlementProblems.UnknownGroup(id) : null);
    }

    private static (LocalDate From, LocalDate To, IResult? Problem) PeriodOf(TimeProvider clock, string? from, string? to)
    {
        var month = RunMonth.Of(Today(clock));
        if ((from is null ? month.First() : DayOf(from)) is not { } first) return (default, default, Problems.WrongTime("from"));
        if ((to is not null ? DayOf(to) : from is null ? month.End() : first.PlusDays(1)) is not { } end) return (default, default, Problems.WrongTime("to"));
        return (first, end, end <= first || Period.DaysBetween(first, end) > MostDays ? Problems.WrongRange() : null);
    }

    private static LocalDate Today(TimeProvider clock) => MarketDay.Date(MarketDay.Containing(clock.UnixMicroseconds() / 1_000_000));

    private static Task<IResult> GetAsync(
        HttpContext context, PageWriter page, HubDatabase database, ReportReader reports, TimeProvider clock, Caller caller, string id, string? from, string? to, string? run, string? after, string? search, bool? now)
    {
        string wish = context.Request.GetTypedHeaders().Accept.OrderByDescending(type => type.Quality ?? 1).FirstOrDefault()?.MediaType.Value ?? "";
        if (wish.Equals("text/html", StringComparison.OrdinalIgnoreCase)) return GetPageAsync(page, database, reports, clock, caller, id, from, to, run, after, search, now);
        context.Response.Headers.Vary = "Accept, Accept-Language";
        return AnswerAsync(context, reports, clock, caller, id, from, to, run, wish.Equals(Csv, StringComparison.OrdinalIgnoreCase));
    }

    private static async Task<IResult> GetPageAsync(
        PageWriter page, HubDatabase database, ReportReader reports, TimeProvider clock, Caller caller, string id, string? from, string? to, string? run, string? after, string? search, bool? now)
    {
        GroupRow? group;
        int points;
        await using (var reader = await database.OpenReaderAsync())
        {
            group = await GroupReader.FindAsync(reader, id);
            points = group is null ? 0 : await GroupReader.PointsAsync(reader, group.GroupId);
        }

        if (run is not null && (from is not null || to is not null || RunName.Parse(run) is null)) return SettlementProblems.WrongRun();
        var (first, end, problem) = run is null ? PeriodOf(clock, from, to) : default;
        if (problem is not null) return problem;
        var stored = run is not null ? await reports.StoredHeadAsync(id, RunName.Parse(run)!.Value) : now == true ? null : await StoredAsync(reports, clock, id, points, first, end);
        if (run is not null && stored is null) return SettlementProblems.UnknownRun(id, run);
        if (run is not null) (first, end) = (stored!.Name.Month.First(), stored.Name.Month.End());
        ReportPart? part = null;
        if (stored is not null) part = await reports.PartAsync(stored, first, end, after ?? "", search ?? "", caller.Participant, PageRows);
        else if ((now == true || points <= Previews.MostPoints) && (part = await ComputedAsync(reports, id, first, end, after ?? "", search ?? "", caller)) is null) return SettlementProblems.UnknownGroup(id);
        string title = group?.Title ?? id;
        await page.WriteAsync<ReportPage>(_ => title, new()
        {
            ["Title"] = title, ["Group"] = id, ["From"] = first, ["To"] = end, ["Rows"] = part, ["Run"] = run is null ? null : stored!.Name.ToString(), ["Search"] = search ?? "", ["IsStored"] = stored is not null,
        });
        return Results.Empty;
    }

    /// <summary>
    /// The run that a page shows instead of settling for it: a month that is published, and of groups too large to be settled while somebody waits also the
    /// night's; a day if the run's night came after it.
    /// </summary>
    private static async Task<RunHead?> StoredAsync(ReportReader reports, TimeProvider clock, string group, int points, LocalDate first, LocalDate end)
    {
        var month = RunMonth.Of(first);
        if (end > month.End() || (end != first.PlusDays(1) && (first, end) != (month.First(), month.End())) || await reports.StandingAsync(group, month) is not { } run) return null;
        bool isMonth = (first, end) == (month.First(), month.End());
        return run.IsPublished ? isMonth || points > Previews.MostPoints ? run : null
            : points > Previews.MostPoints && (isMonth || MarketDay.Number(first) < MarketDay.Containing(run.CreatedUs / 1_000_000)) ? run : null;
    }

    private static async Task<ReportPart?> ComputedAsync(ReportReader reports, string id, LocalDate first, LocalDate end, string after, string search, Caller caller)
    {
        if (await reports.PreviewWithChartAsync(id, first, end) is not var (report, chart)) return null;
        if (caller.Participant is { } participant) report = await reports.ForMemberAsync(report, participant);
        var shown = report.Shown.Where(point => string.CompareOrdinal(point.Point, after) > 0 && point.Point.StartsWith(search, StringComparison.Ordinal)).Take(PageRows + 1).ToList();
        return new ReportPart(report with { Shown = [.. shown.Take(PageRows)] }, report.ShowsTotals ? chart : null, shown.Count > PageRows ? shown[PageRows - 1].Point : null, HasMoney: true);
    }

    private static Task<IResult> GetCsvAsync(HttpContext context, ReportReader reports, TimeProvider clock, Caller caller, string id, string? from, string? to, string? run) =>
        AnswerAsync(context, reports, clock, caller, id, from, to, run, isCsv: true);

    private static async Task<IResult> AnswerAsync(HttpContext context, ReportReader reports, TimeProvider clock, Caller caller, string id, string? from, string? to, string? run, bool isCsv)
    {
        var (report, problem) = await FindAsync(reports, clock, id, from, to, run);
        if (report is null) return problem!;
        if (caller.Participant is { } participant) report = await reports.ForMemberAsync(report, participant);
        context.Response.Headers.CacheControl = "no-store";
        if (!isCsv) return Results.Bytes(ReportText.ToJson(report), Json);
        return Results.Bytes(ReportText.ToCsv(report, CsvAnswer.IsGerman(context.Request)), Csv + "; charset=utf-8");
    }

    private static LocalDate? DayOf(string text) => LocalDatePattern.Iso.Parse(text) is { Success: true, Value: { Year: >= 2000 and < 2200 } day } ? day : null;
}

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
    private static async Task<(GroupReport? Report, IResult? Problem, ReportChart? Chart)> FindAsync(
        ReportReader reports, TimeProvider clock, string id, string? from, string? to, string? run, bool withChart = false)
    {
        if (run is not null)
        {
            if (from is not null || to is not null || RunName.Parse(run) is not { } name) return (null, SettlementProblems.WrongRun(), null);
            var stored = await reports.StoredAsync(id, name);
            return (stored, stored is null ? SettlementProblems.UnknownRun(id, run) : null, null);
        }

        var month = RunMonth.Of(MarketDay.Date(MarketDay.Containing(clock.UnixMicroseconds() / 1_000_000)));
        if ((from is null ? month.First() : DayOf(from)) is not { } first) return (null, Problems.WrongTime("from"), null);
        if ((to is not null ? DayOf(to) : from is null ? month.End() : first.PlusDays(1)) is not { } end) return (null, Problems.WrongTime("to"), null);
        if (end <= first || Period.DaysBetween(first, end) > MostDays) return (null, Problems.WrongRange(), null);
        var chart = withChart ? new ReportChart(first, end) : null;
        var report = await reports.PreviewAsync(id, first, end, chart);
        return (report, report is null ? SettlementProblems.UnknownGroup(id) : null, chart);
    }

    private static Task<IResult> GetAsync(HttpContext context, PageWriter page, HubDatabase database, ReportReader reports, TimeProvider clock, Caller caller, string id, string? from, string? to, string? run)
    {
        string wish = context.Request.GetTypedHeaders().Accept.OrderByDescending(type => type.Quality ?? 1).FirstOrDefault()?.MediaType.Value ?? "";
        if (wish.Equals("text/html", StringComparison.OrdinalIgnoreCase)) return GetPageAsync(page, database, reports, clock, caller, id, from, to, run);
        context.Response.Headers.Vary = "Accept, Accept-Language";
        return AnswerAsync(context, reports, clock, caller, id, from, to, run, wish.Equals(Csv, StringComparison.OrdinalIgnoreCase));
    }

    private static async Task<IResult> GetPageAsync(PageWriter page, HubDatabase database, ReportReader reports, TimeProvider clock, Caller caller, string id, string? from, string? to, string? run)
    {
        var (report, problem, chart) = await FindAsync(reports, clock, id, from, to, run, withChart: true);
        if (report is null) return problem!;
        if (caller.Participant is { } participant) report = await reports.ForMemberAsync(report, participant);
        await using var reader = await database.OpenReaderAsync();
        string title = (await GroupReader.FindAsync(reader, id))?.Title ?? id;
        await page.WriteAsync<ReportPage>(_ => title, new() { ["Title"] = title, ["Report"] = report, ["Chart"] = report.ShowsTotals ? chart : null });
        return Results.Empty;
    }

    private static Task<IResult> GetCsvAsync(HttpContext context, ReportReader reports, TimeProvider clock, Caller caller, string id, string? from, string? to, string? run) =>
        AnswerAsync(context, reports, clock, caller, id, from, to, run, isCsv: true);

    private static async Task<IResult> AnswerAsync(HttpContext context, ReportReader reports, TimeProvider clock, Caller caller, string id, string? from, string? to, string? run, bool isCsv)
    {
        var (report, problem, _) = await FindAsync(reports, clock, id, from, to, run);
        if (report is null) return problem!;
        if (caller.Participant is { } participant) report = await reports.ForMemberAsync(report, participant);
        context.Response.Headers.CacheControl = "no-store";
        if (!isCsv) return Results.Bytes(ReportText.ToJson(report), Json);
        return Results.Bytes(ReportText.ToCsv(report, CsvAnswer.IsGerman(context.Request)), Csv + "; charset=utf-8");
    }

    private static LocalDate? DayOf(string text) => LocalDatePattern.Iso.Parse(text) is { Success: true, Value: { Year: >= 2000 and < 2200 } day } ? day : null;
}

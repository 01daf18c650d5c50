using CoMaKo.Hub.Access;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Web.Api;
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
            .WithSummary("Report of a balance group over Berlin days from (inclusive) to (exclusive), this month unless they say otherwise, or of a stored run; JSON, or CSV by Accept or .csv")
            .Produces<object>(200, Json).Produces<string>(200, Csv).ProducesProblem(400).ProducesProblem(404).ProducesProblem(422).ForOwners(Scopes.ReportsRead, Owned.BalanceGroup, "id");
        endpoints.MapGet("/balance_groups/{id}/report.csv", GetCsvAsync).WithName("balance_group_report_csv").WithSummary("The same as CSV; Accept-Language or language=de chooses semicolon and decimal comma")
            .Produces<string>(200, Csv).ProducesProblem(400).ProducesProblem(404).ProducesProblem(422).ForOwners(Scopes.ReportsRead, Owned.BalanceGroup, "id");
    }

    /// <summary>Reads the period or the run that is asked for.</summary>
    public static async Task<(GroupReport? Report, IResult? Problem)> FindAsync(ReportReader reports, TimeProvider clock, string id, string? from, string? to, string? run)
    {
        if (run is not null)
        {
            if (from is not null || to is not null || RunName.Parse(run) is not { } name) return (null, SettlementProblems.WrongRun());
            var stored = await reports.StoredAsync(id, name);
            return (stored, stored is null ? SettlementProblems.UnknownRun(id, run) : null);
        }

        var month = RunMonth.Of(MarketDay.Date(MarketDay.Containing(clock.UnixMicroseconds() / 1_000_000)));
        if ((from is null ? month.First() : DayOf(from)) is not { } first) return (null, Problems.WrongTime("from"));
        if ((to is not null ? DayOf(to) : from is null ? month.End() : first.PlusDays(1)) is not { } end) return (null, Problems.WrongTime("to"));
        if (end <= first || Period.DaysBetween(first, end) > MostDays) return (null, Problems.WrongRange());
        var report = await reports.PreviewAsync(id, first, end);
        return (report, report is null ? SettlementProblems.UnknownGroup(id) : null);
    }

    private static Task<IResult> GetAsync(HttpContext context, ReportReader reports, TimeProvider clock, Caller caller, string id, string? from, string? to, string? run)
    {
        bool isCsv = context.Request.GetTypedHeaders().Accept.OrderByDescending(type => type.Quality ?? 1).FirstOrDefault()?.MediaType.Equals(Csv, StringComparison.OrdinalIgnoreCase) == true;
        context.Response.Headers.Vary = "Accept, Accept-Language";
        return AnswerAsync(context, reports, clock, caller, id, from, to, run, isCsv);
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
        return Results.Bytes(ReportText.ToCsv(report, IsGerman(context.Request)), Csv + "; charset=utf-8");
    }

    private static bool IsGerman(HttpRequest request)
    {
        if (request.Query["language"].ToString() is { Length: > 0 } language) return language == "de";
        return request.GetTypedHeaders().AcceptLanguage.OrderByDescending(wish => wish.Quality ?? 1).FirstOrDefault()?.Value.StartsWith("de", StringComparison.OrdinalIgnoreCase) == true;
    }

    private static LocalDate? DayOf(string text) => LocalDatePattern.Iso.Parse(text) is { Success: true, Value: { Year: >= 2000 and < 2200 } day } ? day : null;
}

using System.Globalization;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Settlement.Statements.Evidence;
using CoMaKo.Hub.Settlement.Statements.Pdf;
using CoMaKo.Hub.Web.Api;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Statements;

/// <summary>Statements over REST. Codes: CMH-2352 unknown, 2353 filter, 2354 and 2355 evidence that a member may not have.</summary>
internal static class StatementEndpoints
{
    private const string Json = "application/json";
    private const string Csv = "text/csv";

    public static void MapStatementEndpoints(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/statements", ListAsync).WithName("statements").WithSummary("Statements, newest first; filtered by participant, balance_group, month, payment. Members see their own")
            .Produces<Page<StatementHeadDocument>>().ProducesProblem(400).ForMembers(Scopes.ReportsRead);
        endpoints.MapGet("/statements/{number}", GetAsync).WithName("statement").WithSummary("One statement; JSON, or CSV by Accept or .csv")
            .Produces<StatementDocument>(200, Json).Produces<string>(200, Csv).ProducesProblem(404).ForOwners(Scopes.ReportsRead, Owned.Statement, "number");
        endpoints.MapGet("/statements/{number}.json", GetJsonAsync).WithName("statement_json").WithSummary("The bytes that comako-hub verify compares").Produces<StatementDocument>(200, Json).ProducesProblem(404).ForOwners(Scopes.ReportsRead, Owned.Statement, "number");
        endpoints.MapGet("/statements/{number}.csv", GetCsvAsync).WithName("statement_csv").WithSummary("Its lines; Accept-Language or language=de chooses semicolon and decimal comma")
            .Produces<string>(200, Csv).ProducesProblem(404).ForOwners(Scopes.ReportsRead, Owned.Statement, "number");
        endpoints.MapGet("/statements/{number}.pdf", PdfAsync).WithName("statement_pdf").WithSummary("The same on paper; language=de or en")
            .Produces<byte[]>(200, "application/pdf").ProducesProblem(404).ProducesProblem(503).ForOwners(Scopes.ReportsRead, Owned.Statement, "number");
        endpoints.MapGet("/statements/{number}/evidence", EvidenceAsync).WithName("statement_evidence")
            .WithSummary("All that a statement rests on, for comako-hub verify. Others' values are under pseudonyms; full=true, for operators, has everybody's ids and records")
            .Produces<string>(200, "text/plain").ProducesProblem(403).ProducesProblem(404).ForOwners(Scopes.ReportsRead, Owned.Statement, "number");
    }

    private static async Task<IResult> PdfAsync(HttpContext context, StatementReader statements, StatementPrinter printer, string number)
    {
        if (await statements.FindAsync(number) is not { } statement) return Unknown(number);
        try
        {
            byte[] file = (await printer.PrintAsync([statement], IsGerman(context.Request) ? "de" : "en", context.RequestAborted))[0];
            context.Response.Headers.CacheControl = "no-store";
            return Results.Bytes(file, "application/pdf", $"{number}.pdf");
        }
        catch (PdfException failed)
        {
            return Problems.Of(503, failed.Code, "No PDF", failed.Text);
        }
    }

    private static async Task<IResult> EvidenceAsync(HttpContext context, StatementReader statements, EvidenceExport evidence, Caller caller, string number, bool? full)
    {
        if (await statements.FindAsync(number) is not { } statement || await statements.BasisAsync(statement.Head.RunId) is not { } basis) return Unknown(number);
        bool isMember = caller.Role == Roles.Member;
        if (isMember && full == true) return Problems.Of(403, "CMH-2354", "Not for members", "The full evidence names everybody. Without full=true others are under pseudonyms.");
        if (isMember && !basis.HasManyPersons) return Problems.Of(403, "CMH-2355", "Group too small", "In a group of fewer than three members the evidence would tell what another member used. Ask the cooperative to check it with you.");
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{number}.evidence\"";
        return Results.Stream(target => EvidenceFile.WriteAsync(evidence.ReadAsync(statement, full == true), target), "text/plain; charset=utf-8");
    }

    private static async Task<IResult> ListAsync(StatementReader statements, Caller caller, string? participant, string? balance_group, string? month, string? payment, string? limit, string? cursor)
    {
        if (Paging.Read(limit, cursor, out int count, out string after) is { } problem) return problem;
        if (ReadFilter(caller, participant, balance_group, month, payment) is not { } filter) return WrongFilter();
        long? before = long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out long id) ? id : null;
        return Results.Ok(Paging.Of(await statements.ListAsync(filter, before, count + 1), count, head => head.StatementId.ToString(CultureInfo.InvariantCulture), StatementHeadDocument.Of));
    }

    /// <summary>Reads what narrows a list; a member's is always narrowed to its own.</summary>
    /// <returns>Absent if a word cannot be read.</returns>
    public static StatementFilter? ReadFilter(Caller caller, string? participant, string? group, string? month, string? payment)
    {
        ArgumentNullException.ThrowIfNull(caller);
        YearMonth? which = RunMonth.Parse(Given(month));
        PaymentState? state = Enum.GetValues<PaymentState>().Where(each => StatementText.WordOf(each) == payment).Select(each => (PaymentState?)each).FirstOrDefault();
        if ((Given(month) is not null && which is null) || (Given(payment) is not null && state is null)) return null;
        return new StatementFilter(caller.Role == Roles.Member ? caller.Participant ?? "" : Given(participant), Given(group), which, state);

        static string? Given(string? word) => string.IsNullOrEmpty(word) ? null : word; // an empty field of a form narrows nothing
    }

    public static IResult WrongFilter() => Problems.Of(400, "CMH-2353", "Unreadable filter", "month is a month such as 2026-10, payment one of open, announced, paid, partly_paid, overdue, waived.");

    public static IResult Unknown(string number) => Problems.Of(404, "CMH-2352", "Unknown statement", $"There is no statement '{number}'. GET /statements lists them.");

    public static bool IsGerman(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Query["language"].ToString() is { Length: > 0 } language) return language == "de";
        return request.GetTypedHeaders().AcceptLanguage.OrderByDescending(wish => wish.Quality ?? 1).FirstOrDefault()?.Value.StartsWith("de", StringComparison.OrdinalIgnoreCase) == true;
    }

    private static Task<IResult> GetAsync(HttpContext context, StatementReader statements, string number)
    {
        string wish = context.Request.GetTypedHeaders().Accept.OrderByDescending(type => type.Quality ?? 1).FirstOrDefault()?.MediaType.Value ?? "";
        context.Response.Headers.Vary = "Accept, Accept-Language";
        return wish.Equals(Csv, StringComparison.OrdinalIgnoreCase) ? GetCsvAsync(context, statements, number) : GetJsonAsync(context, statements, number);
    }

    private static async Task<IResult> GetJsonAsync(HttpContext context, StatementReader statements, string number)
    {
        if (await statements.FindAsync(number) is not { } statement) return Unknown(number);
        context.Response.Headers.CacheControl = "no-store";
        return Results.Bytes(StatementText.ToJson(statement), Json);
    }

    private static async Task<IResult> GetCsvAsync(HttpContext context, StatementReader statements, string number)
    {
        if (await statements.FindAsync(number) is not { } statement) return Unknown(number);
        context.Response.Headers.CacheControl = "no-store";
        return Results.Bytes(StatementText.ToCsv(statement, IsGerman(context.Request)), Csv + "; charset=utf-8");
    }
}

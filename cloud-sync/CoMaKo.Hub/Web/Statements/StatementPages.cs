using System.Globalization;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Settlement.Invoices;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Settlement.Statements;
using CoMaKo.Hub.Web.Pages;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Runs;
using NodaTime.Text;

namespace CoMaKo.Hub.Web.Statements;

/// <summary>Pages of statements: the list, one statement, and behind each line its days, quarter hours and register totals.</summary>
internal static class StatementPages
{
    private const int MostRows = 100;

    public static void MapStatementPages(this IEndpointRouteBuilder endpoints)
    {
        var pages = endpoints.MapGroup("").ExcludeFromDescription();
        pages.MapGet("/pages/statements", ListAsync).ForMembers(Scopes.ReportsRead);
        pages.MapGet("/pages/statements.csv", CsvAsync).ForMembers(Scopes.ReportsRead);
        pages.MapGet("/pages/statements/{number}", GetAsync).ForOwners(Scopes.ReportsRead, Owned.Statement, "number");
        endpoints.MapGet("/statements/{number}.html", GetAsync).WithName("statement_html").WithSummary("The statement as a page").Produces<string>(200, "text/html").ForOwners(Scopes.ReportsRead, Owned.Statement, "number");
        pages.MapGet("/pages/statements/{number}/lines/{line}", LineAsync).ForOwners(Scopes.ReportsRead, Owned.Statement, "number");
        pages.MapGet("/pages/statements/{number}/days/{day}", DayAsync).ForOwners(Scopes.ReportsRead, Owned.Statement, "number");
        pages.MapGet("/pages/statements/{number}/slots/{slot}", SlotAsync).ForOwners(Scopes.ReportsRead, Owned.Statement, "number");
    }

    private static async Task<IResult> ListAsync(PageWriter page, StatementReader statements, Caller caller, string? participant, string? balance_group, string? month, string? payment, string? after)
    {
        if (StatementEndpoints.ReadFilter(caller, participant, balance_group, month, payment) is not { } filter) return StatementEndpoints.WrongFilter();
        long? before = long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out long id) ? id : null;
        var rows = await statements.ListAsync(filter, before, MostRows + 1);
        await page.WriteAsync<StatementsPage>(say => say["statements.title"], new()
        {
            ["Statements"] = rows.Take(MostRows).ToList(), ["Next"] = rows.Count > MostRows ? rows[MostRows - 1].StatementId : null, ["IsMember"] = caller.Role == Roles.Member,
            ["Participant"] = caller.Role == Roles.Member ? null : filter.Participant, ["Group"] = filter.Group, ["Month"] = filter.Month?.Text(), ["Payment"] = filter.Payment,
        }, refresh: null);
        return Results.Empty;
    }

    /// <summary>All rows of the list, not only a page of them.</summary>
    private static async Task<IResult> CsvAsync(HttpContext context, StatementReader statements, Caller caller, string? participant, string? balance_group, string? month, string? payment)
    {
        if (StatementEndpoints.ReadFilter(caller, participant, balance_group, month, payment) is not { } filter) return StatementEndpoints.WrongFilter();
        context.Response.Headers.CacheControl = "no-store";
        return Results.Bytes(StatementText.ToCsv(await statements.ListAsync(filter, null, int.MaxValue), StatementEndpoints.IsGerman(context.Request)), "text/csv; charset=utf-8", "statements.csv");
    }

    private static async Task GetAsync(PageWriter page, StatementReader statements, InvoiceReader invoices, string number)
    {
        if (await statements.FindAsync(number) is { } statement)
            await page.WriteAsync<StatementPage>(say => say["statements.one", number], new() { ["Statement"] = statement, ["Invoices"] = await invoices.ListAsync(new InvoiceFilter(Statement: number), null, MostRows) }, refresh: null);
        else await page.WriteNotFoundAsync();
    }

    private static async Task LineAsync(PageWriter page, StatementReader statements, string number, string line)
    {
        if (await statements.FindAsync(number) is { } statement && int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out int place) && place >= 1 && place <= statement.Lines.Count && statement.Lines[place - 1] is var chosen)
            await page.WriteAsync<StatementLinePage>(say => say["statements.one", number], new() { ["Statement"] = statement, ["Line"] = chosen, ["Days"] = await statements.DaysAsync(statement.Head, chosen) }, refresh: null);
        else await page.WriteNotFoundAsync();
    }

    private static async Task DayAsync(PageWriter page, StatementReader statements, StatementTrace trace, Caller caller, string number, string day, string? point)
    {
        if (await FindAsync(statements, number, point) is { } found && LocalDatePattern.Iso.Parse(day) is { Success: true, Value: var date } && date >= found.Basis.From && date < found.Basis.To)
        {
            var slots = await trace.DayAsync(found.Head.RunId, found.Basis, point!, date);
            await page.WriteAsync<StatementDayPage>(say => say["statements.one", number], new() { ["Head"] = found.Head, ["Point"] = point, ["Day"] = date, ["Slots"] = slots, ["ShowsGroup"] = caller.Role != Roles.Member || found.Basis.HasManyPersons }, refresh: null);
        }
        else await page.WriteNotFoundAsync();
    }

    private static async Task SlotAsync(PageWriter page, StatementReader statements, SlotOrigins origins, string number, string slot, string? point, string? direction)
    {
        bool isSlot = long.TryParse(slot, NumberStyles.None, CultureInfo.InvariantCulture, out long start) && start % QuarterHour.Seconds == 0;
        if (isSlot && Enum.TryParse(direction, ignoreCase: true, out EnergyDirection which) && await FindAsync(statements, number, point) is { } found
            && await origins.OfAsync(found.Head.RunId, point!, which, QuarterHour.StartingAt(start)) is { } origin)
            await page.WriteAsync<StatementSlotPage>(say => say["statements.one", number], new() { ["Head"] = found.Head, ["Point"] = point, ["Origin"] = origin }, refresh: null);
        else await page.WriteNotFoundAsync();
    }

    /// <summary>A statement and its run's terms, if the point was the participant's.</summary>
    private static async Task<(StatementHead Head, RunBasis Basis)?> FindAsync(StatementReader statements, string number, string? point)
    {
        if (point is null || await statements.HeadAsync(number) is not { } head || await statements.BasisAsync(head.RunId) is not { } basis) return null;
        return basis.Points.Any(each => each.Id == point) && basis.PersonOf()(point) == head.Participant ? (head, basis) : null;
    }
}

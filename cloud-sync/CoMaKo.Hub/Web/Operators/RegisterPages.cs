using System.Data.Common;
using System.Text.Json;
using System.Text.Json.Nodes;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Metering;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Pages;
using CoMaKo.Hub.Web.Parts;
using CoMaKo.Hub.Web.Texts;
using CoMaKo.Hub.Work;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Web.Operators;

/// <summary>Which gateways' registers form a point's curves, on the point's page: one change at a time, by the same rules as <c>PUT /metering_points/{id}/registers</c>.</summary>
internal static class RegisterPages
{
    private const string Instead = "instead";
    private const string End = "end";

    public static void MapRegisterPages(this IEndpointRouteBuilder pages) => pages.MapPost("/pages/points/{id}/registers", PostAsync);

    /// <summary>A line for each register, in words.</summary>
    public static async Task<Func<Wording, IReadOnlyList<string>>> LinesAsync(DbConnection reader, HubEngine engine, PointRow point)
    {
        var registers = (await AssignmentEndpoints.ReadAsync(reader, engine, point)).Registers;
        return say => [.. registers.Select(each => say[
            "points.registers.line", each.Register, say["direction." + each.Direction], say[each.Factor > 0 ? "points.registers.adds" : "points.registers.subtracts"],
            each.From is { } from ? say.Day(DayOf(from)) : say["points.registers.ever"], each.To is { } to ? say.Day(DayOf(to).PlusDays(-1)) : say["points.registers.on"]])];
    }

    public static FormModel FormOf(PointRow point) => new($"/pages/points/{point.Name}/registers", "points.registers.store",
    [
        new("register", "points.registers.register", IsRequired: true, Hint: "points.registers.register.hint"),
        .. point.Directions == PointDirections.Both ? new[] { new FormField("direction", "month.direction", FieldKind.Choice, "consumption", Choices: [("consumption", "direction.Consumption"), ("generation", "direction.Generation")]) } : [],
        new("from", "points.registers.from", FieldKind.Day, Hint: "points.registers.from.hint"),
        new("change", "points.registers.change", FieldKind.Choice, Instead, Choices: [(Instead, "points.registers.instead"), ("also", "points.registers.also"), (End, "points.registers.end")]),
        new("factor", "points.registers.factor", FieldKind.Choice, "1", Choices: [("1", "points.registers.adds"), ("-1", "points.registers.subtracts")]),
    ]);

    private static async Task PostAsync(HttpContext context, HubDatabase database, AssignmentStore store, WorkList work, PageWriter page, Caller caller, string id)
    {
        if (await DecisionPages.FormAsync(context) is not { } form) return;
        PointRow? point;
        IReadOnlyList<PointRegister> stored = [];
        await using (var reader = await database.OpenReaderAsync())
        {
            point = await PointReader.FindAsync(reader, id);
            if (point is not null) stored = await StoredAsync(reader, database.Engine, point);
        }

        if (point is null)
        {
            await page.WriteNotFoundAsync();
            return;
        }

        var findings = new FormFindings();
        var wanted = new JsonObject { ["registers"] = new JsonArray(form.ToJson(["register", "direction", "from"], ["factor"])) };
        if (AssignmentEndpoints.Read(JsonSerializer.SerializeToElement(wanted), point, findings) is [var change] && !findings.Any && await store.PutAsync(point, Changed(stored, change, form.Text("change")), caller, findings))
        {
            work.Forget();
            await new SeeOther($"/pages/points/{id}?done=registers").ExecuteAsync(context);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
        var problem = PageProblem.Of(findings);
        await PointPages.ShowAsync(database, page, id, null, problem with { Findings = [.. problem.Findings.Select(each => (each.Row, each.Field.Split('.')[^1], each.Code, each.Text))] }, registers: FormOf(point).With(form));
    }

    private static async Task<IReadOnlyList<PointRegister>> StoredAsync(DbConnection reader, HubEngine engine, PointRow point)
    {
        var stored = new List<PointRegister>();
        foreach (var series in await PointSeriesRows.OfAsync(reader, engine, [point.PointId]))
            stored.AddRange((await Assignments.OfSeriesAsync(reader, series.SeriesId)).Select(each => new PointRegister(series.Direction, each)));
        return stored;
    }

    /// <summary>
    /// All registers after a change; the changed one comes first. <c>instead</c>: from its day on the others of its direction do not count any more;
    /// <c>also</c>: they do; <c>end</c>: it does not count any more itself.
    /// </summary>
    internal static IReadOnlyList<PointRegister> Changed(IReadOnlyList<PointRegister> stored, PointRegister change, string? how)
    {
        var (direction, (register, from, _, _)) = change;
        bool Ends(PointRegister each) => each.Direction == direction && (each.Assignment.Register == register || how == Instead);
        var kept = stored.Where(each => !Ends(each) || each.Assignment.FromDay < from)
            .Select(each => Ends(each) && !(each.Assignment.ToDay <= from) ? each with { Assignment = each.Assignment with { ToDay = from } } : each);
        return how == End ? [.. kept] : [change, .. kept];
    }

    private static NodaTime.LocalDate DayOf(string text) => NodaTime.Text.LocalDatePattern.Iso.Parse(text).Value;
}

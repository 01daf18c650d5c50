using System.Globalization;
using System.Text.Json;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Metering.Readings;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Operators.Tables;
using CoMaKo.Hub.Web.Pages;
using CoMaKo.Hub.Web.Parts;
using CoMaKo.Hub.Web.Texts;
using CoMaKo.Hub.Work;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using NodaTime.Text;

namespace CoMaKo.Hub.Web.Operators;

/// <summary>A metering point's page: by the same rules as <c>PUT /metering_points/{id}</c> and <c>POST /readings</c>.</summary>
internal static class PointPages
{
    private static readonly LocalDateTimePattern Typed = LocalDateTimePattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd'T'HH':'mm");

    public static void MapPointPages(this IEndpointRouteBuilder pages)
    {
        pages.MapGet("/pages/points/{id}", async (HubDatabase database, PageWriter page, string id, string? done) => await ShowAsync(database, page, id, null, null, done));
        pages.MapGet("/pages/new_point", async (PageWriter page) => await WriteAsync(page, null, FormOf(null, null)));
        pages.MapPost("/pages/points", PostAsync);
        pages.MapPost("/pages/points/{id}/reading", ReadingAsync);
    }

    internal static async Task ShowAsync(HubDatabase database, PageWriter page, string id, FormModel? reading, PageProblem? problem, string? done = null, FormModel? registers = null)
    {
        await using var reader = await database.OpenReaderAsync();
        if (await PointReader.FindAsync(reader, id) is not { } point)
        {
            await page.WriteNotFoundAsync();
            return;
        }

        var lines = await RegisterPages.LinesAsync(reader, database.Engine, point);
        await WriteAsync(page, point.Name, FormOf(PointDocument.Of(point), point.Revision), lines, [("reading", "month.reading", reading ?? ReadingOf(point)), ("registers", "points.registers.form", registers ?? RegisterPages.FormOf(point))], problem, done, point);
    }

    private static async Task PostAsync(HttpContext context, PointStore points, PageWriter page, Caller caller)
    {
        if (await DecisionPages.FormAsync(context) is not { } form) return;
        string? known = form.Text("known");
        string id = known ?? form.Text("id") ?? "";
        var findings = new FormFindings();
        var body = form.ToJson(["participant", "direction", "market_location", "metering_location", "metering", "profile"], ["annual_kwh", "fuse_amperes", "peak_kw", "latitude", "longitude"]);
        var point = PointForm.Read(PageForms.Open(body, findings), id, findings);
        var refusal = findings.Any ? findings.ToProblem() : MarketProblems.Of(await points.PutAsync(point, caller, findings, PageForms.Condition(form)), findings);
        if (refusal is null)
        {
            await new SeeOther($"/pages/points/{id}?done=stored").ExecuteAsync(context);
            return;
        }

        var problem = PageProblem.Of(refusal);
        context.Response.StatusCode = problem.Status;
        await WriteAsync(page, known, FormOf(null, null, known, form.Text("revision")).With(form), null, null, problem);
    }

    private static async Task ReadingAsync(HttpContext context, HubDatabase database, ReadingStore store, WorkList work, TimeProvider clock, PageWriter page, Caller caller, string id)
    {
        if (await DecisionPages.FormAsync(context) is not { } form) return;
        PointRow? point;
        await using (var reader = await database.OpenReaderAsync()) point = await PointReader.FindAsync(reader, id);
        if (point is null)
        {
            await page.WriteNotFoundAsync();
            return;
        }

        var findings = new FormFindings();
        var body = form.ToJson(["direction"], ["register_kwh", "consumption_kwh"]);
        body["metering_point"] = id;
        if (form.Text("timestamp") is { } time) body["timestamp"] = Typed.Parse(time) is { Success: true, Value: var local } ? OffsetDateTimePattern.Rfc3339.Format(MarketDay.Zone.AtLeniently(local).ToOffsetDateTime()) : time;
        var read = new ReadingForm(new Dictionary<string, PointRow>(StringComparer.Ordinal) { [id] = point }, caller, clock.UnixMicroseconds() / 1_000_000, findings).Read(JsonSerializer.SerializeToElement(body), null);
        if (read is not null && !findings.Any) await store.AddAsync([read], new Dictionary<long, string?> { [point.PointId] = point.Profile }, ReadingOrigin.Form, caller, findings);
        if (!findings.Any)
        {
            work.Forget();
            await new SeeOther($"/pages/points/{id}?done=reading").ExecuteAsync(context);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
        await ShowAsync(database, page, id, ReadingOf(point).With(form), PageProblem.Of(findings));
    }

    private static Task WriteAsync(PageWriter page, string? id, FormModel form, Func<Wording, IReadOnlyList<string>>? lines = null, IReadOnlyList<(string, string, FormModel)>? further = null, PageProblem? problem = null, string? done = null, PointRow? point = null) => page.WriteAsync<EditPage>(say => id ?? say["points.new"], new()
    {
        ["List"] = "/pages/points", ["ListWord"] = "nav.points", ["Name"] = id, ["NewWord"] = "points.new", ["Form"] = form, ["Lines"] = lines, ["LinesWord"] = "points.registers",
        ["Further"] = further ?? [], ["Problem"] = problem, ["Done"] = done,
        ["Links"] = LinksOf(id, point), ["Answer"] = point is null ? null : (Func<Wording, string>)(say => Answer(say, point)),
    });

    private static string Answer(Wording say, PointRow point)
    {
        var found = PointDocument.Of(point);
        string metering = say["PointMetering." + found.Metering];
        return say["points.answer." + found.Direction, found.Participant, found.AnnualKwh is { } annual ? $"{metering}; {say.Number(annual.Wh / 1000m)}\u00A0kWh {say["points.ayear"]}" : metering];
    }

    private static List<(string Href, string Word)> LinksOf(string? id, PointRow? point)
    {
        var links = new List<(string, string)>();
        if (id is not null) links.AddRange([($"/pages/readings?metering_point={id}", "nav.readings"), ($"/pages/anomalies?point={id}", "nav.anomalies")]);
        if (point is not null) links.Add(($"/pages/participants/{Uri.EscapeDataString(point.Participant)}", "points.participant"));
        return links;
    }

    private static FormModel ReadingOf(PointRow point) => new($"/pages/points/{point.Name}/reading", "points.reading.store",
    [
        new("timestamp", "readings.at", FieldKind.Time, IsRequired: true, Hint: "points.reading.zone"),
        .. point.Directions == PointDirections.Both ? new[] { new FormField("direction", "month.direction", FieldKind.Choice, "consumption", Choices: [("consumption", "direction.Consumption"), ("generation", "direction.Generation")]) } : [],
        new("register_kwh", "readings.register", FieldKind.Number, Hint: "points.reading.either"), new("consumption_kwh", "readings.period", FieldKind.Number),
    ]);

    private static FormModel FormOf(PointDocument? point, long? revision, string? known = null, string? typedRevision = null)
    {
        var fields = new List<FormField>
        {
            new("participant", "points.participant", Value: point?.Participant, IsRequired: true, Hint: "points.participant.hint"),
            new("direction", "points.direction", FieldKind.Choice, point is null ? "consumption" : ParticipantTable.WordOf(point.Direction), Choices: [("consumption", "PointDirections.Consumption"), ("generation", "PointDirections.Generation"), ("both", "PointDirections.Both")]),
            new("market_location", "points.malo", Value: point?.MarketLocation), new("metering_location", "points.melo", Value: point?.MeteringLocation),
            new("metering", "points.metering", FieldKind.Choice, point is null ? "measured" : ParticipantTable.WordOf(point.Metering), Choices: [("measured", "PointMetering.Measured"), ("profile", "PointMetering.Profile")]),
            new("profile", "points.profile", Value: point?.Profile, Hint: "points.profile.hint"), new("annual_kwh", "points.annual", FieldKind.Number, point?.AnnualKwh?.ToString()),
            new("fuse_amperes", "points.fuse", FieldKind.Number, point?.FuseAmperes?.ToString(CultureInfo.InvariantCulture), Hint: "points.fuse.hint"), new("peak_kw", "points.peak", FieldKind.Number, point?.PeakKw?.ToString()),
            new("latitude", "points.latitude", FieldKind.Number, point?.Latitude?.ToString()), new("longitude", "points.longitude", FieldKind.Number, point?.Longitude?.ToString()),
        };
        string? id = point?.Id ?? known;
        if (id is null) fields.Insert(0, new FormField("id", "points.id", IsRequired: true, Hint: "points.id.hint"));
        return new FormModel("/pages/points", "operator.store", fields, id is null ? null : new Dictionary<string, string> { ["known"] = id, ["revision"] = revision?.ToString(CultureInfo.InvariantCulture) ?? typedRevision ?? "" });
    }
}

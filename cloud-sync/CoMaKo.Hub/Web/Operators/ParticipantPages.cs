using System.Globalization;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Operators.Tables;
using CoMaKo.Hub.Web.Pages;
using CoMaKo.Hub.Web.Parts;
using CoMaKo.Hub.Web.Texts;

namespace CoMaKo.Hub.Web.Operators;

/// <summary>A participant's page: by the same rules as <c>PUT /participants/{id}</c>.</summary>
internal static class ParticipantPages
{
    public static void MapParticipantPages(this IEndpointRouteBuilder pages)
    {
        pages.MapGet("/pages/participants/{id}", GetAsync);
        pages.MapGet("/pages/new_participant", async (PageWriter page) => await WriteAsync(page, null, FormOf(null, null)));
        pages.MapPost("/pages/participants", PostAsync);
    }

    private static async Task GetAsync(HubDatabase database, PageWriter page, string id, string? done)
    {
        await using var reader = await database.OpenReaderAsync();
        if (await ParticipantReader.FindAsync(reader, id) is var (found, revision)) await WriteAsync(page, id, FormOf(found, revision), null, done, found);
        else await page.WriteNotFoundAsync();
    }

    private static async Task PostAsync(HttpContext context, ParticipantStore participants, PageWriter page, Caller caller)
    {
        if (await DecisionPages.FormAsync(context) is not { } form) return;
        string? known = form.Text("known");
        string id = known ?? form.Text("id") ?? "";
        var findings = new FormFindings();
        var read = ParticipantForm.Read(PageForms.Open(form.ToJson(["name", "kind", "customer_number", "voice_pin"], []), findings), id);
        var refusal = findings.Any ? findings.ToProblem() : MarketProblems.Of(await participants.PutAsync(read, caller, findings, PageForms.Condition(form)), findings);
        if (refusal is null)
        {
            await new SeeOther($"/pages/participants/{Uri.EscapeDataString(id)}?done=stored").ExecuteAsync(context);
            return;
        }

        var problem = PageProblem.Of(refusal);
        context.Response.StatusCode = problem.Status;
        await WriteAsync(page, known, FormOf(null, null, known, form.Text("revision")).With(form), problem);
    }

    private static Task WriteAsync(PageWriter page, string? id, FormModel form, PageProblem? problem = null, string? done = null, ParticipantDocument? found = null) => page.WriteAsync<EditPage>(say => id ?? say["participants.new"], new()
    {
        ["List"] = "/pages/participants", ["ListWord"] = "nav.participants", ["Name"] = id, ["Title"] = found?.Name, ["Answer"] = found is null ? null : (Func<Wording, string>)(say => Answer(say, found)), ["NewWord"] = "participants.new", ["Form"] = form, ["Problem"] = problem, ["Done"] = done,
        ["Links"] = id is null ? new List<(string, string)>() : new List<(string, string)> { ($"/pages/points?participant={Uri.EscapeDataString(id)}", "nav.points"), ($"/pages/statements?participant={Uri.EscapeDataString(id)}", "statements.title"), ($"/pages/participants/{Uri.EscapeDataString(id)}/billing", "invoices.address") },
    });

    private static string Answer(Wording say, ParticipantDocument found) => found.CustomerNumber is { } number
        ? say["participants.answer", say.Capital(say["ParticipantKind." + found.Kind]), number] : say["participants.answer.plain", say.Capital(say["ParticipantKind." + found.Kind])];

    private static FormModel FormOf(ParticipantDocument? document, long? revision, string? known = null, string? typedRevision = null)
    {
        var fields = new List<FormField>
        {
            new("name", "participants.name", Value: document?.Name),
            new("kind", "participants.kind", FieldKind.Choice, document is null ? "person" : ParticipantTable.WordOf(document.Kind), Choices: [("person", "ParticipantKind.Person"), ("company", "ParticipantKind.Company")]),
            new("customer_number", "participants.customer", Value: document?.CustomerNumber, Hint: "participants.customer.hint"),
            new("voice_pin", "participants.pin", Hint: document?.HasVoicePin == true ? "participants.pin.kept" : "participants.pin.hint"),
        };
        string? id = document?.Id ?? known;
        if (id is null) fields.Insert(0, new FormField("id", "participants.id", IsRequired: true, Hint: "participants.id.hint"));
        return new FormModel("/pages/participants", "operator.store", fields, id is null ? null : new Dictionary<string, string> { ["known"] = id, ["revision"] = revision?.ToString(CultureInfo.InvariantCulture) ?? typedRevision ?? "" });
    }
}

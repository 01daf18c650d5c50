using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Settlement.Invoices;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Settlement.Statements;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Operators;
using CoMaKo.Hub.Web.Pages;
using CoMaKo.Hub.Web.Parts;

namespace CoMaKo.Hub.Web.Invoices;

/// <summary>Invoicing on and off, the cooperative's data, and each participant's address: by the same rules as the REST interface.</summary>
internal static class InvoicingPages
{
    private const string Address = "/pages/invoicing";

    public static void MapInvoicingPages(this IEndpointRouteBuilder pages)
    {
        pages.MapGet(Address, (PageWriter page, HubDatabase database, InvoicingRules rules, PartyStore parties, string? done) => ShowAsync(page, database, rules, parties, null, null, null, done)).ForOperators(Scopes.RunsWrite);
        pages.MapPost(Address, PostAsync).ForOperators(Scopes.RunsWrite).WithFreshSignIn();
        pages.MapPost(Address + "/group", PostGroupAsync).ForOperators(Scopes.RunsWrite).WithFreshSignIn();
        pages.MapGet("/pages/participants/{id}/billing", BillingAsync).ForOperators(Scopes.MarketWrite);
        pages.MapPost("/pages/participants/{id}/billing", PostBillingAsync).ForOperators(Scopes.MarketWrite);
    }

    private static async Task ShowAsync(PageWriter page, HubDatabase database, InvoicingRules rules, PartyStore parties, FormModel? typed, FormModel? typedGroup, PageProblem? problem, string? done)
    {
        var all = await rules.AllAsync();
        await using var reader = await database.OpenReaderAsync();
        await page.WriteAsync<InvoicingPage>(say => say["invoices.settings"], new()
        {
            ["Rules"] = all, ["Problem"] = problem, ["Done"] = done,
            ["Form"] = typed ?? OwnForm(all.FirstOrDefault(rule => rule.Group.Length == 0), await parties.OfAsync(""), await TaxStore.OfCooperativeAsync(reader) is [.., var newest] ? newest : null), ["GroupForm"] = typedGroup ?? GroupForm(),
        }, refresh: null);
    }

    private static async Task<IResult> PostAsync(HttpContext context, PageWriter page, HubDatabase database, InvoicingRules rules, PartyStore parties, Caller caller)
    {
        if (await PageForms.ReadAsync(context) is not { } form) return Problems.OfStatus(StatusCodes.Status415UnsupportedMediaType);
        var findings = new FormFindings();
        var body = PageForms.Open(form.ToJson(["from_month", "treatment", "from", .. PartyStore.Fields], ["rate_percent"]), findings);
        var month = InvoicingEndpoints.ReadMonth(body);
        var party = PartyStore.Read(body, "");
        var tax = body.Has("treatment") ? TaxProfileDocument.Read(body) : null;
        if (findings.Any) return await RefuseAsync(context, page, database, rules, parties, OwnForm(null, party, tax).With(form), null, findings);
        await InvoicingEndpoints.StoreAsync(database, rules, parties, new GroupInvoicing("", month), party, caller, tax);
        return new SeeOther(Address + "?done=stored");
    }

    private static async Task<IResult> PostGroupAsync(HttpContext context, PageWriter page, HubDatabase database, InvoicingRules rules, PartyStore parties, Caller caller)
    {
        if (await PageForms.ReadAsync(context) is not { } form) return Problems.OfStatus(StatusCodes.Status415UnsupportedMediaType);
        var findings = new FormFindings();
        var body = PageForms.Open(form.ToJson(["balance_group", "rule", "from_month"], []), findings);
        string? group = body.Id("balance_group", isRequired: true), rule = body.Text("rule", isRequired: true);
        var month = InvoicingEndpoints.ReadMonth(body);
        if (rule == "own" && month is null) findings.Add("from_month", "CMH-2410", "A month is expected, e.g. 2026-10.");
        if (findings.Any) return await RefuseAsync(context, page, database, rules, parties, null, GroupForm().With(form), findings);
        if (rule == "same") await database.WriteAsync(tx => rules.DropAsync(tx, group!, caller));
        else await InvoicingEndpoints.StoreAsync(database, rules, parties, new GroupInvoicing(group!, rule == "own" ? month : null), null, caller);
        return new SeeOther(Address + "?done=stored");
    }

    private static async Task<IResult> RefuseAsync(HttpContext context, PageWriter page, HubDatabase database, InvoicingRules rules, PartyStore parties, FormModel? own, FormModel? group, FormFindings findings)
    {
        context.Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
        await ShowAsync(page, database, rules, parties, own, group, PageProblem.Of(findings), null);
        return Results.Empty;
    }

    private static async Task BillingAsync(PageWriter page, HubDatabase database, PartyStore parties, string id, string? done)
    {
        await using var reader = await database.OpenReaderAsync();
        if (await ParticipantReader.FindAsync(reader, id) is null) await page.WriteNotFoundAsync();
        else await WriteBillingAsync(page, id, BillingForm(await parties.OfAsync(id)), null, done);
    }

    private static async Task<IResult> PostBillingAsync(HttpContext context, PageWriter page, HubDatabase database, PartyStore parties, Caller caller, string id)
    {
        if (await PageForms.ReadAsync(context) is not { } form) return Problems.OfStatus(StatusCodes.Status415UnsupportedMediaType);
        await using (var reader = await database.OpenReaderAsync())
            if (await ParticipantReader.FindAsync(reader, id) is null) return MarketProblems.UnknownParticipant(id);
        var findings = new FormFindings();
        var party = PartyStore.Read(PageForms.Open(form.ToJson(PartyStore.Fields, []), findings), id);
        if (!findings.Any)
        {
            await database.WriteAsync(tx => parties.PutAsync(tx, party, caller));
            return new SeeOther($"/pages/participants/{Uri.EscapeDataString(id)}/billing?done=stored");
        }

        context.Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
        await WriteBillingAsync(page, id, BillingForm(party).With(form), PageProblem.Of(findings), null);
        return Results.Empty;
    }

    private static Task WriteBillingAsync(PageWriter page, string id, FormModel form, PageProblem? problem, string? done) => page.WriteAsync<EditPage>(say => say["invoices.billing", id], new()
    {
        ["List"] = $"/pages/participants/{Uri.EscapeDataString(id)}", ["ListWord"] = "invoices.participant", ["Name"] = id, ["Answer"] = (Func<Texts.Wording, string>)(say => say["invoices.billing", id]), ["NewWord"] = "invoices.participant", ["Form"] = form, ["Problem"] = problem, ["Done"] = done,
        ["Links"] = new List<(string, string)> { ($"/pages/invoices?participant={Uri.EscapeDataString(id)}", "invoices.title") },
    }, refresh: null);

    /// <param name="tax">The newest profile; absent while none is entered.</param>
    private static FormModel OwnForm(GroupInvoicing? rule, Party party, TaxVersion? tax) => new(Address, "operator.store",
    [
        new FormField("from_month", "invoices.from", Value: rule?.From?.Text(), Hint: "invoices.from.hint"), .. FieldsOf(party),
        new FormField("treatment", "invoices.tax", FieldKind.Choice, tax is null ? "" : StatementText.WordOf(tax.Treatment), Hint: "invoices.tax.hint",
            Choices: [("", "invoices.tax.open"), ("standard", "invoices.tax.standard"), ("small_business", "invoices.tax.small"), ("reverse_charge", "invoices.tax.reseller"), ("none", "invoices.tax.none")]),
        new FormField("rate_percent", "invoices.tax.rate", FieldKind.Number, tax is null ? null : TaxProfileDocument.Of(tax).RatePercent?.ToString(), Hint: "invoices.tax.rate.hint"),
        new FormField("from", "invoices.tax.from", FieldKind.Day, tax is null ? null : MarketDays.TextOf(tax.From), Hint: "invoices.tax.from.hint"),
    ]);

    private static FormModel GroupForm() => new(Address + "/group", "operator.store",
    [
        new FormField("balance_group", "statements.group", IsRequired: true),
        new FormField("rule", "invoices.rule", FieldKind.Choice, "own", Choices: [("own", "invoices.rule.own"), ("off", "invoices.groupoff"), ("same", "invoices.rule.same")]),
        new FormField("from_month", "invoices.from", Hint: "invoices.rule.hint"),
    ]);

    private static FormModel BillingForm(Party party) => new($"/pages/participants/{Uri.EscapeDataString(party.Id)}/billing", "operator.store", [.. FieldsOf(party)]);

    private static IEnumerable<FormField> FieldsOf(Party party) =>
    [
        new("name", "invoices.name", Value: party.Name, Hint: party.Id.Length == 0 ? null : "invoices.name.hint"), new("street", "invoices.street", Value: party.Street), new("postal_code", "invoices.postal", Value: party.PostalCode),
        new("city", "invoices.city", Value: party.City), new("country", "invoices.country", Value: party.Country, Hint: "invoices.country.hint"), new("tax_number", "invoices.taxnumber", Value: party.TaxNumber, Hint: "invoices.taxnumber.hint"),
        new("vat_id", "invoices.vatid", Value: party.VatId, Hint: "invoices.vatid.hint"),
    ];
}

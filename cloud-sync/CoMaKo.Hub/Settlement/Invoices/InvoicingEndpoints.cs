using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Invoices;

/// <summary>From which month on statements become invoices; absent: they do not.</summary>
internal sealed record GroupInvoicingDocument(string BalanceGroup, string? FromMonth);

/// <summary>Whether and how the hub makes invoices.</summary>
/// <param name="Gaps">What keeps statements from becoming invoices, as of the last look.</param>
internal sealed record InvoicingDocument(string? FromMonth, PartyDocument Cooperative, IReadOnlyList<GroupInvoicingDocument> Groups, IReadOnlyList<InvoiceGapDocument> Gaps);

/// <summary>What may be stored: the cooperative's own data and its month, or a group's.</summary>
internal sealed record InvoicingForm(string? FromMonth, PartyDocument? Cooperative);

/// <summary>Invoicing on and off, and the data that invoices need. Codes: CMH-2410 month, 2411–2413 data.</summary>
internal static class InvoicingEndpoints
{
    public static void MapInvoicingEndpoints(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/invoicing", async (InvoicingRules rules, PartyStore parties, InvoiceReader invoices) => Results.Ok(await ReadAsync(rules, parties, invoices))).WithName("invoicing")
            .WithSummary("From which month on statements become invoices, the cooperative's data for them, and what is missing").Produces<InvoicingDocument>().ForOperators(Scopes.ReportsRead);
        endpoints.MapPut("/invoicing", PutAsync).WithName("put_invoicing").WithSummary("Invoicing of the whole cooperative: from_month (absent: off) and its name, address and tax number")
            .TakesJson<InvoicingForm>().Produces<InvoicingDocument>().ForOperators(Scopes.RunsWrite).WithFreshSignIn();
        endpoints.MapPut("/invoicing/{group}", PutGroupAsync).WithName("put_group_invoicing").WithSummary("Invoicing of one balance group: from_month (absent: off)")
            .TakesJson<GroupInvoicingDocument>().Produces<InvoicingDocument>().ForOperators(Scopes.RunsWrite).WithFreshSignIn();
        endpoints.MapDelete("/invoicing/{group}", DropAsync).WithName("delete_group_invoicing").WithSummary("The balance group goes the cooperative's way again").Produces<InvoicingDocument>().ForOperators(Scopes.RunsWrite).WithFreshSignIn();
        endpoints.MapGet("/participants/{id}/billing", async (PartyStore parties, string id) => Results.Ok(PartyDocument.Of(await parties.OfAsync(id)))).WithName("billing").WithSummary("A participant's address and tax numbers for invoices")
            .Produces<PartyDocument>().ForOperators(Scopes.MarketRead);
        endpoints.MapPut("/participants/{id}/billing", PutBillingAsync).WithName("put_billing").WithSummary("Replaces them; documents that are made keep what stood there").TakesJson<PartyDocument>().Produces<PartyDocument>().ProducesProblem(404).ForOperators(Scopes.MarketWrite);
    }

    /// <summary>Reads a month, or nothing. Code: CMH-2410.</summary>
    public static YearMonth? ReadMonth(JsonForm form)
    {
        ArgumentNullException.ThrowIfNull(form);
        string? text = form.Text("from_month");
        var month = RunMonth.Parse(text);
        if (text is not null && month is null) form.Add("from_month", "CMH-2410", "A month is expected, e.g. 2026-10; left out, no statement becomes an invoice.");
        return month;
    }

    private static async Task<InvoicingDocument> ReadAsync(InvoicingRules rules, PartyStore parties, InvoiceReader invoices)
    {
        var all = await rules.AllAsync();
        return new InvoicingDocument(
            all.FirstOrDefault(rule => rule.Group.Length == 0)?.From?.Text(), PartyDocument.Of(await parties.OfAsync("")), [.. all.Where(rule => rule.Group.Length > 0).Select(rule => new GroupInvoicingDocument(rule.Group, rule.From?.Text()))],
            [.. (await invoices.GapsAsync()).Select(each => InvoiceGapDocument.Of(each.Gap))]);
    }

    private static async Task<IResult> PutAsync(HttpContext context, HubDatabase database, InvoicingRules rules, PartyStore parties, InvoiceReader invoices, Caller caller)
    {
        var (body, problem) = await JsonBody.ReadAsync(context.Request);
        if (body is not { } root) return problem!;
        var findings = new FormFindings();
        if (JsonForm.Open(root, findings) is not { } form) return findings.ToProblem();
        var month = ReadMonth(form);
        Party? own = null;
        if (form.Any("cooperative") is { } element && JsonForm.Open(element, findings, prefix: "cooperative.") is { } inner)
        {
            own = PartyStore.Read(inner, "");
            inner.Close();
        }

        form.Close();
        if (findings.Any) return findings.ToProblem();
        await StoreAsync(database, rules, parties, new GroupInvoicing("", month), own, caller);
        return Results.Ok(await ReadAsync(rules, parties, invoices));
    }

    /// <summary>Stores rule and data together.</summary>
    /// <param name="tax">Takes the place of the cooperative's profile from the same day; absent: they stay.</param>
    public static Task StoreAsync(HubDatabase database, InvoicingRules rules, PartyStore parties, GroupInvoicing rule, Party? party, Caller caller, TaxVersion? tax = null) => database.WriteAsync(async tx =>
    {
        tx.NoteDone();
        await rules.PutAsync(tx, rule, caller);
        if (party is not null) await parties.PutAsync(tx, party, caller);
        if (tax is not null) await parties.PutTaxAsync(tx, tax, caller);
    });

    private static async Task<IResult> PutGroupAsync(HttpContext context, HubDatabase database, InvoicingRules rules, PartyStore parties, InvoiceReader invoices, Caller caller, string group)
    {
        var (body, problem) = await JsonBody.ReadAsync(context.Request);
        if (body is not { } root) return problem!;
        var findings = new FormFindings();
        if (JsonForm.Open(root, findings) is not { } form) return findings.ToProblem();
        var month = ReadMonth(form);
        if (form.Text("balance_group") is { } named && named != group) form.Add("balance_group", "CMH-1606", "The group is another one than the path's.");
        form.Close();
        if (findings.Any) return findings.ToProblem();
        await StoreAsync(database, rules, parties, new GroupInvoicing(group, month), null, caller);
        return Results.Ok(await ReadAsync(rules, parties, invoices));
    }

    private static async Task<IResult> DropAsync(HubDatabase database, InvoicingRules rules, PartyStore parties, InvoiceReader invoices, Caller caller, string group)
    {
        await database.WriteAsync(tx => rules.DropAsync(tx, group, caller));
        return Results.Ok(await ReadAsync(rules, parties, invoices));
    }

    private static async Task<IResult> PutBillingAsync(HttpContext context, HubDatabase database, PartyStore parties, Caller caller, string id)
    {
        var (body, problem) = await JsonBody.ReadAsync(context.Request);
        if (body is not { } root) return problem!;
        var findings = new FormFindings();
        if (JsonForm.Open(root, findings) is not { } form) return findings.ToProblem();
        if (form.Text("participant") is { } named && named != id) form.Add("participant", "CMH-1606", "The participant is another one than the path's.");
        var party = PartyStore.Read(form, id);
        form.Close();
        if (findings.Any) return findings.ToProblem();
        await using (var reader = await database.OpenReaderAsync())
            if (await ParticipantReader.FindAsync(reader, id) is null) return MarketProblems.UnknownParticipant(id);
        await database.WriteAsync(tx => parties.PutAsync(tx, party, caller));
        return Results.Ok(PartyDocument.Of(party));
    }
}

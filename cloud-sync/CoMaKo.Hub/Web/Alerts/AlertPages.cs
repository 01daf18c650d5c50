using System.Text.Json;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Alerts;
using CoMaKo.Hub.Mail;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Pages;
using CoMaKo.Hub.Web.People;

namespace CoMaKo.Hub.Web.Alerts;

/// <summary>What a form of recipients answers.</summary>
/// <param name="Findings">What is wrong; empty if nothing is.</param>
/// <param name="Secret">A key that was just made; shown now and never again.</param>
/// <param name="Test">What the other side said to a test message.</param>
public sealed record RecipientAnswer(IReadOnlyList<FormFinding> Findings, string? Secret = null, Delivery? Test = null)
{
    public static readonly RecipientAnswer None = new([]);
}

/// <summary>Pages of alerts and of those who are told. They are plain forms and work without script; the group that they are mapped in says that they are the operator's.</summary>
internal static class AlertPages
{
    public const string Recipients = "/pages/alerts/recipients";

    public const string Rules = "/pages/alerts/rules";

    private const int MostRows = 100;

    /// <summary>Where a recipient is shown: those that only rules name have no page of their own.</summary>
    public static string AddressOf(string recipient) => recipient.IndexOfAny(['@', ':']) < 0 ? $"{Recipients}/{Uri.EscapeDataString(recipient)}" : Rules;

    public static void MapAlertPages(this IEndpointRouteBuilder pages)
    {
        pages.MapGet("/pages/alerts", ListAsync);
        pages.MapGet("/pages/alerts/{id}", AlertAsync);
        pages.MapGet(Rules, RulesAsync);
        pages.MapPost("/pages/alerts/{id}/acknowledgement", AcknowledgeAsync).DisableAntiforgery();
        pages.MapGet(Recipients, (PageWriter page, RecipientDesk desk) => WriteFormAsync(page, desk, null, RecipientAnswer.None));
        pages.MapPost(Recipients, CreateAsync).DisableAntiforgery();
        pages.MapGet(Recipients + "/{id}", RecipientAsync);
        pages.MapPost(Recipients + "/{id}", ChangeAsync).DisableAntiforgery();
        pages.MapPost(Recipients + "/{id}/test", TestAsync).DisableAntiforgery();
        pages.MapPost(Recipients + "/{id}/deletion", DeleteAsync).DisableAntiforgery();
    }

    private static async Task ListAsync(PageWriter page, HubDatabase database, string? state, string? kind, long? before)
    {
        var filter = AlertEndpoints.Filter(state, kind) ?? new AlertFilter(IsOpen: true, null);
        await using var reader = await database.OpenReaderAsync();
        var alerts = await AlertStore.ListAsync(reader, filter, before ?? long.MaxValue, MostRows + 1);
        var recipients = await RecipientStore.ListAsync(reader, "", MostRows);
        var shown = alerts.Take(MostRows);
        await page.WriteAsync<AlertsPage>(say => say["nav.alerts"], new()
        {
            // What presses comes first, of one rank what lasts longest; what is over comes as it ended.
            ["Alerts"] = filter.IsOpen ? shown.OrderBy(alert => alert.Item.Rank).ThenBy(alert => alert.Item.Since).ToList() : shown.ToList(),
            ["Filter"] = filter, ["Next"] = alerts.Count > MostRows ? alerts[MostRows - 1].AlertId : null, ["Recipients"] = recipients.Select(row => row.Recipient).ToList(),
            ["Open"] = await AlertStore.CountOpenAsync(reader),
        });
    }

    private static async Task AlertAsync(PageWriter page, HubDatabase database, string id)
    {
        await using var reader = await database.OpenReaderAsync();
        if (await AlertStore.FindAsync(reader, NumberOf(id)) is { } found)
            await page.WriteAsync<AlertPage>(say => Texts.WorkWord.Of(say, found.Item), new() { ["Alert"] = found with { Tellings = await AlertStore.TellingsAsync(reader, found.AlertId) } });
        else await page.WriteNotFoundAsync();
    }

    private static async Task RulesAsync(PageWriter page, HubDatabase database, AlertRules rules)
    {
        await using var reader = await database.OpenReaderAsync();
        var there = (await RecipientStore.ListAsync(reader, "", int.MaxValue)).Select(row => row.Recipient.Id).ToHashSet(StringComparer.Ordinal);
        await page.WriteAsync<AlertRulesPage>(say => say["alerts.rules"], new()
        {
            ["Rules"] = rules, ["Tallies"] = await AlertStore.TallyAsync(reader),
            ["Unknown"] = rules.Own.SelectMany(rule => rule.To).Where(word => JsonForm.IsId(word) && !there.Contains(word)).Distinct(StringComparer.Ordinal).ToList(),
        });
    }

    private static async Task AcknowledgeAsync(HttpContext context, PageWriter page, RecipientDesk desk, Caller caller, string id)
    {
        if (await SignInPages.FormOf(context) is not { } form) return;
        string note = new([.. form["note"].ToString().Trim().Where(c => !char.IsControl(c)).Take(500)]);
        if (await desk.AcknowledgeAsync(NumberOf(id), note.Length == 0 ? null : note, caller)) await new SeeOther($"/pages/alerts/{NumberOf(id)}").ExecuteAsync(context);
        else await page.WriteNotFoundAsync();
    }

    /// <summary>The gate answers before an address is read, so a wrong one is read here.</summary>
    private static long NumberOf(string id) => long.TryParse(id, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out long number) ? number : 0;

    private static async Task RecipientAsync(PageWriter page, HubDatabase database, RecipientDesk desk, string id)
    {
        await using var reader = await database.OpenReaderAsync();
        if (await RecipientStore.FindAsync(reader, id) is { } found) await WriteFormAsync(page, desk, RecipientDocument.Of(found.Recipient), RecipientAnswer.None, isThere: true);
        else await page.WriteNotFoundAsync();
    }

    private static async Task CreateAsync(HttpContext context, PageWriter page, RecipientDesk desk, Caller caller)
    {
        if (await SignInPages.FormOf(context) is { } form) await PutAsync(context, page, desk, caller, form["id"].ToString().Trim(), form, isThere: false);
    }

    private static async Task ChangeAsync(HttpContext context, PageWriter page, RecipientDesk desk, Caller caller, string id)
    {
        if (await SignInPages.FormOf(context) is { } form) await PutAsync(context, page, desk, caller, id, form, isThere: true);
    }

    /// <summary>A form is the body of a PUT in other clothes: the same reader finds its mistakes.</summary>
    private static async Task PutAsync(HttpContext context, PageWriter page, RecipientDesk desk, Caller caller, string id, IFormCollection form, bool isThere)
    {
        var findings = new FormFindings();
        var body = BodyOf(form);
        var recipient = RecipientForm.Read(body, id, desk.Settings, desk.Kinds, findings);
        if (recipient is not null)
        {
            var (outcome, secret) = await desk.PutAsync(recipient, form["new_secret"] == "on", revision => isThere == revision is not null, caller);
            if (outcome.Result == PutResult.ConditionFailed) findings.Add("id", "CMH-1827", "");
            else if (secret is null) await new SeeOther("/pages/alerts").ExecuteAsync(context);
            else await WriteFormAsync(page, desk, RecipientDocument.Of(recipient), new RecipientAnswer([], secret), isThere: true);
        }

        if (!findings.Any) return;
        context.Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
        await WriteFormAsync(page, desk, TypedOf(form, id), new RecipientAnswer(findings.Told), isThere);
    }

    private static async Task TestAsync(HttpContext context, PageWriter page, HubDatabase database, RecipientDesk desk, string id)
    {
        StoredRecipient? found;
        await using (var reader = await database.OpenReaderAsync()) found = await RecipientStore.FindAsync(reader, id);
        if (found is null) await page.WriteNotFoundAsync();
        else await WriteFormAsync(page, desk, RecipientDocument.Of(found.Recipient), new RecipientAnswer([], Test: await desk.TestAsync(found.Recipient, context.RequestAborted)), isThere: true);
    }

    /// <summary>Whoever deletes types the name, so that nobody does it by accident.</summary>
    private static async Task DeleteAsync(HttpContext context, PageWriter page, HubDatabase database, RecipientDesk desk, Caller caller, string id)
    {
        if (await SignInPages.FormOf(context) is not { } form) return;
        StoredRecipient? found;
        await using (var reader = await database.OpenReaderAsync()) found = await RecipientStore.FindAsync(reader, id);
        if (found is null)
        {
            await page.WriteNotFoundAsync();
            return;
        }

        if (form["confirm"].ToString().Trim() == id)
        {
            await desk.DeleteAsync(id, caller);
            await new SeeOther("/pages/alerts").ExecuteAsync(context);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
        await WriteFormAsync(page, desk, RecipientDocument.Of(found.Recipient), new RecipientAnswer([new FormFinding(null, "confirm", "CMH-1828", "")]), isThere: true);
    }

    private static Task WriteFormAsync(PageWriter page, RecipientDesk desk, RecipientDocument? recipient, RecipientAnswer answer, bool isThere = false) =>
        page.WriteAsync<RecipientPage>(say => recipient is null ? say["alerts.add"] : recipient.Id, new()
        {
            ["Recipient"] = recipient, ["IsThere"] = isThere, ["Answer"] = answer, ["CanMail"] = desk.Settings.Server is not null,
            ["Families"] = desk.Kinds.Select(kind => kind.Split('.')[0]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList(),
        });

    private static JsonElement BodyOf(IFormCollection form)
    {
        var body = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (string name in (ReadOnlySpan<string>)["channel", "target", "language", "rank", "quiet_from", "quiet_to"])
            if (form[name].ToString().Trim() is { Length: > 0 } text) body[name] = text;
        if (form["delay_minutes"].ToString().Trim() is { Length: > 0 } delay) body["delay_minutes"] = long.TryParse(delay, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out long minutes) ? minutes : delay;
        body["kinds"] = form["kinds"].OfType<string>().ToArray();
        body["faults_break_through"] = form["faults_break_through"] == "on";
        body["is_active"] = form["is_active"] == "on";
        return JsonSerializer.SerializeToElement(body);
    }

    /// <summary>What somebody typed, to show it again beside its mistakes.</summary>
    private static RecipientDocument TypedOf(IFormCollection form, string id) => new(
        id, form["channel"] == "webhook" ? MessageChannel.Webhook : MessageChannel.Mail, form["target"].ToString(), form["language"].ToString(), [.. form["kinds"].OfType<string>()],
        Enum.TryParse(form["rank"].ToString(), ignoreCase: true, out Work.WorkRank rank) ? rank : Work.WorkRank.Attention, form["quiet_from"].ToString(), form["quiet_to"].ToString(),
        form["faults_break_through"] == "on", int.TryParse(form["delay_minutes"], out int delay) ? delay : 0, form["is_active"] == "on");
}

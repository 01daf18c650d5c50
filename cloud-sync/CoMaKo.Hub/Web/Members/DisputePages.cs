using System.Globalization;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Metering.Disputes;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Pages;
using CoMaKo.Hub.Web.Parts;

namespace CoMaKo.Hub.Web.Members;

/// <summary>What a member typed about something that is wrong.</summary>
public sealed record DisputeEntry(DisputeSubject? Subject, string Thing, string Point, string Words, string Believed);

/// <summary>Disputes: the member's page with form and answers, and the operator's page that answers.</summary>
internal static class DisputePages
{
    private const string Own = "/pages/my/disputes";
    private const string All = "/pages/disputes";
    private const int MostShown = 200;

    public static void MapDisputePages(this IEndpointRouteBuilder endpoints)
    {
        var own = endpoints.MapGroup("").ExcludeFromDescription().ForMembers("");
        own.MapGet(Own, GetAsync);
        own.MapPost(Own, PostAsync).DisableAntiforgery();
        var all = endpoints.MapGroup("").ExcludeFromDescription().ForOperators("");
        all.MapGet(All, async (PageWriter page, DisputeBook book, string? state) => await WriteAllAsync(page, book, state, null));
        all.MapPost(All + "/{id}/answer", AnswerAsync).DisableAntiforgery();
    }

    private static async Task GetAsync(HttpContext context, PageWriter page, MemberReader members, DisputeBook book, Caller caller, string? day, string? month, string? reading, string? statement, string? sent)
    {
        var entry = (day, month, reading, statement) switch
        {
            ({ } which, _, _, _) => new DisputeEntry(DisputeSubject.Day, Short(which), "", "", ""),
            (_, { } which, _, _) => new DisputeEntry(DisputeSubject.Month, Short(which), "", "", ""),
            (_, _, { } which, _) => new DisputeEntry(DisputeSubject.Reading, Short(which), "", "", ""),
            (_, _, _, { } which) => new DisputeEntry(DisputeSubject.Statement, Short(which), "", "", ""),
            _ => new DisputeEntry(null, "", "", "", ""),
        };
        await WriteAsync(context, page, members, book, caller, entry, new FormFindings(), sent is not null);
    }

    private static async Task PostAsync(HttpContext context, PageWriter page, MemberReader members, DisputeBook book, DisputeForm check, Caller caller)
    {
        if (!context.Request.HasFormContentType || await members.FindAsync(caller, context.Request) is not { } member)
        {
            await page.WriteNotFoundAsync();
            return;
        }

        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        DisputeSubject? subject = form["subject"].ToString() switch { "day" => DisputeSubject.Day, "month" => DisputeSubject.Month, "reading" => DisputeSubject.Reading, "statement" => DisputeSubject.Statement, _ => null };
        string words = form["words"].ToString();
        var entry = new DisputeEntry(subject, Short(form["thing"].ToString().Trim()), Short(form["point"].ToString()), words.Length > NewDispute.MostWords + 100 ? words[..(NewDispute.MostWords + 100)] : words, Short(form["believed"].ToString().Trim()));
        var findings = new FormFindings();
        long? believed = BelievedOf(entry.Believed, findings);
        var dispute = findings.Any ? null : await check.CheckAsync(member.Participant, entry.Subject, entry.Thing, entry.Point.Length == 0 ? null : entry.Point, entry.Words, believed, findings);
        if (dispute is not null && (await book.AddAsync(dispute, caller)).Problem is { }) findings.Add("text", "CMH-1764", "Too many open disputes.");
        if (!findings.Any)
        {
            string back = MemberReader.AddressIn(context, Own);
            await new SeeOther(back.Contains('?', StringComparison.Ordinal) ? back + "&sent=1" : back + "?sent=1").ExecuteAsync(context);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
        await WriteAsync(context, page, members, book, caller, entry, findings, false);
    }

    private static async Task WriteAsync(HttpContext context, PageWriter page, MemberReader members, DisputeBook book, Caller caller, DisputeEntry entry, FormFindings findings, bool isSent)
    {
        if (await members.FindAsync(caller, context.Request) is not { } member)
        {
            await page.WriteNotFoundAsync();
            return;
        }

        var disputes = (await book.ListAsync(member.Participant, null, 0, MostShown)).Reverse().ToList();
        await page.WriteAsync<MemberDisputesPage>(say => say["members.disputes"], new()
        {
            ["Member"] = member, ["Disputes"] = disputes, ["Entry"] = entry, ["IsSent"] = isSent, ["Problem"] = findings.Any ? PageProblem.Of(findings) : null,
        }, refresh: null);
    }

    private static async Task AnswerAsync(HttpContext context, PageWriter page, DisputeBook book, Caller caller, long id)
    {
        var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync(context.RequestAborted) : FormCollection.Empty;
        string reason = form["reason"].ToString().Trim();
        bool isGood = reason.Length is >= 3 and <= 1000 && form["decision"] is ["accepted"] or ["rejected"];
        if (isGood && await book.AnswerAsync(id, form["decision"] == "accepted", reason, caller) is null)
        {
            await new SeeOther(All).ExecuteAsync(context);
            return;
        }

        context.Response.StatusCode = isGood ? StatusCodes.Status409Conflict : StatusCodes.Status422UnprocessableEntity;
        var findings = new FormFindings();
        if (!isGood) findings.Add("reason", "CMH-1763", "Say in a few words why, and what is decided.");
        await WriteAllAsync(page, book, null, isGood ? new PageProblem(context.Response.StatusCode, "CMH-1766", "", []) : PageProblem.Of(findings));
    }

    private static async Task WriteAllAsync(PageWriter page, DisputeBook book, string? state, PageProblem? problem)
    {
        bool isOpen = state != "answered";
        var disputes = (await book.ListAsync(null, isOpen ? DisputeState.Open : null, 0, MostShown)).Where(dispute => isOpen || dispute.State != DisputeState.Open).ToList();
        await page.WriteAsync<DisputesPage>(say => say["members.disputes"], new() { ["Disputes"] = disputes, ["IsOpen"] = isOpen, ["Problem"] = problem }, refresh: null);
    }

    private static long? BelievedOf(string text, FormFindings findings)
    {
        if (text.Length == 0) return null;
        char point = text.Contains(',', StringComparison.Ordinal) ? ',' : '.';
        if (!text.Contains('e', StringComparison.OrdinalIgnoreCase) && FixedPoint.Parse(text, 3, point, out long wh) == NumberOutcome.Good && wh >= 0) return wh;
        findings.Add("believed", "CMH-1625", string.Create(CultureInfo.InvariantCulture, $"'{text}' is no number of kWh."));
        return null;
    }

    private static string Short(string text) => text.Length <= 100 ? text : text[..100];
}

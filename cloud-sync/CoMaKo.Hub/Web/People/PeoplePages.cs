using System.Globalization;
using System.Text;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Access.People;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Api.Csv;
using CoMaKo.Hub.Web.Pages;
using CoMaKo.Hub.Web.Views;
using NodaTime;

namespace CoMaKo.Hub.Web.People;

/// <summary>The operator's pages about people: the list, inviting with a letter to print, letting in anew, locking.</summary>
internal static class PeoplePages
{
    public const string Path = "/pages/people";
    public const int Rows = 50;
    private const int MostCsvRows = 50_000;

    public static void MapPeoplePages(this IEndpointRouteBuilder endpoints)
    {
        var pages = endpoints.MapGroup("").ExcludeFromDescription().DisableAntiforgery().ForOperators("");
        pages.MapGet(Path, ListAsync);
        pages.MapGet("/pages/people.csv", CsvAsync);
        pages.MapGet("/pages/people/invite", (PageWriter page) => WriteFormAsync(page, new Dictionary<string, string>(), new Dictionary<string, string>())).WithFreshSignIn();
        pages.MapPost("/pages/people/invite", InviteAsync).WithFreshSignIn();
        pages.MapPost("/pages/people/{person}/reset", ResetAsync).WithFreshSignIn();
        pages.MapPost("/pages/people/{person}/lock", (HttpContext context, Accounts accounts, Caller caller, string person) => LockAsync(context, accounts, caller, person, true));
        pages.MapPost("/pages/people/{person}/unlock", (HttpContext context, Accounts accounts, Caller caller, string person) => LockAsync(context, accounts, caller, person, false));
    }

    /// <summary>The filter of an address; words that are none are left out.</summary>
    public static PersonFilter FilterOf(IQueryCollection query) => new(
        query["q"].ToString() is { Length: > 0 and <= 64 } text ? text : null,
        Enum.TryParse(query["role"], ignoreCase: true, out Roles role) && role is Roles.Viewer or Roles.Member or Roles.Operator ? role : null,
        Enum.TryParse(query["state"], ignoreCase: true, out PersonState state) && Enum.IsDefined(state) ? state : null);

    private static async Task ListAsync(HttpContext context, PageWriter page, Accounts accounts, string? after, string? wrong)
    {
        var filter = FilterOf(context.Request.Query);
        var rows = await accounts.ListAsync(filter, after ?? "", Rows + 1);
        await page.WriteAsync<PeoplePage>(say => say["people.title"], new()
        {
            ["Content"] = rows.Take(Rows).ToList(), ["Next"] = rows.Count > Rows ? rows[Rows - 1].Name : null, ["Filter"] = filter, ["Notice"] = wrong == Accounts.LastOperator ? new FormNotice(wrong) : null,
        });
    }

    private static async Task CsvAsync(HttpContext context, Accounts accounts)
    {
        var say = new Texts.Wording(PageContext.LanguageOf(context.Request));
        char separator = say.Language == "de" ? ';' : ',';
        var csv = new StringBuilder();
        csv.AppendJoin(separator, "name", "role", "participant", "language", "email", "state", "second_factor", "created", "last_used").Append("\r\n");
        foreach (var row in await accounts.ListAsync(FilterOf(context.Request.Query), "", MostCsvRows))
            csv.AppendJoin(separator, ((string?[])[row.Name, Word(row.Role), row.Participant, row.Language, row.Email, Word(row.State), row.HasSecondFactor ? "yes" : "no", Iso(row.CreatedUs), Iso(row.LastUsedUs)]).Select(cell => CsvText.Quoted(CsvText.Neutral(cell ?? ""), separator))).Append("\r\n");
        context.Response.Headers.ContentDisposition = "attachment; filename=\"people.csv\"";
        context.Response.ContentType = "text/csv; charset=utf-8";
        await context.Response.WriteAsync(csv.ToString(), context.RequestAborted);
    }

    private static async Task InviteAsync(HttpContext context, PageWriter page, Invitations invitations, IKnownParticipants participants, Mail.MailSettings mail, Caller caller)
    {
        if (await SignInPages.FormOf(context) is not { } form) return;
        var typed = form.Keys.ToDictionary(key => key, key => form[key].ToString().Trim());
        string? Of(string key) => typed.GetValueOrDefault(key) is { Length: > 0 } value ? value : null;
        var wish = new InvitationWish(Person.NormaliseName(Of("name")) ?? "", Enum.TryParse(Of("role"), ignoreCase: true, out Roles role) ? role : Roles.None, Of("participant"), Of("language"), Of("email"));
        var mistakes = wish.Validate().ToDictionary(finding => finding.Field, finding => finding.Text);
        if (wish.Name.Length == 0) mistakes["name"] = Person.NameForm;
        if (wish.Participant is { } participant && !await participants.ExistsAsync(participant)) mistakes["participant"] = participant;
        var invitation = mistakes.Count > 0 ? null : await invitations.CreateAsync(wish, caller.Name);
        if (invitation is not null) await WriteLetterAsync(page, context.Request, mail.Pages, invitation);
        else
        {
            context.Response.StatusCode = mistakes.Count > 0 ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status409Conflict;
            await WriteFormAsync(page, typed, mistakes, mistakes.Count > 0 ? null : new FormNotice("CMH-1559"));
        }
    }

    private static async Task ResetAsync(HttpContext context, PageWriter page, Invitations invitations, Mail.MailSettings mail, Caller caller, string person)
    {
        if (await invitations.RenewAsync(person, caller.Name) is { } invitation) await WriteLetterAsync(page, context.Request, mail.Pages, invitation);
        else await page.WriteNotFoundAsync();
    }

    private static async Task LockAsync(HttpContext context, Accounts accounts, Caller caller, string person, bool isLocked)
    {
        var outcome = await accounts.LockAsync(person, isLocked, caller.Name);
        if (outcome == LockOutcome.Unknown) await RefusalPage.SendAsync(context, Problems.Of(404, "CMH-1563", "Unknown person", $"There is nobody of the name '{person}'."));
        else await new SeeOther(outcome == LockOutcome.LastOperator ? $"{Path}?wrong={Accounts.LastOperator}" : OwnPath.Here(context.Request) is "/" ? Path : OwnPath.Here(context.Request)).ExecuteAsync(context);
    }

    private static Task WriteFormAsync(PageWriter page, IReadOnlyDictionary<string, string> typed, IReadOnlyDictionary<string, string> mistakes, FormNotice? notice = null) =>
        page.WriteAsync<InvitePage>(say => say["people.invite"], new() { ["Typed"] = typed, ["Mistakes"] = mistakes, ["Notice"] = notice });

    private static Task WriteLetterAsync(PageWriter page, HttpRequest request, Uri? ours, Invitation invitation) => page.WriteAsync<LetterPage>(say => say["people.letter"], new()
    {
        ["Name"] = invitation.Person.Name, ["Code"] = invitation.Code, ["Address"] = (ours?.ToString().TrimEnd('/') ?? $"{request.Scheme}://{request.Host}") + SignInPages.Invitation, ["Until"] = Instant.FromUnixTimeTicks(invitation.ExpiresUs * 10), ["Language"] = invitation.Person.Language,
    });

    private static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static string? Iso(long? us) => us is { } at ? DateTimeOffset.UnixEpoch.AddTicks(at * 10).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture) : null;
}

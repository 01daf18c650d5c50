using System.Globalization;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Access.OpenId;
using CoMaKo.Hub.Access.People;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Pages;

namespace CoMaKo.Hub.Web.People;

/// <summary>What a form of sign-in answers if it was not taken.</summary>
/// <param name="Code">What is wrong, <c>CMH-…</c>; texts are named after it.</param>
/// <param name="Minutes">How long to wait, where that is the reason.</param>
public sealed record FormNotice(string Code, long Minutes = 0)
{
    internal static FormNotice? Of(SignInOutcome outcome) => outcome.Code is { } code ? new FormNotice(code, (long)Math.Ceiling(outcome.Wait.TotalMinutes)) : null;
}

/// <summary>Pages of signing in and out and of using an invitation. They are plain forms and work without script.</summary>
internal static class SignInPages
{
    public const string Invitation = "/pages/invitation";
    public const string Forgotten = "/pages/forgotten";

    public static void MapSignIn(this IEndpointRouteBuilder endpoints)
    {
        var pages = endpoints.MapGroup("").ExcludeFromDescription().DisableAntiforgery();
        pages.MapGet(StartPage.SignIn, (PageWriter page, ForgottenPassword forgotten, string? back, string? left) => WriteSignInAsync(page, forgotten, OwnPath.Of(back), hasLeft: left == "openid")).ForVisitors();
        pages.MapPost(StartPage.SignIn, SignInAsync).ForAnyone();
        pages.MapPost("/pages/sign_out", SignOutAsync).ForPeople();
        pages.MapGet(Invitation, (PageWriter page) => page.WriteAsync<InvitationPage>(say => say["people.invitation"], [])).ForVisitors();
        pages.MapPost(Invitation, RedeemAsync).ForAnyone();
        pages.MapGet(Forgotten, (PageWriter page) => page.WriteAsync<ForgottenPage>(say => say["people.forgotten"], [])).ForVisitors();
        pages.MapPost(Forgotten, ForgotAsync).ForAnyone();
    }

    private static async Task SignInAsync(HttpContext context, PageWriter page, SignInDesk desk, ForgottenPassword forgotten)
    {
        if (await FormOf(context) is not { } form) return;
        string back = OwnPath.Of(form["back"]);
        var outcome = await desk.SignInAsync(form["name"].ToString(), form["password"].ToString(), Origin.Of(context));
        if (outcome.Secret is { } secret)
        {
            SessionCookie.Write(context, secret, outcome.Person!.Role);
            await new SeeOther(outcome.Stage == SessionStage.Full ? back : SecondFactorPages.AddressOf(back)).ExecuteAsync(context);
            return;
        }

        SetStatus(context.Response, outcome);
        await WriteSignInAsync(page, forgotten, back, form["name"].ToString(), FormNotice.Of(outcome));
    }

    private static async Task SignOutAsync(HttpContext context, Caller caller, PersonSessions sessions)
    {
        await sessions.EndAsync(caller.Session!);
        SessionCookie.Clear(context);
        await new SeeOther(OpenIdCookie.Forget(context) ? StartPage.SignIn + "?left=openid" : StartPage.SignIn).ExecuteAsync(context);
    }

    /// <summary>With a code alone it greets the person by name, with a password too it takes it.</summary>
    private static async Task RedeemAsync(HttpContext context, PageWriter page, SignInDesk desk, RealClock clock)
    {
        if (await FormOf(context) is not { } form) return;
        string code = form["code"].ToString();
        var origin = Origin.Of(context);
        var outcome = form["password"] is [{ Length: > 0 } password] ? await desk.RedeemAsync(code, password, origin) : await desk.LookAsync(code, origin);
        if (outcome is { Secret: null, Person: not null } && context.RequestServices.GetService<OpenIdCookie>() is { } cookie && await desk.HashAsync(code) is { } hash)
            cookie.Write(context, OpenIdRequest.New(OpenIdPurpose.Invitation, "/", hash, 0, clock.UnixMicroseconds));
        if (outcome.Secret is { } secret)
        {
            SessionCookie.Write(context, secret, outcome.Person!.Role);
            await new SeeOther(outcome.Stage == SessionStage.Full ? "/" : SecondFactorPages.AddressOf("/")).ExecuteAsync(context);
            return;
        }

        SetStatus(context.Response, outcome);
        await page.WriteAsync<InvitationPage>(say => say["people.invitation"], new() { ["Code"] = code, ["PersonName"] = outcome.Person?.Name, ["Notice"] = FormNotice.Of(outcome) });
    }

    /// <summary>Says the same whether there is such a person or not.</summary>
    private static async Task ForgotAsync(HttpContext context, PageWriter page, ForgottenPassword forgotten)
    {
        if (await FormOf(context) is not { } form) return;
        var wait = await forgotten.AskAsync(form["name"].ToString(), Origin.Of(context));
        var notice = wait is { } time ? FormNotice.Of(new SignInOutcome(null, SignInDesk.TooManyTries, time)) : null;
        if (wait is not null) context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
        await page.WriteAsync<ForgottenPage>(say => say["people.forgotten"], new() { ["IsDone"] = wait is null, ["Notice"] = notice });
    }

    internal static Task WriteSignInAsync(PageWriter page, ForgottenPassword forgotten, string back, string? name = null, FormNotice? notice = null, bool hasLeft = false) =>
        page.WriteAsync<SignInPage>(say => say["people.sign_in"], new() { ["CanMail"] = forgotten.CanMail, ["Back"] = back, ["Name"] = name, ["Notice"] = notice, ["HasLeft"] = hasLeft });

    /// <returns>The form; absent, and answered, if the body is none.</returns>
    internal static async Task<IFormCollection?> FormOf(HttpContext context)
    {
        if (context.Request.HasFormContentType) return await context.Request.ReadFormAsync(context.RequestAborted);
        await Problems.OfStatus(StatusCodes.Status415UnsupportedMediaType).ExecuteAsync(context);
        return null;
    }

    internal static void SetStatus(HttpResponse response, SignInOutcome outcome)
    {
        response.StatusCode = outcome.Code switch
        {
            null => StatusCodes.Status200OK,
            SignInDesk.Wrong or SecondFactor.WrongCode => StatusCodes.Status401Unauthorized,
            SignInDesk.TooManyTries => StatusCodes.Status429TooManyRequests,
            _ => StatusCodes.Status422UnprocessableEntity,
        };
        if (outcome.Code == SignInDesk.TooManyTries) response.Headers.RetryAfter = Math.Ceiling(outcome.Wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
    }
}

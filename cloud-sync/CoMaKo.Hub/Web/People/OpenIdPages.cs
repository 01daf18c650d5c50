using System.Security.Cryptography;
using System.Text;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Access.OpenId;
using CoMaKo.Hub.Access.People;
using CoMaKo.Hub.Mail;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Pages;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.WebUtilities;

namespace CoMaKo.Hub.Web.People;

/// <summary>
/// The way to the provider and back. It begins with a link, not with a form, because browsers follow a form's redirect to another site only where a page's policy lets them.
/// Where no provider is configured these pages are not there.
/// </summary>
internal static class OpenIdPages
{
    public const string Begin = "/pages/openid";
    public const string Invitation = "/pages/openid/invitation";
    public const string Link = "/pages/openid/link";
    public const string Confirm = "/pages/openid/confirm";
    public const string Unlink = "/pages/openid/unlink";
    public const string End = "/pages/openid/end";
    public const string Callback = "/pages/openid/callback";

    public static void MapOpenId(this IEndpointRouteBuilder endpoints)
    {
        if (endpoints.ServiceProvider.GetService<OpenIdSettings>() is null) return;
        var pages = endpoints.MapGroup("").ExcludeFromDescription().DisableAntiforgery();
        pages.MapGet(Begin, (HttpContext context, OpenIdWay way, string? back) => way.SendAsync(context, OpenIdPurpose.SignIn, OwnPath.Of(back), null, 0)).ForAnyone();
        pages.MapGet(Invitation, InvitedAsync).ForAnyone();
        pages.MapGet(Link, (HttpContext context, OpenIdWay way, Caller caller) => way.SendAsync(context, OpenIdPurpose.Link, AccountPages.Path + "?done=openid", null, caller.Session!.PersonId)).ForPeople().WithFreshSignIn();
        pages.MapGet(Confirm, (HttpContext context, OpenIdWay way, Caller caller, string? back) => way.SendAsync(context, OpenIdPurpose.Confirm, OwnPath.Of(back), null, caller.Session!.PersonId)).ForPeople();
        pages.MapPost(Unlink, UnlinkAsync).ForPeople().WithFreshSignIn();
        pages.MapGet(Callback, ReturnAsync).ForVisitors();
        pages.MapGet(End, (HttpContext context, OpenIdWay way) => way.EndAsync(context)).ForAnyone();
    }

    /// <summary>The code was typed on the invitation's page, which sealed it into a cookie.</summary>
    private static async Task InvitedAsync(HttpContext context, OpenIdWay way, OpenIdCookie cookie)
    {
        if (cookie.Take(context) is { Purpose: OpenIdPurpose.Invitation, CodeHash: { } hash }) await way.SendAsync(context, OpenIdPurpose.Invitation, "/", hash, 0);
        else await new SeeOther(SignInPages.Invitation).ExecuteAsync(context);
    }

    private static async Task UnlinkAsync(HttpContext context, OpenIdDesk desk, Caller caller)
    {
        await desk.UnlinkAsync(caller.Session!);
        await new SeeOther($"{AccountPages.Path}?done=openid").ExecuteAsync(context);
    }

    private static async Task ReturnAsync(HttpContext context, PageWriter page, OpenIdWay way, ForgottenPassword forgotten, Caller caller)
    {
        context.Response.Headers.CacheControl = "no-store";
        var (outcome, purpose, back) = await way.ReturnAsync(context, caller);
        if (outcome.Secret is { } secret)
        {
            SessionCookie.Write(context, secret, outcome.Person!.Role);
            OpenIdCookie.Remember(context);
            await new SeeOther(outcome.Stage == SessionStage.Full ? back : SecondFactorPages.AddressOf(back)).ExecuteAsync(context);
        }
        else if (outcome.Code is null) await new SeeOther(back).ExecuteAsync(context);
        else await ShowAsync(context, page, forgotten, outcome, purpose, back);
    }

    /// <summary>Shows the page from which somebody went to the provider, with what was wrong.</summary>
    internal static Task ShowAsync(HttpContext context, PageWriter page, ForgottenPassword forgotten, SignInOutcome outcome, OpenIdPurpose purpose, string back)
    {
        SignInPages.SetStatus(context.Response, outcome);
        if (outcome.Code == OpenIdDesk.Unreachable) context.Response.StatusCode = StatusCodes.Status502BadGateway;
        return purpose == OpenIdPurpose.Confirm && Caller.Of(context).Session is not null
            ? context.RequestServices.GetRequiredService<ProofPage>().WriteAsync(page, Caller.Of(context), back, FormNotice.Of(outcome)) : SignInPages.WriteSignInAsync(page, forgotten, back, notice: FormNotice.Of(outcome));
    }
}

/// <summary>Sends browsers to the provider and judges with what they come back.</summary>
internal sealed class OpenIdWay(
    OpenIdSettings settings, OpenIdProvider provider, OpenIdDesk desk, OpenIdCookie cookie, MailSettings mail, TryLimit limit, RealClock clock, PageWriter page, ForgottenPassword forgotten, ILogger<OpenIdWay> log)
{
    private const int MostCode = 4096;

    /// <summary>Sends a browser to the provider.</summary>
    public async Task SendAsync(HttpContext context, OpenIdPurpose purpose, string back, byte[]? codeHash, long personId)
    {
        try
        {
            var doors = await provider.DoorsAsync(context.RequestAborted);
            var request = OpenIdRequest.New(purpose, back, codeHash, personId, clock.UnixMicroseconds);
            cookie.Write(context, request);
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Redirect(request.AddressAt(doors, settings, RedirectOf(context)));
        }
        catch (ProviderException failure)
        {
            log.LogWarning(failure, "CMH-1572. The provider of sign-ins cannot be used");
            await OpenIdPages.ShowAsync(context, page, forgotten, new SignInOutcome(null, OpenIdDesk.Unreachable), purpose, back);
        }
    }

    /// <summary>Takes the answer of the provider that a browser brings.</summary>
    /// <returns>What came of it, what it was for, and where to go on. A link and a proof that were made have neither secret nor code.</returns>
    public async Task<(SignInOutcome Outcome, OpenIdPurpose Purpose, string Back)> ReturnAsync(HttpContext context, Caller caller)
    {
        var origin = Origin.Of(context);
        if (limit.Take(origin.Address, null) is { } wait) return (new SignInOutcome(null, SignInDesk.TooManyTries, wait), OpenIdPurpose.SignIn, "/");
        var query = context.Request.Query;
        if (cookie.Take(context) is not { } asked || !IsSame(query["state"].ToString(), asked.State) || (query["iss"].ToString() is { Length: > 0 } issuer && issuer != settings.Issuer)) return (new SignInOutcome(null, OpenIdDesk.OtherRequest), OpenIdPurpose.SignIn, "/");
        if (query["code"].ToString() is not { Length: > 0 and <= MostCode } code)
        {
            log.LogWarning("CMH-1573. The provider of sign-ins refused: {Error}", Plain(query["error"].ToString()));
            return (new SignInOutcome(null, OpenIdDesk.Refused), asked.Purpose, asked.Back);
        }

        try
        {
            var check = await provider.CheckAsync(await provider.RedeemAsync(code, asked.Verifier, RedirectOf(context), context.RequestAborted), asked, context.RequestAborted);
            if (check.Subject is { } subject) return (await TakeAsync(asked, subject, caller, origin), asked.Purpose, asked.Back);
            log.LogWarning("CMH-1575. An ID token was refused: {Fault}", check.Fault);
            return (new SignInOutcome(null, OpenIdDesk.WrongToken), asked.Purpose, asked.Back);
        }
        catch (ProviderException failure)
        {
            log.LogWarning(failure, "CMH-1572. The provider of sign-ins cannot be used");
            return (new SignInOutcome(null, OpenIdDesk.Unreachable), asked.Purpose, asked.Back);
        }
    }

    /// <summary>Sends a browser to where people sign out at the provider (OpenID Connect RP-Initiated Logout 1.0), if there is such a place.</summary>
    public async Task EndAsync(HttpContext context)
    {
        string? end = null;
        try
        {
            end = (await provider.DoorsAsync(context.RequestAborted)).End;
        }
        catch (ProviderException failure)
        {
            log.LogWarning(failure, "CMH-1572. The provider of sign-ins cannot be used");
        }

        if (end is null) await new SeeOther(StartPage.SignIn).ExecuteAsync(context);
        else context.Response.Redirect(QueryHelpers.AddQueryString(end, new Dictionary<string, string?> { ["client_id"] = settings.ClientId, ["post_logout_redirect_uri"] = AddressOf(context, StartPage.SignIn) }));
    }

    private async Task<SignInOutcome> TakeAsync(OpenIdRequest asked, string subject, Caller caller, Origin origin) => asked.Purpose switch
    {
        OpenIdPurpose.Invitation => await desk.RedeemAsync(asked.CodeHash!, subject, origin),
        OpenIdPurpose.Link when caller.Session is { } session && session.PersonId == asked.PersonId => new SignInOutcome(null, await desk.LinkAsync(session, subject)),
        OpenIdPurpose.Confirm when caller.Session is { } session && session.PersonId == asked.PersonId => new SignInOutcome(null, await desk.ConfirmAsync(session, subject)),
        OpenIdPurpose.Link or OpenIdPurpose.Confirm => new SignInOutcome(null, OpenIdDesk.OtherRequest),
        _ => await desk.SignInAsync(subject, origin),
    };

    private string RedirectOf(HttpContext context) => AddressOf(context, OpenIdPages.Callback);

    private string AddressOf(HttpContext context, string path) => new Uri(mail.Pages ?? new Uri(UriHelper.BuildAbsolute(context.Request.Scheme, context.Request.Host)), path).ToString();

    private static bool IsSame(string one, string other) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));

    /// <summary>What a stranger may write into the log.</summary>
    private static string Plain(string text) => new([.. text.Where(c => char.IsAsciiLetterOrDigit(c) || c == '_').Take(60)]);
}

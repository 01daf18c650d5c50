using CoMaKo.Hub.Access;
using CoMaKo.Hub.Access.OpenId;
using CoMaKo.Hub.Access.People;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Pages;

namespace CoMaKo.Hub.Web.People;

/// <summary>The second step of signing in, and proving again who one is before something of weight.</summary>
internal static class SecondFactorPages
{
    private const string Path = "/pages/second_factor";
    private const string Confirm = "/pages/confirm";

    public static string AddressOf(string back) => $"{Path}?back={Uri.EscapeDataString(back)}";

    public static void MapSecondFactor(this IEndpointRouteBuilder endpoints)
    {
        var pages = endpoints.MapGroup("").ExcludeFromDescription().DisableAntiforgery();
        pages.MapGet(Path, ShowAsync).ForVisitors(); // for whom the password let in half way; who is no such is led to the sign-in page
        pages.MapPost(Path, TakeAsync).ForVisitors();
        pages.MapGet(Confirm, (PageWriter page, ProofPage proof, Caller caller, string? back) => proof.WriteAsync(page, caller, OwnPath.Of(back))).ForPeople();
        pages.MapPost(Confirm, ConfirmAsync).ForPeople();
    }

    private static async Task ShowAsync(HttpContext context, PageWriter page, SecondFactor second, string? back)
    {
        if (context.Features.Get<PersonSession>() is not { Stage: not SessionStage.Full } half) await new SeeOther("/").ExecuteAsync(context);
        else await WriteAsync(page, half, OwnPath.Of(back), half.Stage == SessionStage.MustSetUpSecondFactor ? second.Offer(half.PersonId) : null);
    }

    private static async Task TakeAsync(HttpContext context, PageWriter page, SignInDesk desk, SecondFactor second)
    {
        if (await SignInPages.FormOf(context) is not { } form) return;
        if (context.Features.Get<PersonSession>() is not { Stage: not SessionStage.Full } half)
        {
            await new SeeOther("/").ExecuteAsync(context);
            return;
        }

        string back = OwnPath.Of(form["back"]), code = form["code"].ToString();
        var offer = half.Stage == SessionStage.MustSetUpSecondFactor ? second.OfferOf(half.PersonId, form["offer"]) ?? second.Offer(half.PersonId) : null;
        var outcome = offer is null ? await desk.CompleteAsync(half, code, Origin.Of(context)) : await desk.SetUpAsync(half, offer, code, Origin.Of(context));
        if (outcome.Secret is { } secret) SessionCookie.Write(context, secret, half.Role);
        if (outcome.RecoveryCodes is { } codes) await page.WriteAsync<RecoveryCodesPage>(say => say["people.recovery"], new() { ["Codes"] = codes, ["Back"] = back });
        else if (outcome.Secret is not null) await new SeeOther(back).ExecuteAsync(context);
        else
        {
            SignInPages.SetStatus(context.Response, outcome);
            await WriteAsync(page, half, back, offer, FormNotice.Of(outcome));
        }
    }

    private static async Task ConfirmAsync(HttpContext context, PageWriter page, SignInDesk desk, ProofPage proof, Caller caller)
    {
        if (await SignInPages.FormOf(context) is not { } form) return;
        string back = OwnPath.Of(form["back"]);
        if (await desk.RefreshAsync(caller.Session!, form["proof"].ToString(), Origin.Of(context)) is not { } outcome)
        {
            await new SeeOther(back).ExecuteAsync(context);
            return;
        }

        SignInPages.SetStatus(context.Response, outcome);
        await proof.WriteAsync(page, caller, back, FormNotice.Of(outcome));
    }

    private static Task WriteAsync(PageWriter page, PersonSession half, string back, TotpOffer? offer, FormNotice? notice = null) => page.WriteAsync<SecondFactorPage>(
        say => say["people.second"],
        new()
        {
            ["Back"] = back, ["Notice"] = notice, ["Kept"] = offer?.Kept, ["SecretText"] = offer is null ? null : TotpCode.TextOf(offer.Secret), ["Address"] = offer is null ? null : TotpCode.AddressOf(offer.Secret, half.Name),
        });
}

/// <summary>The page on which somebody who is signed in proves it again, with the ways that this person has.</summary>
internal sealed class ProofPage(SecondFactor second, SignInDesk desk, IServiceProvider services)
{
    public async Task WriteAsync(PageWriter page, Caller caller, string back, FormNotice? notice = null)
    {
        var session = caller.Session!;
        bool isByApp = await second.HasAsync(session.PersonId);
        string? provider = !isByApp && services.GetService<OpenIdSettings>() is { } settings && await services.GetRequiredService<OpenIdDesk>().IsLinkedAsync(session.PersonId) ? settings.Name : null;
        await page.WriteAsync<ConfirmPage>(say => say["people.confirm"], new()
        {
            ["Back"] = back, ["Notice"] = notice, ["ByApp"] = isByApp, ["ByPassword"] = !isByApp && await desk.HasPasswordAsync(session), ["Provider"] = provider,
        }, refresh: null);
    }
}

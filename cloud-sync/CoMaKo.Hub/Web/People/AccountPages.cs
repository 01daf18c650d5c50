using CoMaKo.Hub.Access;
using CoMaKo.Hub.Access.OpenId;
using CoMaKo.Hub.Access.People;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Pages;

namespace CoMaKo.Hub.Web.People;

/// <summary>What the account page shows.</summary>
/// <param name="Keys">A member's own keys; absent for others, whose keys the command line makes.</param>
/// <param name="NewKey">The text of a key that was made just now, shown only now.</param>
internal sealed record AccountView(PersonSession Session, bool HasApp, IReadOnlyList<SessionRow> Sessions, IReadOnlyList<PasskeyRow> Passkeys, IReadOnlyList<KeyInfo>? Keys, string? NewKey, FormNotice? Notice, string? Done, LinkedProvider? OpenId = null);

/// <summary>The provider at which people may sign in, and whether this one does.</summary>
internal sealed record LinkedProvider(string Name, bool IsLinked);

/// <summary>What people change about their own way in.</summary>
internal static class AccountPages
{
    public const string Path = "/pages/account";

    public static void MapAccount(this IEndpointRouteBuilder endpoints)
    {
        var pages = endpoints.MapGroup("").ExcludeFromDescription().DisableAntiforgery().ForPeople();
        pages.MapGet(Path, (PageWriter page, AccountReader accounts, Caller caller, string? done) => WriteAsync(page, accounts, caller, done: done));
        pages.MapPost("/pages/account/password", ChangePasswordAsync);
        pages.MapPost("/pages/account/sessions", EndSessionsAsync);
        pages.MapGet("/pages/account/app", (PageWriter page, SecondFactor second, Caller caller) => WriteAppAsync(page, second.Offer(caller.Session!.PersonId), caller)).WithFreshSignIn();
        pages.MapPost("/pages/account/app", SetUpAppAsync).WithFreshSignIn();
        pages.MapPost("/pages/account/keys", MakeKeyAsync).ForPeople(Roles.Member);
        pages.MapPost("/pages/account/keys/revoke", RevokeKeyAsync).ForPeople(Roles.Member);
    }

    private static async Task ChangePasswordAsync(HttpContext context, PageWriter page, AccountReader accounts, SignInDesk desk, Caller caller)
    {
        if (await SignInPages.FormOf(context) is not { } form) return;
        if (await desk.ChangePasswordAsync(caller.Session!, form["old"].ToString(), form["new"].ToString(), Origin.Of(context)) is not { } wrong)
        {
            await new SeeOther($"{Path}?done=password").ExecuteAsync(context);
            return;
        }

        SignInPages.SetStatus(context.Response, wrong);
        await WriteAsync(page, accounts, caller, FormNotice.Of(wrong));
    }

    /// <summary>With the name of a session it ends that one, else all but this one.</summary>
    private static async Task EndSessionsAsync(HttpContext context, Accounts accounts, Caller caller)
    {
        if (await SignInPages.FormOf(context) is not { } form) return;
        await accounts.EndAsync(caller.Session!, form["session"] is [{ Length: > 0 } id] ? id : null);
        await new SeeOther($"{Path}?done=sessions").ExecuteAsync(context);
    }

    private static async Task SetUpAppAsync(HttpContext context, PageWriter page, SignInDesk desk, SecondFactor second, Caller caller)
    {
        if (await SignInPages.FormOf(context) is not { } form) return;
        var session = caller.Session!;
        var offer = second.OfferOf(session.PersonId, form["offer"]) ?? second.Offer(session.PersonId);
        var outcome = await desk.SetUpAsync(session, offer, form["code"].ToString(), Origin.Of(context));
        if (outcome.Secret is { } secret)
        {
            SessionCookie.Write(context, secret, session.Role);
            await page.WriteAsync<RecoveryCodesPage>(say => say["people.recovery"], new() { ["Codes"] = outcome.RecoveryCodes, ["Back"] = Path });
            return;
        }

        SignInPages.SetStatus(context.Response, outcome);
        await WriteAppAsync(page, offer, caller, FormNotice.Of(outcome));
    }

    private static async Task MakeKeyAsync(PageWriter page, AccountReader accounts, ApiKeys keys, Caller caller)
    {
        var key = await keys.CreateAsync(new KeyWish(Roles.Member, $"of {caller.Session!.Name}", caller.Participant), caller.Name);
        await WriteAsync(page, accounts, caller, newKey: key.Text);
    }

    private static async Task RevokeKeyAsync(HttpContext context, AccountReader accounts, ApiKeys keys, Caller caller)
    {
        if (await SignInPages.FormOf(context) is not { } form) return;
        string id = form["key"].ToString();
        if ((await accounts.KeysAsync(caller))?.Any(key => key.Id == id) == true) await keys.RevokeAsync(id, caller.Name);
        await new SeeOther($"{Path}?done=key").ExecuteAsync(context);
    }

    private static async Task WriteAsync(PageWriter page, AccountReader accounts, Caller caller, FormNotice? notice = null, string? newKey = null, string? done = null) =>
        await page.WriteAsync<AccountPage>(say => say["people.account"], new() { ["Content"] = await accounts.ReadAsync(caller, notice, newKey, done) });

    private static Task WriteAppAsync(PageWriter page, TotpOffer offer, Caller caller, FormNotice? notice = null) => page.WriteAsync<SecondFactorPage>(
        say => say["people.app"],
        new()
        {
            ["Back"] = Path, ["Action"] = "/pages/account/app", ["Notice"] = notice, ["Kept"] = offer.Kept, ["SecretText"] = TotpCode.TextOf(offer.Secret), ["Address"] = TotpCode.AddressOf(offer.Secret, caller.Session!.Name),
        });
}

/// <summary>Reads what the account page shows.</summary>
internal sealed class AccountReader(Accounts accounts, Passkeys passkeys, ApiKeys keys, SecondFactor second, RealClock clock, IServiceProvider services)
{
    private static readonly string[] Done = ["password", "sessions", "key", "passkey", "openid"];

    public async Task<AccountView> ReadAsync(Caller caller, FormNotice? notice, string? newKey, string? done) => new(
        caller.Session!, await second.HasAsync(caller.Session!.PersonId), await accounts.SessionsAsync(caller.Session!), await passkeys.ListAsync(caller.Session!.PersonId), await KeysAsync(caller), newKey, notice, Done.Contains(done) ? done : null, await ProviderAsync(caller.Session!.PersonId));

    /// <summary>The keys that reach a member's own things and are still good; absent for who is no member.</summary>
    public async Task<IReadOnlyList<KeyInfo>?> KeysAsync(Caller caller) => caller.Role != Roles.Member ? null
        : [.. (await keys.ListAsync()).Where(key => key.Role == Roles.Member && key.Participant == caller.Participant && key.RevokedUs is null && key.ExpiresUs > clock.UnixMicroseconds)];

    private async Task<LinkedProvider?> ProviderAsync(long personId) =>
        services.GetService<OpenIdSettings>() is { } settings ? new LinkedProvider(settings.Name, await services.GetRequiredService<OpenIdDesk>().IsLinkedAsync(personId)) : null;
}

using System.Text.Json;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Access.People;
using CoMaKo.Hub.Web.Api;

namespace CoMaKo.Hub.Web.People;

/// <summary>What the pages' script asks and answers for passkeys; a passkey cannot be used without script.</summary>
internal static class PasskeyEndpoints
{
    private const int LongestCredential = 64 * 1024;

    public static void MapPasskeys(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/pages/passkeys").ExcludeFromDescription().DisableAntiforgery();
        group.MapPost("/options", async (HttpContext context, Passkeys passkeys) => AnswerOf(await passkeys.AskToSignInAsync(context))).ForAnyone();
        group.MapPost("/sign_in", SignInAsync).ForAnyone();
        group.MapPost("/confirm", ConfirmAsync).ForPeople();
        group.MapPost("/new/options", async (HttpContext context, Passkeys passkeys, Caller caller) => AnswerOf(await passkeys.AskToMakeAsync(context, caller.Session!))).ForPeople().WithFreshSignIn();
        group.MapPost("/new", MakeAsync).ForPeople().WithFreshSignIn();
        group.MapPost("/remove", RemoveAsync).ForPeople();
    }

    private static async Task<IResult> SignInAsync(HttpContext context, Passkeys passkeys)
    {
        if (await ReadAsync(context.Request) is not var (id, credential, _)) return Unreadable();
        var outcome = await passkeys.SignInAsync(context, null, id, credential);
        if (outcome.Secret is not { } secret) return Wrong();
        SessionCookie.Write(context, secret, outcome.Person!.Role);
        return Results.NoContent();
    }

    private static async Task<IResult> ConfirmAsync(HttpContext context, Passkeys passkeys, Caller caller)
    {
        if (await ReadAsync(context.Request) is not var (id, credential, _)) return Unreadable();
        return (await passkeys.SignInAsync(context, caller.Session, id, credential)).Code is null ? Results.NoContent() : Wrong();
    }

    private static async Task<IResult> MakeAsync(HttpContext context, Passkeys passkeys, Caller caller)
    {
        if (await ReadAsync(context.Request) is not var (id, credential, name)) return Unreadable();
        return await passkeys.MakeAsync(context, caller.Session!, id, credential, name) is null ? Results.NoContent() : Wrong();
    }

    private static async Task RemoveAsync(HttpContext context, Passkeys passkeys, Caller caller)
    {
        if (await SignInPages.FormOf(context) is not { } form) return;
        await passkeys.RemoveAsync(caller.Session!, form["passkey"].ToString());
        await new SeeOther($"{AccountPages.Path}?done=passkey").ExecuteAsync(context);
    }

    /// <returns>Name of the challenge, the credential as JSON, and what its owner calls it; absent if the body is another one.</returns>
    private static async Task<(string Id, string Credential, string Name)?> ReadAsync(HttpRequest request)
    {
        if (request.ContentLength is null or > LongestCredential) return null;
        var (body, _) = await JsonBody.ReadAsync(request);
        return body is { ValueKind: JsonValueKind.Object } root && TextOf(root, "id") is { Length: <= 64 } id && root.TryGetProperty("credential", out var credential) && credential.ValueKind == JsonValueKind.Object
            ? (id, credential.GetRawText(), TextOf(root, "name") ?? "") : null;
    }

    private static string? TextOf(JsonElement root, string name) => root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static IResult AnswerOf(PasskeyQuestion question) => Results.Text($$"""{"id":"{{question.Id}}","options":{{question.Options}}}""", "application/json");

    private static IResult Unreadable() => Problems.OfStatus(StatusCodes.Status400BadRequest);

    /// <summary>Always the same: it does not say whether the passkey, its person or the answer is wrong.</summary>
    private static IResult Wrong() => Problems.Of(401, Passkeys.Refused, "Passkey refused", "The passkey is not known here, or its answer was wrong or too late. Try again, or sign in with the password.");
}

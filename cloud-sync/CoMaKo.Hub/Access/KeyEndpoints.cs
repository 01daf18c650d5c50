using System.Globalization;
using CoMaKo.Hub.Web.Api;
using NodaTime;

namespace CoMaKo.Hub.Access;

/// <summary>A key in the REST interface, without its secret.</summary>
/// <param name="Client">The same for all keys of a client.</param>
/// <param name="IsSigned">It signs requests and is never shown.</param>
/// <param name="LastUsed">To the hour; absent if it never was.</param>
internal sealed record KeyDocument(
    string Id, string Client, Roles Role, string Name, string? Participant, IReadOnlyList<string> Scopes, string? Network, bool IsSigned, string State, string Created, string Expires, string? LastUsed)
{
    public static KeyDocument Of(KeyInfo key, long nowUs) => new(
        key.Id, key.Client, key.Role, key.Name, key.Participant, key.Scopes, key.Network?.ToString(), key.IsSigned, key.RevokedUs is not null ? "revoked" : key.IsGoodAt(nowUs) ? "good" : "expired",
        Iso(key.CreatedUs), Iso(key.ExpiresUs), key.LastUsedUs is { } used ? Iso(used) : null);

    private static string Iso(long unixUs) => NodaTime.Text.InstantPattern.ExtendedIso.Format(Instant.FromUnixTimeTicks(unixUs * 10));
}

/// <summary>A key that was made just now: the only time its text is seen.</summary>
internal sealed record NewKeyDocument(string Id, string Key);

/// <summary>Keys of programs: which there are, and how a client gets its next one.</summary>
internal static class KeyEndpoints
{
    /// <summary>How long two keys of a client are good unless something else is said.</summary>
    public const int UsualOverlapDays = 7;

    /// <summary>After this one of the keys is forgotten, not in use.</summary>
    public const int MostOverlapDays = 30;

    public static void MapKeyEndpoints(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/keys", async (ApiKeys keys, TimeProvider clock) => Results.Ok((await keys.ListAsync()).Select(key => KeyDocument.Of(key, clock.UnixMicroseconds()))))
            .WithName("keys").WithSummary("Keys of programs without their secrets, with their last use").Produces<IReadOnlyList<KeyDocument>>().ForOperatorsAlone();
        endpoints.MapPost("/keys/{id}/rotation", RotateAsync).WithName("rotate_key")
            .WithSummary("Gives a client its next key, shown only now; the old one is good for overlap_days (7) more").TakesJson<object>().Produces<NewKeyDocument>().ProducesProblem(409).ForOperatorsAlone().WithFreshSignIn();
    }

    private static async Task<IResult> RotateAsync(HttpContext context, ApiKeys keys, Caller caller, string id)
    {
        var (body, problem) = await JsonBody.ReadAsync(context.Request);
        if (body is not { } root) return problem!;
        var findings = new FormFindings();
        if (JsonForm.Open(root, findings) is not { } form) return findings.ToProblem();
        long days = form.Number("overlap_days", 0, 0, MostOverlapDays) ?? UsualOverlapDays;
        form.Close();
        if (findings.Any) return findings.ToProblem();
        context.Response.Headers.CacheControl = "no-store";
        return await keys.RotateAsync(id, TimeSpan.FromDays(days), caller.Name) is { } key ? Results.Ok(new NewKeyDocument(key.Id, key.Text))
            : Problems.Of(409, "CMH-1516", "No next key", string.Create(CultureInfo.InvariantCulture, $"There is no good key '{id}', or its client has two good ones already: revoke one. GET /keys lists them."));
    }
}

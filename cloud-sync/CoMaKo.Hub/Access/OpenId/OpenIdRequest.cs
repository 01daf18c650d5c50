using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http.Extensions;

namespace CoMaKo.Hub.Access.OpenId;

/// <summary>What somebody went to the provider for.</summary>
internal enum OpenIdPurpose
{
    SignIn,

    /// <summary>Whoever has an invitation's code takes the account there instead of a password.</summary>
    Invitation,

    /// <summary>Whoever is signed in wants to sign in so, too.</summary>
    Link,

    /// <summary>Whoever is signed in proves again who they are.</summary>
    Confirm,
}

/// <summary>One way to the provider and back.</summary>
/// <param name="State">Ties the answer to this browser (RFC 6749 section 10.12).</param>
/// <param name="Verifier">Ties the code to this hub (RFC 7636).</param>
/// <param name="Back">Where to go afterwards.</param>
/// <param name="CodeHash">Of the invitation.</param>
/// <param name="PersonId">Who links or proves.</param>
/// <param name="EndsUs">Unix µs.</param>
internal sealed record OpenIdRequest(OpenIdPurpose Purpose, string State, string Nonce, string Verifier, string Back, byte[]? CodeHash, long PersonId, long EndsUs)
{
    public static OpenIdRequest New(OpenIdPurpose purpose, string back, byte[]? codeHash, long personId, long nowUs) => new(purpose, Random(), Random(), Random(), back, codeHash, personId, nowUs + OpenIdCookie.LifetimeUs);

    /// <summary>From when on the provider must have seen the person sign in, Unix seconds; absent: a sign-in that goes on there will do.</summary>
    public long? SignedInSince => Purpose == OpenIdPurpose.Confirm ? (EndsUs - OpenIdCookie.LifetimeUs) / 1_000_000 : null;

    /// <summary>The address to which a browser is sent. A proof asks for a sign-in now (OpenID Connect Core 1.0 section 3.1.2.1): <c>prompt</c> for it, <c>max_age</c> for the time of it in the token.</summary>
    public string AddressAt(ProviderDoors doors, OpenIdSettings settings, string redirect)
    {
        string challenge = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));
        var query = new QueryBuilder
        {
            { "response_type", "code" }, { "scope", "openid" }, { "client_id", settings.ClientId }, { "redirect_uri", redirect }, { "state", State }, { "nonce", Nonce }, { "code_challenge", challenge }, { "code_challenge_method", "S256" },
        };
        if (SignedInSince is not null)
        {
            query.Add("prompt", "login");
            query.Add("max_age", "0");
        }

        return doors.Authorize + (doors.Authorize.Contains('?', StringComparison.Ordinal) ? "&" + query.ToString()[1..] : query.ToString());
    }

    private static string Random() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
}

/// <summary>Keeps a request in the browser that made it, sealed, for ten minutes; replicas share the keys of the seal.</summary>
internal sealed class OpenIdCookie(IDataProtectionProvider protection, People.RealClock clock)
{
    public const long LifetimeUs = 600_000_000;

    private readonly IDataProtector seal = protection.CreateProtector("openid request");

    public void Write(HttpContext context, OpenIdRequest request) =>
        context.Response.Cookies.Append(NameOf(context.Request), seal.Protect(JsonSerializer.Serialize(request)), Options(context.Request, TimeSpan.FromMicroseconds(LifetimeUs)));

    /// <summary>Takes the request away, so that it is answered once.</summary>
    /// <returns>Absent if there is none, or it is too old.</returns>
    public OpenIdRequest? Take(HttpContext context)
    {
        if (context.Request.Cookies[NameOf(context.Request)] is not { } kept) return null;
        context.Response.Cookies.Delete(NameOf(context.Request), Options(context.Request, null));
        try
        {
            return JsonSerializer.Deserialize<OpenIdRequest>(seal.Unprotect(kept)) is { } request && request.EndsUs > clock.UnixMicroseconds ? request : null;
        }
        catch (Exception forged) when (forged is CryptographicException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Notes that the browser's session came from the provider, where its person may want to sign out, too.</summary>
    public static void Remember(HttpContext context) => context.Response.Cookies.Append(NameOf(context.Request) + "-in", "1", Options(context.Request, null));

    /// <returns>Whether it did; it is forgotten.</returns>
    public static bool Forget(HttpContext context)
    {
        string name = NameOf(context.Request) + "-in";
        if (!context.Request.Cookies.ContainsKey(name)) return false;
        context.Response.Cookies.Delete(name, Options(context.Request, null));
        return true;
    }

    private static string NameOf(HttpRequest request) => request.IsHttps ? "__Host-openid" : "openid";

    private static CookieOptions Options(HttpRequest request, TimeSpan? length) =>
        new() { HttpOnly = true, Secure = request.IsHttps, SameSite = SameSiteMode.Lax, Path = "/", MaxAge = length, IsEssential = true };
}

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace CoMaKo.Hub.Access.OpenId;

/// <summary>What an ID token must say to be believed.</summary>
/// <param name="Nonce">What this hub sent with the request.</param>
/// <param name="NowUnix">Seconds.</param>
/// <param name="SignedInSince">Not before this the person signed in at the provider, seconds; absent: whenever.</param>
internal sealed record TokenTerms(string Issuer, string ClientId, string Nonce, long NowUnix, long? SignedInSince = null);

/// <summary>What came of checking an ID token.</summary>
/// <param name="Subject">Who it is, by the provider's own id that never goes to somebody else; absent if it was refused.</param>
/// <param name="Fault">Why it was refused, for the log; nothing of the token itself.</param>
/// <param name="IsKeyUnknown">The key may be one that the provider has had for a short while only.</param>
internal sealed record TokenCheck(string? Subject, string Fault, bool IsKeyUnknown = false);

/// <summary>Checks ID tokens as OpenID Connect Core 1.0 section 3.1.3.7 asks. Pure; nothing throws, whatever the token is.</summary>
internal static class IdToken
{
    /// <summary>How far the clocks of hub and provider may differ, in seconds.</summary>
    public const long Skew = 60;

    private const int MostLength = 16 * 1024;
    private const int MostSubject = 255;
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 8, AllowDuplicateProperties = false };

    public static TokenCheck Check(string token, IReadOnlyList<SigningKey> keys, TokenTerms terms)
    {
        if (token.Length > MostLength || token.Split('.') is not [var head, var body, var sign] || !Base64Url.IsValid(head) || !Base64Url.IsValid(body) || !Base64Url.IsValid(sign)) return Refused("it is no signed token");
        if (ReadObject(head) is not { } header || ReadObject(body) is not { } claims) return Refused("its parts are no JSON objects");
        string? algorithm = Text(header, "alg");
        if (algorithm is not ("RS256" or "ES256")) return Refused("its algorithm is none of RS256, ES256");
        if (header.TryGetProperty("crit", out _)) return Refused("it has extensions that must be understood");
        string? id = Text(header, "kid");
        var fitting = keys.Where(key => key.Algorithm == algorithm && (id is null || key.Id == id)).ToList();
        if (fitting is not [var only]) return new TokenCheck(null, fitting.Count == 0 ? "its key is not the provider's" : "several keys fit it", IsKeyUnknown: fitting.Count == 0);
        return !only.Verifies(Encoding.ASCII.GetBytes($"{head}.{body}"), Base64Url.DecodeFromChars(sign)) ? Refused("its signature does not fit") : Judge(claims, terms);
    }

    private static TokenCheck Judge(JsonElement claims, TokenTerms terms)
    {
        if (Text(claims, "iss") != terms.Issuer) return Refused("it is another issuer's");
        string[] audience = Audience(claims);
        if (!audience.Contains(terms.ClientId, StringComparer.Ordinal)) return Refused("it is for another program");
        if ((audience.Length > 1 || claims.TryGetProperty("azp", out _)) && Text(claims, "azp") != terms.ClientId) return Refused("it was given to another program");
        if (Time(claims, "exp") is not { } end || end + Skew <= terms.NowUnix) return Refused("it has expired, or has no end");
        if (Time(claims, "iat") is not { } issued || issued - Skew > terms.NowUnix) return Refused("it comes from the future, or from no time");
        if (claims.TryGetProperty("nbf", out _) && (Time(claims, "nbf") is not { } from || from - Skew > terms.NowUnix)) return Refused("it is not good yet");
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Text(claims, "nonce") ?? ""), Encoding.UTF8.GetBytes(terms.Nonce))) return Refused("it answers another request");
        if (terms.SignedInSince is { } since && (Time(claims, "auth_time") is not { } signedIn || signedIn + Skew < since || signedIn - Skew > terms.NowUnix)) return Refused("it does not say that the person signed in just now");
        return Text(claims, "sub") is { Length: > 0 and <= MostSubject } subject && subject.All(char.IsAscii) && !subject.Any(char.IsControl) ? new TokenCheck(subject, "") : Refused("it names nobody");
    }

    private static TokenCheck Refused(string fault) => new(null, fault);

    private static JsonElement? ReadObject(string part)
    {
        try
        {
            using var document = JsonDocument.Parse(Base64Url.DecodeFromChars(part), Strict);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? Text(value) : null;

    private static string? Text(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null; // an escape for half a character: JSON, but no text
        }
    }

    private static string[] Audience(JsonElement claims)
    {
        if (!claims.TryGetProperty("aud", out var aud)) return [];
        string?[] names = aud.ValueKind == JsonValueKind.Array ? [.. aud.EnumerateArray().Select(Text)] : [Text(aud)];
        return names.Contains(null) ? [] : [.. names.OfType<string>()];
    }

    /// <summary>Seconds since 1970, which may have decimals (RFC 7519 section 2).</summary>
    private static decimal? Time(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out decimal seconds) && seconds is > 0 and < 100_000_000_000 ? seconds : null;
}

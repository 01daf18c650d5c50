using System.Security.Cryptography;
using CoMaKo.Hub.Storage;
using Microsoft.AspNetCore.Http.Features;

namespace CoMaKo.Hub.Access.Signatures;

/// <summary>
/// Requests whose key is not shown but signs (RFC 9421 with <c>hmac-sha256</c>, the body by RFC 9530): covered are method, address and the body's digest, made
/// within a minute of the hub's clock, with a nonce that no replica has seen before.
/// </summary>
internal sealed class SignedRequests(ApiKeys keys, HubDatabase database, TimeProvider clock)
{
    public const string InputHeader = "Signature-Input";

    private const string SignatureHeader = "Signature", DigestHeader = "Content-Digest", Algorithm = "hmac-sha256";
    private const int MemoryBytes = 256 * 1024, LeastNonce = 8, MostNonce = 64;
    private const long WindowSeconds = 60, NonceMicroseconds = 300_000_000;

    /// <summary>Whether a request claims to be signed.</summary>
    public static bool IsSigned(HttpRequest request) => request.Headers.ContainsKey(InputHeader);

    /// <summary>Whose key signed a request.</summary>
    /// <returns>The key; or why the signature does not count, for the client's programmer.</returns>
    public async ValueTask<(KeyInfo? Key, string Fault)> CheckAsync(HttpContext context)
    {
        var request = context.Request;
        if (SignatureInput.Parse(request.Headers[InputHeader].ToString()) is not { } input) return (null, $"{InputHeader} has one signature, with components without parameters (RFC 9421).");
        if (FaultOf(input, request) is { } fault) return (null, fault);
        if (SignatureInput.ParseBytes(request.Headers[SignatureHeader].ToString(), input.Label) is not { } code) return (null, $"{SignatureHeader} has no bytes under the label '{input.Label}'.");
        if (SignatureBase.Of(input, component => SignatureBase.ValueIn(request, component)) is not { } text) return (null, "A covered component is not in the request, or is not understood.");
        // A key that is not there costs as much as a wrong code, and both are one answer.
        var (key, secret) = await keys.FindSignedAsync(input.KeyId!);
        if (!SignatureBase.Fits(text, secret, code) || key is null) return (null, "The signature is not the one of a key that the hub knows.");
        if (HasBody(context) && !await HasDigestAsync(request)) return (null, $"{DigestHeader} is not the SHA-256 of the body.");
        return await IsNewAsync(key.Id, input.Nonce!) ? (key, "") : (null, "The nonce was used before.");
    }

    /// <summary>What can be said before any secret is looked at.</summary>
    private string? FaultOf(SignatureInput input, HttpRequest request)
    {
        long now = clock.UnixMicroseconds() / 1_000_000;
        bool hasQuery = request.QueryString.HasValue;
        bool coversAddress = input.Components.Contains("@target-uri") || input.Components.Contains("@request-target") || (input.Components.Contains("@path") && (!hasQuery || input.Components.Contains("@query")));
        if (!input.Components.Contains("@method") || !coversAddress) return "The signature covers @method and @target-uri, @request-target, or @path and @query.";
        if (HasBody(request.HttpContext) && !input.Components.Contains("content-digest")) return "The signature of a request with a body covers content-digest (RFC 9530).";
        if (input.Algorithm is not (null or Algorithm)) return $"alg is {Algorithm}.";
        if (input.KeyId is null) return "keyid names the key.";
        if (input.Nonce is not { Length: >= LeastNonce and <= MostNonce }) return FormattableString.Invariant($"nonce has {LeastNonce} to {MostNonce} characters.");
        if (input.Created is not { } created || Math.Abs(created - now) > WindowSeconds) return FormattableString.Invariant($"created lies within {WindowSeconds} s of the hub's clock, which shows {now}.");
        return input.Expires <= now ? "The signature has expired." : null;
    }

    private static bool HasBody(HttpContext context) => context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true && context.Request.ContentLength != 0;

    private static async Task<bool> HasDigestAsync(HttpRequest request)
    {
        if (SignatureInput.ParseBytes(request.Headers[DigestHeader].ToString(), "sha-256") is not { } expected) return false;
        request.EnableBuffering(MemoryBytes);
        byte[] actual = await SHA256.HashDataAsync(request.Body, request.HttpContext.RequestAborted);
        request.Body.Position = 0;
        return CryptographicOperations.FixedTimeEquals(actual, expected);
    }

    /// <summary>Whether no replica has seen the nonce; it is kept longer than its signature is good.</summary>
    private Task<bool> IsNewAsync(string keyId, string nonce) => database.WriteAsync(async tx =>
    {
        long now = clock.UnixMicroseconds();
        tx.Prepare("DELETE FROM web_nonce WHERE seen_us <= $1").Bind(now - NonceMicroseconds).Later();
        return await tx.Prepare("INSERT INTO web_nonce (key_id, nonce, seen_us) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING").Bind(keyId).Bind(nonce).Bind(now).RunAsync() == 1;
    });
}

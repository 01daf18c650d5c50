using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Features;

namespace CoMaKo.Hub.Access.Signatures;

/// <summary>The text that is signed (RFC 9421 §2.5) and the code over it (§3.3.3, HMAC with SHA-256).</summary>
internal static class SignatureBase
{
    /// <param name="valueOf">Value of a component; absent if the message has none.</param>
    /// <returns>Absent if a covered component is not there.</returns>
    public static string? Of(SignatureInput input, Func<string, string?> valueOf)
    {
        var text = new StringBuilder();
        foreach (string component in input.Components)
        {
            if (valueOf(component) is not { } value) return null;
            text.Append('"').Append(component).Append("\": ").Append(value).Append('\n');
        }

        return text.Append("\"@signature-params\": ").Append(input).ToString();
    }

    /// <summary>Whether a code is the one of this text, compared in constant time.</summary>
    public static bool Fits(string text, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> code) => CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(text)), code);

    /// <summary>A component's value in a request (§2.1 fields, §2.2 derived components).</summary>
    /// <returns>Absent if the request has none, or it is not understood here.</returns>
    public static string? ValueIn(HttpRequest request, string component)
    {
        string target = request.HttpContext.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        int query = target.IndexOf('?', StringComparison.Ordinal);
        return component switch
        {
            "@method" => request.Method,
            "@scheme" => request.Scheme,
            "@authority" => Authority(request),
            "@target-uri" => $"{request.Scheme}://{Authority(request)}{target}",
            "@request-target" => target,
            "@path" => query < 0 ? target : target[..query],
            "@query" => query < 0 ? "?" : target[query..],
            _ when component.StartsWith('@') => null,
            _ => request.Headers.TryGetValue(component, out var values) && values.All(value => value?.All(char.IsAscii) == true) ? string.Join(", ", values.Select(value => value!.Trim())) : null,
        };
    }

    private static string Authority(HttpRequest request)
    {
        string host = request.Host.Value?.ToLowerInvariant() ?? "";
        string usual = request.Scheme == "https" ? ":443" : ":80";
        return host.EndsWith(usual, StringComparison.Ordinal) ? host[..^usual.Length] : host;
    }
}

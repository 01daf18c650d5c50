using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using CoMaKo.Hub.Access.People;
using CoMaKo.Hub.Web.Api;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;

namespace CoMaKo.Hub.Web.People;

/// <summary>A form that was not taken because its sign-in was over or too old.</summary>
/// <param name="PersonId">Who had filled it in; nobody else sees it.</param>
/// <param name="EndsUs">When it is forgotten.</param>
/// <param name="Back">Path and query of the page on which it stands.</param>
/// <param name="Action">Path and query where it was sent.</param>
/// <param name="Fields">What was typed, without what must not be kept.</param>
public sealed record KeptForm(long PersonId, long EndsUs, string Back, string Action, Dictionary<string, string[]> Fields);

/// <summary>
/// Keeps what was typed until the person has signed in again, sealed in a cookie of the browser for the form's page alone, so that the hub stores nothing
/// for somebody who is not signed in. Only forms of our own pages are kept, in which the session's token shows who filled them in; passwords, codes and files are not.
/// </summary>
internal sealed class KeptForms(IDataProtectionProvider protection, PersonSessions sessions, RealClock clock)
{
    private const string Cookie = "kept_form";
    private const int MostBytes = 16 * 1024;

    /// <summary>A browser keeps 4096 bytes of a cookie with its name and attributes.</summary>
    private const int MostSealed = 3500;

    private static readonly TimeSpan Time = TimeSpan.FromMinutes(30);

    /// <summary>Fields that are never kept; every field of a password or of a code is among them.</summary>
    private static readonly string[] Secret = ["password", "old", "new", "code", "proof", "offer", "voice_pin", "confirm", "back", FormOrigin.Field, FormOrigin.Page];

    private readonly IDataProtector seal = protection.CreateProtector("CoMaKo.Hub.KeptForm");

    public static bool IsSecret(string field) => Secret.Contains(field, StringComparer.OrdinalIgnoreCase);

    /// <summary>Keeps the form of a request that is led to the sign-in; one that is too long, or not a page's own, is not kept.</summary>
    public async Task KeepAsync(HttpContext context)
    {
        var request = context.Request;
        if (!HttpMethods.IsPost(request.Method) || request.ContentLength is null or > MostBytes) return;
        if (SessionCookie.Read(request) is not { } secret || await sessions.OwnerAsync(secret) is not { } person || await ReadAsync(request) is not { } form) return;
        string back = OwnPath.Here(request);
        if (back is "/" || back.AsSpan().ContainsAny(';', ',')) return;
        if (!CryptographicOperations.FixedTimeEquals(System.Text.Encoding.UTF8.GetBytes(form[FormOrigin.Field].ToString()), System.Text.Encoding.UTF8.GetBytes(PersonSession.FormTokenOf(secret)))) return;
        string text = WebEncoders.Base64UrlEncode(seal.Protect(Pack(Of(request, form, back, person, clock.UnixMicroseconds + Time.Ticks / 10))));
        if (text.Length <= MostSealed) context.Response.Cookies.Append(Cookie, text, OptionsOf(request, back, Time));
    }

    /// <summary>What was kept for the page that this person asks for; it is shown once.</summary>
    public KeptForm? Take(HttpContext context, PersonSession session)
    {
        var request = context.Request;
        if (!HttpMethods.IsGet(request.Method) || request.Cookies[Cookie] is not { Length: <= MostSealed } text || Open(text) is not { } kept) return null;
        if (kept.Back != request.Path.ToUriComponent() + request.QueryString) return null;
        context.Response.Cookies.Delete(Cookie, OptionsOf(request, kept.Back, null));
        return kept.PersonId == session.PersonId && kept.EndsUs > clock.UnixMicroseconds ? kept : null;
    }

    /// <summary>The form that a page answers because it was not taken, to be shown again on it.</summary>
    public static KeptForm? Sent(HttpContext context) =>
        context.Response.StatusCode >= 400 && context.Features.Get<IFormFeature>()?.Form is { } form ? Of(context.Request, form, "", 0, 0) : null;

    private static KeptForm Of(HttpRequest request, IFormCollection form, string back, long person, long ends) => new(
        person, ends, back, request.Path.ToUriComponent() + request.QueryString,
        form.Where(field => !IsSecret(field.Key)).ToDictionary(field => field.Key, field => field.Value.Select(value => value ?? "").ToArray(), StringComparer.Ordinal));

    private static async Task<IFormCollection?> ReadAsync(HttpRequest request)
    {
        try
        {
            return request.HasFormContentType ? await request.ReadFormAsync(request.HttpContext.RequestAborted) : null;
        }
        catch (Exception e) when (e is InvalidDataException or BadHttpRequestException)
        {
            return null; // no form that could be shown again
        }
    }

    private static byte[] Pack(KeptForm form)
    {
        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.Optimal)) JsonSerializer.Serialize(brotli, form);
        return packed.ToArray();
    }

    private KeptForm? Open(string text)
    {
        try
        {
            using var packed = new MemoryStream(seal.Unprotect(WebEncoders.Base64UrlDecode(text)));
            using var brotli = new BrotliStream(packed, CompressionMode.Decompress);
            return JsonSerializer.Deserialize<KeptForm>(brotli);
        }
        catch (Exception e) when (e is FormatException or CryptographicException or JsonException or InvalidDataException)
        {
            return null; // of another hub, or changed
        }
    }

    private static CookieOptions OptionsOf(HttpRequest request, string back, TimeSpan? length) =>
        new() { HttpOnly = true, Secure = request.IsHttps, SameSite = SameSiteMode.Lax, Path = back.Split('?')[0], MaxAge = length, IsEssential = true };
}

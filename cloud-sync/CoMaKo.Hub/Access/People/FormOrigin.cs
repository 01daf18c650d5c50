using System.Security.Cryptography;
using System.Text;

namespace CoMaKo.Hub.Access.People;

/// <summary>Whether a changing request that a browser sends by itself comes from a page of ours. Nothing of it depends on script.</summary>
internal static class FormOrigin
{
    /// <summary>Field of a form (<c>&lt;FormToken /&gt;</c>).</summary>
    public const string Field = "form_token";

    /// <summary>The same for script.</summary>
    public const string Header = "X-Form-Token";

    /// <summary>Field of a form that stands on an answer: the page on which it stood first.</summary>
    public const string Page = "form_page";

    /// <summary>What the browser says of the page that sent it; programs say nothing.</summary>
    public static bool IsElsewhere(HttpRequest request)
    {
        if (request.Headers["Sec-Fetch-Site"].ToString() is { Length: > 0 } site) return site is not ("same-origin" or "none");
        string origin = request.Headers.Origin.ToString();
        return origin.Length > 0 && !(Uri.TryCreate(origin, UriKind.Absolute, out var address) && string.Equals(address.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Whether it carries the session's token, in the header or in the form, which is read for that.</summary>
    /// <exception cref="BadHttpRequestException">The form is too long.</exception>
    public static async ValueTask<bool> HasTokenAsync(HttpRequest request, PersonSession session)
    {
        string? token = request.Headers[Header];
        if (token is null && request.HasFormContentType)
        {
            try
            {
                token = (await request.ReadFormAsync(request.HttpContext.RequestAborted))[Field];
            }
            catch (InvalidDataException)
            {
                return false;
            }
        }

        return token is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(session.FormToken));
    }
}

namespace CoMaKo.Hub.Access.People;

/// <summary>
/// The cookie of a session. With TLS it carries the <c>__Host-</c> prefix and <c>Secure</c>; on plain HTTP (a trial on one machine) a browser would not
/// keep such a cookie, so it goes without. <c>HttpOnly</c> and <c>SameSite=Lax</c> hold everywhere.
/// </summary>
internal static class SessionCookie
{
    public static string NameOf(HttpRequest request) => request.IsHttps ? "__Host-session" : "session";

    public static string? Read(HttpRequest request) => request.Cookies[NameOf(request)];

    /// <summary>A member's outlasts the browser, an operator's does not. The hub decides when a session is over, the browser only keeps its name.</summary>
    public static void Write(HttpContext context, string secret, Roles role) =>
        context.Response.Cookies.Append(NameOf(context.Request), secret, Options(context.Request, role == Roles.Member ? PersonSession.LongestOf(role) : null));

    public static void Clear(HttpContext context) => context.Response.Cookies.Delete(NameOf(context.Request), Options(context.Request, null));

    private static CookieOptions Options(HttpRequest request, TimeSpan? length) =>
        new() { HttpOnly = true, Secure = request.IsHttps, SameSite = SameSiteMode.Lax, Path = "/", MaxAge = length, IsEssential = true };
}

using Microsoft.AspNetCore.Http;

namespace CoMaKo.Edge.Diagnostics.Access;

/// <summary>
/// Names and traits of the cookies that sign-in needs. With HTTPS they carry the <c>__Host-</c> prefix and <c>Secure</c>. On plain HTTP (loopback, the box's own link)
/// a browser would not keep such cookies, so they go without; <c>HttpOnly</c> and <c>SameSite=Strict</c> hold everywhere.
/// </summary>
internal static class Cookies
{
    public static string Session(HttpRequest request) => Name(request, "session");

    public static string Visit(HttpRequest request) => Name(request, "visit");

    /// <summary>Marks a browser that signed in before.</summary>
    public static string Device(HttpRequest request) => Name(request, "device");

    /// <param name="length">Absent: until the browser is closed.</param>
    public static CookieOptions Options(HttpRequest request, TimeSpan? length) => new()
    {
        HttpOnly = true,
        Secure = request.IsHttps,
        SameSite = SameSiteMode.Strict,
        Path = "/",
        MaxAge = length,
        IsEssential = true,
    };

    private static string Name(HttpRequest request, string name) => request.IsHttps ? "__Host-" + name : name;
}

using CoMaKo.Hub.Access.People;
using Microsoft.AspNetCore.Http.Features;

namespace CoMaKo.Hub.Web.Api;

/// <summary>Leads a browser to another of our pages, with a GET whatever it sent (303).</summary>
/// <param name="path">The page, as the request is when the answer is sent.</param>
internal sealed class SeeOther(Func<HttpRequest, string> path) : IResult
{
    public SeeOther(string path)
        : this(_ => path)
    {
    }

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
        httpContext.Response.Headers.Location = path(httpContext.Request);
        return Task.CompletedTask;
    }
}

/// <summary>Addresses that a browser names to come back to: only those of this hub are followed.</summary>
internal static class OwnPath
{
    /// <returns>The path with its query, or <c>/</c> if it leads elsewhere.</returns>
    public static string Of(string? back) =>
        back is ['/', ..] && !back.StartsWith("//", StringComparison.Ordinal) && back.Length <= 2000 && back.All(c => c is > ' ' and < '\x7f' and not '\\') ? back : "/";

    /// <summary>The page from which a form was sent, or the page that was asked for. A form that stands on an answer names its page itself, if it has been read.</summary>
    public static string Here(HttpRequest request)
    {
        if (HttpMethods.IsGet(request.Method)) return Of(request.Path + request.QueryString);
        if (request.HttpContext.Features.Get<IFormFeature>()?.Form?[FormOrigin.Page] is [{ Length: > 0 } named]) return Of(named);
        return Uri.TryCreate(request.Headers.Referer, UriKind.Absolute, out var from) && string.Equals(from.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase) ? Of(from.PathAndQuery) : "/";
    }

    /// <summary>Whether a browser asks, which wants a page and not a document for programs.</summary>
    public static bool WantsPage(HttpRequest request) =>
        request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase) && !request.Headers.ContainsKey(Access.Gate.Header);
}

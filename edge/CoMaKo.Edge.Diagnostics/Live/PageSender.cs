using CoMaKo.Edge.Diagnostics.Views;
using Microsoft.AspNetCore.Http;

namespace CoMaKo.Edge.Diagnostics.Live;

/// <summary>Answers a request with a page.</summary>
internal sealed class PageSender(ViewFactory views, PageRenderer renderer)
{
    /// <param name="edit">Changes what is shown, e.g. adds a notice.</param>
    public async Task SendAsync(HttpContext context, Func<ViewRequest, ViewRequest>? edit = null, int status = StatusCodes.Status200OK)
    {
        var request = ViewRequest.Of(context, context.Request.Path + context.Request.QueryString);
        var view = await views.CreateAsync(edit is null ? request : edit(request), context.RequestAborted);
        bool isThere = view.Request.Page != PageKind.NotFound && (view.Request.Page != PageKind.Meter || view.Device is not null);
        var response = context.Response;
        response.StatusCode = isThere ? status : StatusCodes.Status404NotFound;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.CacheControl = "no-store"; // live values; also keeps the back button from showing old ones
        await response.WriteAsync(await renderer.RenderAsync(view), context.RequestAborted);
    }
}

/// <summary>Short answers.</summary>
internal static class Answers
{
    /// <summary>Go on there, with GET.</summary>
    public static void SeeOther(this HttpResponse response, string address)
    {
        response.StatusCode = StatusCodes.Status303SeeOther;
        response.Headers.Location = address;
    }

    public static Task SendStatusAsync(this HttpResponse response, int status)
    {
        response.StatusCode = status;
        return response.CompleteAsync();
    }

    /// <summary>An address to go back to, only if it is one of ours.</summary>
    public static string Ours(string? address) =>
        address is not null && address.StartsWith('/') && !address.StartsWith("//", StringComparison.Ordinal) && address.All(c => c is > ' ' and < '\x7f' and not '\\') ? address : "/";
}

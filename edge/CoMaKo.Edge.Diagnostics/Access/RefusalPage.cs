using System.Globalization;
using CoMaKo.Edge.Diagnostics.Api;
using CoMaKo.Edge.Diagnostics.Live;
using CoMaKo.Edge.Diagnostics.Views;
using Microsoft.AspNetCore.Http;

namespace CoMaKo.Edge.Diagnostics.Access;

/// <summary>Says no: to people with a page and the next step, to machines with problem details.</summary>
internal sealed class RefusalPage(PageSender pages, IAccessStore store)
{
    public async Task SendAsync(HttpContext context, Refusal refusal)
    {
        if (refusal.Wait > TimeSpan.Zero) context.Response.Headers.RetryAfter = Math.Ceiling(refusal.Wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        if (!WantsPage(context.Request)) await Problems.Of(refusal).ExecuteAsync(context);
        else if (refusal == Refusal.WrongHost) await context.Response.SendStatusAsync(refusal.Status); // a page would be readable for the foreign name
        else if (NextStep(context, refusal) is { } address) context.Response.SeeOther(address);
        else await pages.SendAsync(context, request => request with { Page = PageKind.Refused, Notice = refusal }, refusal.Status);
    }

    /// <summary>Scripts ask for JSON; whoever takes a page gets one.</summary>
    public static bool WantsPage(HttpRequest request) => request.GetTypedHeaders().Accept.Any(accept => accept.MediaType == "text/html");

    private string? NextStep(HttpContext context, Refusal refusal)
    {
        string back = "?back=" + Uri.EscapeDataString(HttpMethods.IsGet(context.Request.Method) ? context.Request.Path + context.Request.QueryString : context.Request.Path);
        if (refusal == Refusal.SignInNeeded) return (IsNew() ? "/first-boot" : "/sign-in") + back;
        if (refusal == Refusal.PasswordNeeded) return "/confirm" + back;
        return refusal == Refusal.RoleNeeded && Visitor.Of(context).Account is { MustChange: true } ? "/account" : null;
    }

    private bool IsNew()
    {
        try
        {
            return store.Read() is { Accounts.Count: 0 };
        }
        catch (AccessStoreException)
        {
            return false;
        }
    }
}

using CoMaKo.Edge.Diagnostics.Live;
using CoMaKo.Edge.Diagnostics.Views;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace CoMaKo.Edge.Diagnostics.Access;

/// <summary>Sign-in and the own account. Every form works without script; the page of an address also takes its form.</summary>
internal sealed class AccessEndpoints(AccountBook book, Sessions sessions, PageSender pages, Audit audit)
{
    private static readonly TimeSpan DeviceLength = TimeSpan.FromDays(365);

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/first-boot", (HttpContext context, PageSender pages) => pages.SendAsync(context)).WithMetadata(AccessRule.Anybody);
        endpoints.MapPost("/first-boot", (HttpContext context, AccessEndpoints access) => access.FirstBootAsync(context)).WithMetadata(AccessRule.Anybody);
        endpoints.MapGet("/sign-in", (HttpContext context, PageSender pages) => pages.SendAsync(context)).WithMetadata(AccessRule.Anybody);
        endpoints.MapPost("/sign-in", (HttpContext context, AccessEndpoints access) => access.SignInAsync(context)).WithMetadata(AccessRule.Anybody);
        endpoints.MapPost("/sign-out", (HttpContext context, AccessEndpoints access) => access.SignOutAsync(context)).WithMetadata(AccessRule.Account);
        endpoints.MapGet("/confirm", (HttpContext context, PageSender pages) => pages.SendAsync(context)).WithMetadata(AccessRule.Account);
        endpoints.MapPost("/confirm", (HttpContext context, AccessEndpoints access) => access.ConfirmAsync(context)).WithMetadata(AccessRule.Account);
        endpoints.MapGet("/account", (HttpContext context, PageSender pages) => pages.SendAsync(context)).WithMetadata(AccessRule.Account);
        endpoints.MapPost("/account", (HttpContext context, AccessEndpoints access) => access.AccountAsync(context)).WithMetadata(AccessRule.Account);
    }

    /// <summary>Where this browser is, for limits and records; of IPv6 the network, since one browser has many addresses in it.</summary>
    public static string AddressOf(HttpContext context)
    {
        if (context.Connection.RemoteIpAddress is not { } address) return "unknown";
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        byte[] bytes = address.GetAddressBytes();
        return bytes.Length == 16 ? Convert.ToHexStringLower(bytes, 0, 8) : address.ToString();
    }

    private async Task FirstBootAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var (account, refusal) = await book.UseCodeAsync(form["code"], form["name"], form["password"], AddressOf(context), context.RequestAborted);
        if (refusal is not null)
        {
            if (refusal.Wait == TimeSpan.Zero) await audit.WriteAsync(context, "code-refused", null, ("code", refusal.Code));
            await pages.SendAsync(context, request => request with { Page = PageKind.FirstBoot, Notice = refusal, Typed = form["name"] }, refusal.Status);
            return;
        }

        await audit.WriteAsync(context, "code-used", account!.Name, ("role", account.Role.ToString()));
        await BeginAsync(context, account);
        context.Response.SeeOther(Answers.Ours(form["back"]));
    }

    private async Task SignInAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var (account, refusal) = await book.SignInAsync(form["name"], form["password"], context.Request.Cookies[Cookies.Device(context.Request)], AddressOf(context), context.RequestAborted);
        if (refusal is not null)
        {
            if (refusal.Wait == TimeSpan.Zero) await audit.WriteAsync(context, "sign-in-refused", Known(form["name"]), ("code", refusal.Code));
            await pages.SendAsync(context, request => request with { Page = PageKind.SignIn, Notice = refusal, Typed = form["name"], Back = form["back"] }, refusal.Status);
            return;
        }

        await audit.WriteAsync(context, "sign-in", account!.Name);
        await BeginAsync(context, account);
        context.Response.SeeOther(account.MustChange ? "/account" : Answers.Ours(form["back"]));
    }

    private async Task SignOutAsync(HttpContext context)
    {
        var visitor = Visitor.Of(context);
        sessions.End(visitor.Session!);
        context.Response.Cookies.Delete(Cookies.Session(context.Request), Cookies.Options(context.Request, null));
        await audit.WriteAsync(context, "sign-out", visitor.Account!.Name);
        context.Response.SeeOther("/");
    }

    private async Task ConfirmAsync(HttpContext context)
    {
        var visitor = Visitor.Of(context);
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var (_, refusal) = await book.SignInAsync(visitor.Account!.Name, form["password"], context.Request.Cookies[Cookies.Device(context.Request)], AddressOf(context), context.RequestAborted);
        if (refusal is not null)
        {
            if (refusal.Wait == TimeSpan.Zero) await audit.WriteAsync(context, "confirmation-refused", visitor.Account.Name, ("code", refusal.Code));
            await pages.SendAsync(context, request => request with { Page = PageKind.Confirm, Notice = refusal, Back = form["back"] }, refusal.Status);
            return;
        }

        sessions.Confirm(visitor.Session!);
        context.Response.SeeOther(Answers.Ours(form["back"]));
    }

    private async Task AccountAsync(HttpContext context)
    {
        var visitor = Visitor.Of(context);
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        if (form["do"] == "end-others")
        {
            sessions.EndAll(visitor.Account!.Name, but: visitor.Session);
            await audit.WriteAsync(context, "sessions-ended", visitor.Account.Name);
            context.Response.SeeOther("/account");
            return;
        }

        var refusal = await book.ChangePasswordAsync(visitor.Account!, form["present"], form["password"], AddressOf(context), context.RequestAborted);
        if (refusal is not null)
        {
            if (refusal.Wait == TimeSpan.Zero) await audit.WriteAsync(context, "password-change-refused", visitor.Account!.Name, ("code", refusal.Code));
            await pages.SendAsync(context, request => request with { Page = PageKind.Account, Notice = refusal }, refusal.Status);
            return;
        }

        // The new generation has ended every session; this one begins anew.
        sessions.EndAll(visitor.Account!.Name);
        await audit.WriteAsync(context, "password-changed", visitor.Account.Name);
        if (book.State.Find(visitor.Account.Name) is { } account) await BeginAsync(context, account);
        context.Response.SeeOther(visitor.Account.MustChange ? "/" : "/account?done=password");
    }

    private async Task BeginAsync(HttpContext context, Account account)
    {
        var request = context.Request;
        if (sessions.Find(request.Cookies[Cookies.Session(request)]) is { } old) sessions.End(old);
        string browser = request.Headers.UserAgent.ToString();
        string secret = sessions.Begin(account, context.Connection.RemoteIpAddress?.ToString() ?? "", browser.Length > 200 ? browser[..200] : browser);
        context.Response.Cookies.Append(Cookies.Session(request), secret, Cookies.Options(request, null));

        string device = request.Cookies[Cookies.Device(request)] is { Length: 64 } known ? known : System.Security.Cryptography.RandomNumberGenerator.GetHexString(64, lowercase: true);
        await book.RememberDeviceAsync(account, device, context.RequestAborted);
        context.Response.Cookies.Append(Cookies.Device(request), device, Cookies.Options(request, DeviceLength));
    }

    private string? Known(string? typed) => book.State.Find(Names.Read(typed) ?? "")?.Name;
}

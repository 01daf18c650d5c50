using CoMaKo.Edge.Diagnostics.Live;
using CoMaKo.Edge.Diagnostics.Views;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace CoMaKo.Edge.Diagnostics.Access;

/// <summary>Operators look after accounts. Passwords are made by the box, shown once, and serve only to set an own one.</summary>
internal sealed class UserEndpoints(AccountBook book, Sessions sessions, PageSender pages, Audit audit)
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/users", (HttpContext context, PageSender pages) => pages.SendAsync(context)).WithMetadata(AccessRule.OperatorPage);
        endpoints.MapPost("/users", (HttpContext context, UserEndpoints users) => users.ChangeAsync(context)).WithMetadata(AccessRule.Operator);
    }

    private async Task ChangeAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        string name = form["name"].ToString();
        string by = Visitor.Of(context).Account!.Name;
        bool hasRole = Enum.TryParse<Role>(form["role"], ignoreCase: true, out var role) && Enum.IsDefined(role);
        var (secret, refusal) = form["do"].ToString() switch
        {
            "add" when hasRole => await book.AddAsync(name, role, context.RequestAborted),
            "reset" => await book.ResetAsync(name, context.RequestAborted),
            "role" when hasRole => (null, await book.SetRoleAsync(name, role, context.RequestAborted)),
            "disable" => (null, await book.SetDisabledAsync(name, true, context.RequestAborted)),
            "enable" => (null, await book.SetDisabledAsync(name, false, context.RequestAborted)),
            _ => (null, Refusal.WrongForm),
        };
        if (refusal is null)
        {
            string account = book.State.Find(Names.Read(name)!)!.Name;
            if (form["do"] != "add") sessions.EndAll(account);
            await audit.WriteAsync(context, Event(form["do"]!), by, [("account", account), .. hasRole ? [("role", role.ToString())] : Array.Empty<(string, string)>()]);
        }

        if (refusal is null && secret is null) context.Response.SeeOther("/users");
        else await pages.SendAsync(context, request => request with { Page = PageKind.Users, Notice = refusal, Typed = name, Secret = secret }, refusal?.Status ?? StatusCodes.Status200OK);
    }

    private static string Event(string what) => what switch
    {
        "add" => "account-added",
        "reset" => "password-reset",
        "role" => "role-changed",
        "disable" => "account-disabled",
        _ => "account-enabled",
    };
}

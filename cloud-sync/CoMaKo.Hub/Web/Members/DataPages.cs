using CoMaKo.Hub.Access;
using CoMaKo.Hub.Access.OwnData;
using CoMaKo.Hub.Web.Pages;

namespace CoMaKo.Hub.Web.Members;

/// <summary>A member's own data: everything as one file, and the request to erase it.</summary>
internal static class DataPages
{
    private const string Address = "/pages/my/data";

    public static void MapDataPages(this IEndpointRouteBuilder endpoints)
    {
        var pages = endpoints.MapGroup("").ExcludeFromDescription().ForMembers("");
        pages.MapGet(Address, async (HttpContext context, PageWriter page, MemberReader members, Erasures erasures, Caller caller) => await WriteAsync(context, page, members, erasures, caller, false));
        pages.MapGet(Address + "/export.zip", ExportAsync);
        pages.MapPost(Address + "/erasure", EraseAsync).DisableAntiforgery();
    }

    private static async Task WriteAsync(HttpContext context, PageWriter page, MemberReader members, Erasures erasures, Caller caller, bool isWrong)
    {
        if (await members.FindAsync(caller, context.Request) is not { } member)
        {
            await page.WriteNotFoundAsync();
            return;
        }

        await page.WriteAsync<DataPage>(say => say["members.account"], new() { ["Member"] = member, ["Erasure"] = await erasures.FindAsync(member.Participant), ["IsWrong"] = isWrong, ["HasAccount"] = HasAccount(context, caller) }, refresh: null);
    }

    private static bool HasAccount(HttpContext context, Caller caller) =>
        caller.Session is not null && context.RequestServices.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Any(endpoint => endpoint.RoutePattern.RawText == "/pages/account");

    private static async Task ExportAsync(HttpContext context, PageWriter page, MemberReader members, OwnExport export, Caller caller)
    {
        if (await members.FindAsync(caller, context.Request) is not { } member)
        {
            await page.WriteNotFoundAsync();
            return;
        }

        byte[] file = await export.MakeAsync(member.Participant, context.RequestAborted);
        context.Response.ContentType = "application/zip";
        context.Response.Headers.ContentDisposition = "attachment; filename=\"comako-own-data.zip\"";
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.Body.WriteAsync(file, context.RequestAborted);
    }

    /// <summary>What is irreversible asks for the id to be typed.</summary>
    private static async Task EraseAsync(HttpContext context, PageWriter page, MemberReader members, Erasures erasures, Caller caller)
    {
        if (!context.Request.HasFormContentType || await members.FindAsync(caller, context.Request) is not { } member)
        {
            await page.WriteNotFoundAsync();
            return;
        }

        if ((await context.Request.ReadFormAsync(context.RequestAborted))["confirm"].ToString().Trim() != member.Participant)
        {
            context.Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
            await WriteAsync(context, page, members, erasures, caller, true);
            return;
        }

        // The caller's own way in goes with it: the answer is written now, because the next request would find nobody.
        var state = await erasures.RequestAsync(member.Participant, caller);
        await page.WriteAsync<DataPage>(say => say["members.account"], new() { ["Member"] = member with { Name = member.Participant }, ["Erasure"] = state }, refresh: null);
    }
}

using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.People;

namespace CoMaKo.Hub.Web.Pages;

/// <summary>A refusal as a page for browsers; programs get the problem itself. Who is led to the sign-in finds again what they had typed.</summary>
internal static class RefusalPage
{
    public static async Task SendAsync(HttpContext context, IResult refusal)
    {
        if (refusal is SeeOther) await context.RequestServices.GetRequiredService<KeptForms>().KeepAsync(context);
        if (refusal is not IStatusCodeHttpResult { StatusCode: { } status and (403 or 404 or 429) } || !OwnPath.WantsPage(context.Request))
        {
            await refusal.ExecuteAsync(context);
            return;
        }

        var page = context.RequestServices.GetRequiredService<PageWriter>();
        context.Response.StatusCode = status;
        if (status == 404) await page.WriteNotFoundAsync();
        else await page.WriteAsync<RefusedPage>(say => say["people.refused.title"], new() { ["Code"] = CodeOf(refusal) });
    }

    private static string? CodeOf(IResult refusal) =>
        refusal is IValueHttpResult<Microsoft.AspNetCore.Mvc.ProblemDetails> { Value: { } problem } && problem.Extensions.TryGetValue("code", out object? code) ? code as string : null;
}

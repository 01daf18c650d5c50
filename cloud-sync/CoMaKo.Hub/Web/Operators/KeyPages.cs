using System.Globalization;
using System.Net;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Pages;
using CoMaKo.Hub.Web.Parts;

namespace CoMaKo.Hub.Web.Operators;

/// <summary>Keys of programs: made, made anew, revoked. A secret is on the page that answers its making, and nowhere else.</summary>
internal static class KeyPages
{
    public static void MapKeyPages(this IEndpointRouteBuilder pages)
    {
        pages.MapGet("/pages/new_key", async (PageWriter page) => await WriteNewAsync(page, NewKey()));
        pages.MapGet("/pages/keys/{id}", async (ApiKeys keys, PageWriter page, string id) => await ShowAsync(keys, page, id, null));
        pages.MapPost("/pages/keys", CreateAsync).WithFreshSignIn();
        pages.MapPost("/pages/keys/{id}/rotate", RotateAsync).WithFreshSignIn();
        pages.MapPost("/pages/keys/{id}/revoke", RevokeAsync).WithFreshSignIn();
    }

    private static async Task CreateAsync(HttpContext context, ApiKeys keys, PageWriter page, Caller caller)
    {
        if (await DecisionPages.FormAsync(context) is not { } form) return;
        var findings = new FormFindings();
        IPNetwork? network = null;
        if (form.Text("network") is { } text)
        {
            if (IPNetwork.TryParse(text, out var parsed)) network = parsed;
            else findings.Add("network", "CMH-1511", "A network is written as 192.0.2.0/24.");
        }

        var role = form.Text("role") switch { "operator" => Roles.Operator, "viewer" => Roles.Viewer, "member" => Roles.Member, _ => Roles.Partner };
        int days = int.TryParse(form.Text("days"), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
        var wish = new KeyWish(role, form.Text("name") ?? "", form.Text("participant"), form.Text("scopes")?.Split((char[])[' ', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries), network, days);
        foreach (var finding in wish.Validate()) findings.Add(finding.Path == "scope" ? "scopes" : finding.Path, finding.Code, finding.Text);
        if (findings.Any)
        {
            context.Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
            await WriteNewAsync(page, NewKey().With(form), PageProblem.Of(findings));
            return;
        }

        var key = await keys.CreateAsync(wish, caller.Name);
        await ShowAsync(keys, page, key.Id, key.Text);
    }

    /// <summary>The same key with a new secret and a new year; the old one ends.</summary>
    private static async Task RotateAsync(HttpContext context, ApiKeys keys, PageWriter page, Caller caller, string id)
    {
        if (await DecisionPages.FormAsync(context) is null) return;
        if ((await keys.ListAsync()).FirstOrDefault(each => each.Id == id && each.RevokedUs is null) is not { } old)
        {
            await page.WriteNotFoundAsync();
            return;
        }

        var key = await keys.CreateAsync(new KeyWish(old.Role, old.Name, old.Participant, old.Scopes.Count == 0 ? null : old.Scopes, old.Network), caller.Name);
        await keys.RevokeAsync(id, caller.Name);
        await ShowAsync(keys, page, key.Id, key.Text);
    }

    private static async Task RevokeAsync(HttpContext context, ApiKeys keys, PageWriter page, Caller caller, string id)
    {
        if (await DecisionPages.FormAsync(context) is null) return;
        if (await keys.RevokeAsync(id, caller.Name)) await new SeeOther("/pages/keys?done=revoked").ExecuteAsync(context);
        else await page.WriteNotFoundAsync();
    }

    private static async Task ShowAsync(ApiKeys keys, PageWriter page, string id, string? secret)
    {
        if ((await keys.ListAsync()).FirstOrDefault(each => each.Id == id) is { } key) await page.WriteAsync<KeyPage>(_ => key.Name, new() { ["Key"] = key, ["Secret"] = secret });
        else await page.WriteNotFoundAsync();
    }

    private static Task WriteNewAsync(PageWriter page, FormModel form, PageProblem? problem = null) => page.WriteAsync<EditPage>(say => say["keys.new"], new()
    {
        ["List"] = "/pages/keys", ["ListWord"] = "nav.keys", ["NewWord"] = "keys.new", ["Form"] = form, ["Problem"] = problem,
    });

    private static FormModel NewKey() => new("/pages/keys", "keys.make",
    [
        new("name", "keys.name", IsRequired: true), new("role", "keys.role", FieldKind.Choice, "partner", Choices: [("partner", "Roles.Partner"), ("viewer", "Roles.Viewer"), ("member", "Roles.Member"), ("operator", "Roles.Operator")]),
        new("scopes", "keys.scopes", Hint: "keys.scopes.hint"), new("participant", "points.participant", Hint: "keys.participant.hint"), new("network", "keys.network", Hint: "keys.network.hint"),
        new("days", "keys.days", FieldKind.Number, KeyWish.MostDays.ToString(CultureInfo.InvariantCulture), IsRequired: true),
    ]);
}

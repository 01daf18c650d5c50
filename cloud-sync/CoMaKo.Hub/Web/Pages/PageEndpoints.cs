using CoMaKo.Hub.Access;
using CoMaKo.Hub.Ingest;
using CoMaKo.Hub.Metering;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Alerts;
using CoMaKo.Hub.Web.Operators;
using CoMaKo.Hub.Web.Members;
using CoMaKo.Hub.Web.People;
using CoMaKo.Hub.Web.Texts;
using CoMaKo.Hub.Web.Views;
using CoMaKo.Hub.Work;
using CoMaKo.Settlement.Curves;
using CoMaKo.Web;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace CoMaKo.Hub.Web.Pages;

/// <summary>Addresses of the pages.</summary>
internal static class PageEndpoints
{
    private const int MostRows = 100;

    public static void MapPages(this IEndpointRouteBuilder endpoints)
    {
        endpoints.ServiceProvider.GetRequiredService<WebAssets>().Map(endpoints).ForAnyone();
        var pages = endpoints.MapGroup("").ExcludeFromDescription().ForOperators("");
        endpoints.MapGet("/", (Caller caller, EndpointDataSource all) => new SeeOther(StartPage.Of(caller, all))).ExcludeFromDescription().ForVisitors();
        pages.MapGet(StartPage.Fleet, async (PageWriter page, GatewayViews gateways) =>
            await page.WriteAsync<FleetPage>(say => say["fleet.title"], new() { ["Gateways"] = await gateways.AllAsync(PageWriter.MostGateways, withToday: true) })).ForViewers("");
        pages.MapGet("/pages/gateways/{gateway}", GatewayAsync);
        pages.MapGet("/pages/registers", RegistersAsync);
        pages.MapGet("/pages/load_curves/{register}", CurveAsync);
        pages.MapGet("/pages/balance_groups", GroupsAsync);
        pages.MapOperatorPages();
        pages.MapAlertPages();
        endpoints.MapMemberPages();
        pages.MapGet("/pages/{**rest}", (PageWriter page) => page.WriteNotFoundAsync());
        pages.MapPost("/preferences", PreferencesAsync).DisableAntiforgery().ForAnyone(); // sets the reader's own theme and language, nothing else
    }

    private static async Task GatewayAsync(PageWriter page, GatewayViews gateways, string gateway)
    {
        if (await gateways.FindAsync(gateway) is { } found) await page.WriteAsync<GatewayPage>(_ => found.Building, new() { ["Gateway"] = found });
        else await page.WriteNotFoundAsync();
    }

    private static async Task RegistersAsync(PageWriter page, LoadCurves curves, GatewayReader gateways, string? after)
    {
        var rows = await curves.ListAsync(after ?? "", MostRows + 1);
        string? next = rows.Count > MostRows ? rows[MostRows - 1].Name : null;
        var buildings = (await gateways.ListAsync("", PageWriter.MostGateways)).ToDictionary(gateway => gateway.GatewayId, gateway => gateway.Building);
        await page.WriteAsync<RegistersPage>(say => say["nav.registers"], new() { ["Registers"] = rows.Take(MostRows).ToList(), ["Buildings"] = buildings, ["Next"] = next });
    }

    private static async Task CurveAsync(PageWriter page, LoadCurves curves, GatewayReader gateways, TimeProvider clock, string register, string? day)
    {
        int today = MarketDay.Containing(clock.UnixMicroseconds() / 1_000_000);
        int number = day is not null && LoadCurveEndpoints.ParseBorder(day) is { } start ? MarketDay.Containing(start) : today;
        if (await curves.FindAsync(register) is not { } found)
        {
            await page.WriteNotFoundAsync();
            return;
        }

        var slots = MarketDay.Slots(number);
        var curve = await curves.ReadAsync(found, slots[0].StartUnixSeconds, slots[^1].EndUnixSeconds);
        await page.WriteAsync<CurvePage>(
            say => RegisterWord.Of(say, found), new() { ["Curve"] = curve, ["Gateway"] = await gateways.NameAsync(found.GatewayId), ["Day"] = number, ["Today"] = today }, hasChart: true);
    }

    private static async Task GroupsAsync(PageWriter page, Storage.HubDatabase database)
    {
        await using var reader = await database.OpenReaderAsync();
        await page.WriteAsync<GroupsPage>(say => say["nav.groups"], new() { ["Groups"] = await Market.GroupReader.AfterAsync(reader, "", MostRows) });
    }

    /// <summary>The switches of theme and language work without script: a form that sets a cookie and goes back.</summary>
    private static async Task PreferencesAsync(HttpContext context)
    {
        if (!context.Request.HasFormContentType)
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }

        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var cookie = new CookieOptions { MaxAge = TimeSpan.FromDays(365), HttpOnly = true, SameSite = SameSiteMode.Lax, IsEssential = true };
        if (form["theme"] is [("light" or "dark") and var theme]) context.Response.Cookies.Append(PageContext.ThemeCookie, theme, cookie);
        if (form["language"] is [{ } language] && Wording.Languages.Contains(language)) context.Response.Cookies.Append(PageContext.LanguageCookie, language, cookie);
        await new SeeOther(OwnPath.Of(form["back"])).ExecuteAsync(context);
    }
}

/// <summary>Renders one page for one request.</summary>
internal sealed class PageWriter(IHttpContextAccessor accessor, IServiceProvider services, ILoggerFactory loggers, WebAssets assets, WorkList work, KeptForms forms, TimeProvider clock)
{
    public const int MostGateways = 500;

    private readonly HttpContext context = accessor.HttpContext!;

    public Task WriteNotFoundAsync()
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return WriteAsync<NotFoundPage>(say => say["notfound.title"], []);
    }

    /// <param name="refresh">Seconds after which the page is asked for anew; absent: it stays as it is, because somebody reads figures or fills in a form.</param>
    public async Task WriteAsync<TPage>(Func<Wording, string> title, Dictionary<string, object?> parameters, bool hasChart = false, int? refresh = 10)
        where TPage : IComponent
    {
        var reader = Caller.Of(context);
        var page = new PageContext(
            new Wording(PageContext.LanguageOf(context.Request)), assets, context.Request.Path + context.Request.QueryString, PageContext.ThemeOf(context.Request),
            NodaTime.Instant.FromDateTimeOffset(clock.GetUtcNow()), reader, reader.Role == Roles.Operator ? await work.GlanceAsync(context.RequestAborted) : [])
        {
            Viewed = PageContext.ViewedIn(context), Kept = reader.Session is { } session ? forms.Take(context, session) : null, Sent = KeptForms.Sent(context),
            Stood = HttpMethods.IsPost(context.Request.Method) && OwnPath.Here(context.Request) is not "/" and var stood ? stood : null,
        };
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.ContentSecurityPolicy = WebAssets.ContentSecurityPolicy;
        context.Response.Headers.CacheControl = "no-store"; // live values; also keeps the back button from showing old ones
        context.Response.Headers.Vary = "Accept-Language, Cookie";
        await context.Response.WriteAsync(await RenderAsync<TPage>(page, title(page.Say), parameters, hasChart ? null : refresh, hasChart), context.RequestAborted);
    }

    private async Task<string> RenderAsync<TPage>(PageContext page, string title, Dictionary<string, object?> parameters, int? refresh, bool hasChart)
        where TPage : IComponent
    {
        await using var renderer = new HtmlRenderer(services, loggers);
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            RenderFragment body = builder =>
            {
                builder.OpenComponent<TPage>(0);
                builder.AddMultipleAttributes(1, parameters!);
                builder.CloseComponent();
            };
            RenderFragment document = builder =>
            {
                builder.OpenComponent<Document>(0);
                builder.AddAttribute(1, nameof(Document.Title), title);
                builder.AddAttribute(2, nameof(Document.Body), body);
                builder.AddAttribute(3, nameof(Document.HasChart), hasChart);
                builder.AddAttribute(4, nameof(Document.Refresh), refresh);
                builder.CloseComponent();
            };
            var root = ParameterView.FromDictionary(new Dictionary<string, object?> { ["Value"] = page, ["IsFixed"] = true, ["ChildContent"] = document });
            return (await renderer.RenderComponentAsync<CascadingValue<PageContext>>(root)).ToHtmlString();
        });
    }
}

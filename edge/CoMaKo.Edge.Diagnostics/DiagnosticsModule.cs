using CoMaKo.Devices;
using CoMaKo.Edge.Diagnostics.Access;
using CoMaKo.Edge.Diagnostics.Api;
using CoMaKo.Edge.Diagnostics.Control;
using CoMaKo.Edge.Diagnostics.Live;
using CoMaKo.Edge.Diagnostics.Texts;
using CoMaKo.Edge.Diagnostics.Views;
using CoMaKo.Quantities;
using CoMaKo.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using NodaTime.Text;

namespace CoMaKo.Edge.Diagnostics;

/// <summary>Mounts the technicians' pages and the local API into a host.</summary>
public static class DiagnosticsModule
{
    /// <summary>Key of the <see cref="TimeProvider"/> that paces event streams: the system's, while the unkeyed one may be a model clock.</summary>
    public const string RealTime = "real-time";

    /// <summary>
    /// Registers pages, API and sign-in. The host provides <see cref="ISnapshotSource"/>, <see cref="IFrameExplainer"/>, <see cref="ISyncStatus"/>,
    /// <see cref="IIntervalSource"/>, <see cref="IGatewayInfo"/>, <see cref="IAccessStore"/> and <see cref="TimeProvider"/>, and gives the <see cref="IFrameTap"/> registered here to its buses.
    /// It may provide <see cref="AccessOptions"/>, <see cref="IAuditLog"/> and, where something is controlled, the ports of control.
    /// </summary>
    public static IServiceCollection AddDiagnostics(this IServiceCollection services)
    {
        services.TryAddKeyedSingleton(RealTime, TimeProvider.System);
        services.AddSingleton<FrameLog>();
        services.AddSingleton<IFrameTap>(provider => provider.GetRequiredService<FrameLog>());
        services.AddSingleton<WebAssets>();
        services.AddSingleton<DayCache>();
        services.AddSingleton<ViewFactory>();
        services.AddSingleton<IOverallState, OverallState>();
        services.AddSingleton<PageRenderer>();
        services.AddSingleton<PageSender>();
        services.AddSingleton(ControlPorts.Of);
        services.AddSingleton<ControlDesk>();
        services.AddSingleton<ControlEndpoints>();
        services.AddSingleton<PowerTrail>();
        services.AddHostedService(provider => provider.GetRequiredService<PowerTrail>());
        services.AddSingleton<EventClients>();
        services.AddSingleton<EventEndpoint>();
        return services.AddAccess();
    }

    /// <summary>Maps pages (<c>/</c>, <c>/meters</c>, <c>/battery</c>, <c>/sync</c>, <c>/system</c>, sign-in), <c>/api</c>, <c>/events</c>, <c>/metrics</c>, <c>/health</c> and the assets.</summary>
    public static IEndpointRouteBuilder MapDiagnostics(this IEndpointRouteBuilder endpoints)
    {
        var guarded = endpoints.MapGroup("");
        ((IEndpointConventionBuilder)guarded).Finally(AccessModule.Guard);
        var open = guarded.MapGroup("").WithMetadata(AccessRule.Anybody);
        var values = guarded.MapGroup("").WithMetadata(AccessRule.Values);

        endpoints.ServiceProvider.GetRequiredService<WebAssets>().Map(open);
        foreach (string path in (string[])["/", "/meters", "/meters/{device}", "/battery", "/battery/table", "/battery/events", "/battery/decisions", "/battery/savings", "/sync", "/system"]) values.MapGet(path, PageAsync);
        open.MapFallback(NotFoundAsync);
        open.MapPost("/preferences", PreferencesAsync);
        guarded.MapGet("/events", (HttpContext context, EventEndpoint events) => events.RunAsync(context)).WithMetadata(AccessRule.Stream);
        AccessEndpoints.Map(guarded);
        UserEndpoints.Map(guarded);
        ControlEndpoints.Map(guarded);
        ControlExport.Map(guarded);
        MapApi(values);
        MapHealth(open);
        return endpoints;
    }

    private static void MapApi(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/api/status", async (HttpContext context, ViewFactory views) => ApiJson.Result(StatusDocument.Of(await ViewAsync(context, views), withNow: true)));
        endpoints.MapGet("/api/readings", async (HttpContext context, ViewFactory views) => ApiJson.Result((await ViewAsync(context, views)).Devices.Select(ReadingDocument.Of).ToList()));
        endpoints.MapGet("/api/intervals", IntervalsAsync);
        endpoints.MapGet("/api/frames/{device}/{number}", Frame);
        endpoints.MapGet("/metrics", async (HttpContext context, ViewFactory views, EventClients clients) =>
            Results.Text(Metrics.Of(await ViewAsync(context, views), clients), PrometheusText.ContentType));
    }

    private static void MapHealth(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/health", async (HttpContext context, ViewFactory views) => HealthDocument.Ready(await ViewAsync(context, views)));
        endpoints.MapGet("/health/live", async (HttpContext context, ViewFactory views) => HealthDocument.Live(await ViewAsync(context, views)));
        endpoints.MapGet("/health/ready", async (HttpContext context, ViewFactory views) => HealthDocument.Ready(await ViewAsync(context, views)));
    }

    private static Task PageAsync(HttpContext context, PageSender pages) => pages.SendAsync(context);

    private static Task NotFoundAsync(HttpContext context, PageSender pages) =>
        context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal)
            ? Problems.NoResource(context.Request.Path).ExecuteAsync(context)
            : pages.SendAsync(context, request => request with { Page = PageKind.NotFound });

    private static async Task<IResult> IntervalsAsync(HttpContext context, ViewFactory views, IIntervalSource source, string? day)
    {
        var view = await ViewAsync(context, views);
        if (day is null) return ApiJson.Result(IntervalDocument.Of(view.Today, view.Gateway.Zone, view.Sync));
        if (!LocalDatePattern.Iso.Parse(day).TryGetValue(default, out var date) || date.Year is < 2000 or > 2200) return Problems.WrongDay(day);
        return ApiJson.Result(IntervalDocument.Of(await DayCache.LoadAsync(source, date, view.Gateway.Zone, context.RequestAborted), view.Gateway.Zone, view.Sync));
    }

    private static IResult Frame(string device, string number, FrameLog frames) =>
        long.TryParse(number, out long count) && frames.Hold(new DeviceId(device), count) is { } frame
            ? Results.File(frame.Bytes.ToArray(), "application/octet-stream", FormattableString.Invariant($"{device}-{frame.Number}.bin"))
            : Problems.NoFrame(device, number);

    /// <summary>The switches of theme and language work without script: a form that sets a cookie and goes back.</summary>
    private static async Task PreferencesAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var cookie = new CookieOptions { MaxAge = TimeSpan.FromDays(365), HttpOnly = true, SameSite = SameSiteMode.Lax, IsEssential = true };
        if (form["theme"] is [("light" or "dark") and var theme]) context.Response.Cookies.Append(ViewRequest.ThemeCookie, theme, cookie);
        if (form["language"] is [{ } language] && Wording.Languages.Contains(language)) context.Response.Cookies.Append(ViewRequest.LanguageCookie, language, cookie);
        context.Response.SeeOther(Answers.Ours(form["back"]));
    }

    private static ValueTask<View> ViewAsync(HttpContext context, ViewFactory views) =>
        views.CreateAsync(ViewRequest.Of(context, context.Request.Path + context.Request.QueryString), context.RequestAborted);
}

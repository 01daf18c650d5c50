using CoMaKo.Devices;
using CoMaKo.Edge.Diagnostics.Api;
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
    /// Registers pages and API. The host provides <see cref="ISnapshotSource"/>, <see cref="IFrameExplainer"/>, <see cref="ISyncStatus"/>,
    /// <see cref="IIntervalSource"/>, <see cref="IGatewayInfo"/> and <see cref="TimeProvider"/>, and gives the <see cref="IFrameTap"/> registered here to its buses.
    /// </summary>
    public static IServiceCollection AddDiagnostics(this IServiceCollection services)
    {
        services.TryAddKeyedSingleton(RealTime, TimeProvider.System);
        services.AddSingleton<FrameLog>();
        services.AddSingleton<IFrameTap>(provider => provider.GetRequiredService<FrameLog>());
        services.AddSingleton<WebAssets>();
        services.AddSingleton<DayCache>();
        services.AddSingleton<ViewFactory>();
        services.AddSingleton<PageRenderer>();
        services.AddSingleton<EventClients>();
        services.AddSingleton<EventEndpoint>();
        return services;
    }

    /// <summary>Maps pages (<c>/</c>, <c>/meters</c>, <c>/battery</c>, <c>/sync</c>, <c>/system</c>), <c>/api</c>, <c>/events</c>, <c>/metrics</c>, <c>/health</c> and the assets.</summary>
    public static IEndpointRouteBuilder MapDiagnostics(this IEndpointRouteBuilder endpoints)
    {
        endpoints.ServiceProvider.GetRequiredService<WebAssets>().Map(endpoints);
        foreach (string path in (string[])["/", "/meters", "/meters/{device}", "/battery", "/sync", "/system"]) endpoints.MapGet(path, PageAsync);
        endpoints.MapFallback(NotFoundAsync);
        endpoints.MapPost("/preferences", PreferencesAsync);
        endpoints.MapGet("/events", (HttpContext context, EventEndpoint events) => events.RunAsync(context));
        MapApi(endpoints);
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
        endpoints.MapGet("/health", async (HttpContext context, ViewFactory views) => HealthDocument.Ready(await ViewAsync(context, views)));
        endpoints.MapGet("/health/live", async (HttpContext context, ViewFactory views) => HealthDocument.Live(await ViewAsync(context, views)));
        endpoints.MapGet("/health/ready", async (HttpContext context, ViewFactory views) => HealthDocument.Ready(await ViewAsync(context, views)));
    }

    private static async Task PageAsync(HttpContext context, ViewFactory views, PageRenderer renderer)
    {
        var view = await ViewAsync(context, views);
        if (view.Request.Page == PageKind.NotFound || (view.Request.Page == PageKind.Meter && view.Device is null)) context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.ContentSecurityPolicy = WebAssets.ContentSecurityPolicy;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers["Referrer-Policy"] = "same-origin";
        context.Response.Headers.CacheControl = "no-store"; // live values; also keeps the back button from showing old ones
        await context.Response.WriteAsync(await renderer.RenderAsync(view), context.RequestAborted);
    }

    private static Task NotFoundAsync(HttpContext context, ViewFactory views, PageRenderer renderer) =>
        context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal)
            ? Problems.NoResource(context.Request.Path).ExecuteAsync(context)
            : PageAsync(context, views, renderer);

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
        string back = form["back"].ToString();
        bool isOurs = back.StartsWith('/') && !back.StartsWith("//", StringComparison.Ordinal) && back.All(c => c is > ' ' and < '\x7f' and not '\\');
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = isOurs ? back : "/";
    }

    private static ValueTask<View> ViewAsync(HttpContext context, ViewFactory views) =>
        views.CreateAsync(ViewRequest.Of(context.Request, context.Request.Path + context.Request.QueryString), context.RequestAborted);
}

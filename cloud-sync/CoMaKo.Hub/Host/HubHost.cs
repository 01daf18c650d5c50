using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Alerts;
using CoMaKo.Hub.Events;
using CoMaKo.Hub.Ingest;
using CoMaKo.Hub.Mail;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Metering;
using CoMaKo.Hub.Settlement;
using CoMaKo.Hub.Web;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace CoMaKo.Hub.Host;

/// <summary>Puts the contexts together.</summary>
internal static class HubHost
{
    /// <summary>The host, not started. It opens the database, so that a wrong one is told before anything listens.</summary>
    /// <param name="replace">Puts other parts in the place of the hub's own, for tests.</param>
    /// <exception cref="InvalidOperationException">The database cannot be used, or an endpoint has no policy.</exception>
    public static WebApplication Build(HubOptions options, TimeProvider clock, Action<IServiceCollection>? replace = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = typeof(HubHost).Assembly.GetName().Name });
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => Listen(kestrel, options));
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
        builder.Services.ConfigureHttpJsonOptions(json => Configure(json.SerializerOptions));
        var database = HubSchema.Open(options.Database);
        builder.Services.AddRoutingCore().AddSingleton(clock).AddSingleton(_ => database); // by a factory, so that the container closes it
        builder.Services.AddAccess(new GateOptions(LocalMayRead: options.IsLoopback, options.Rates ?? new RequestRates()), options.DataFolder, options.Settings.OpenId);
        builder.Services.AddEvents(options.Broker);
        builder.Services.AddMail(options.Mail);
        builder.Services.AddIngest();
        builder.Services.AddMarket();
        builder.Services.AddMetering();
        builder.Services.AddSettlement(options.Settings.Settlement);
        builder.Services.AddAlerts(options.Settings.Alerts);
        builder.Services.AddHubWeb();
        replace?.Invoke(builder.Services);
        var app = builder.Build();
        TrustProxies(app, options.Proxies);
        app.UseHubWeb();
        app.UseRouting();
        app.UseSyncListener();
        app.UseAccess();
        app.MapAccess();
        app.MapIngest();
        app.MapMetering();
        app.MapMarket();
        app.MapSettlement();
        app.MapAlerts();
        app.MapHubWeb();
        app.RequirePolicies();
        return app;
    }

    /// <summary>The REST interface's form: snake_case, words for enumerations, absent members left out.</summary>
    public static void Configure(JsonSerializerOptions json)
    {
        json.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        json.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        json.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
    }

    /// <summary>The caller's address is the one that a known proxy names; what others name counts for nothing.</summary>
    private static void TrustProxies(IApplicationBuilder app, IReadOnlyList<IPAddress> proxies)
    {
        if (proxies.Count == 0) return;
        var forwarded = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto };
        forwarded.KnownIPNetworks.Clear();
        forwarded.KnownProxies.Clear();
        foreach (var proxy in proxies) forwarded.KnownProxies.Add(proxy);
        app.UseForwardedHeaders(forwarded);
    }

    private static void Listen(KestrelServerOptions kestrel, HubOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = 1024 * 1024;
        kestrel.Limits.Http2.InitialStreamWindowSize = 1024 * 1024;
        kestrel.Limits.Http2.InitialConnectionWindowSize = 4 * 1024 * 1024;
        kestrel.Listen(options.PageAddress, options.Port, listener => listener.Protocols = HttpProtocols.Http1);
        kestrel.Listen(options.IsLoopback ? IPAddress.Loopback : IPAddress.IPv6Any, options.SyncPort, listener =>
        {
            listener.Protocols = HttpProtocols.Http2; // cleartext HTTP/2 needs a listener of its own
            listener.MarkAsSync();
            if (!options.IsLoopback) listener.UseHttps(SyncTls.Of(options.CertificateFile!, options.GatewayCaFile!));
        });
    }
}

using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using CoMaKo.Devices;
using CoMaKo.Edge.Diagnostics;
using CoMaKo.Edge.Diagnostics.Live;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CoMaKo.Edge.Tests.Diagnostics;

/// <summary>The pages on a free loopback port, over a fake building.</summary>
internal sealed class PageHost : IAsyncDisposable
{
    private readonly WebApplication server;

    private PageHost(WebApplication app, FakeBuilding building)
    {
        server = app;
        Building = building;
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(app.Urls.First()) };
    }

    public FakeBuilding Building { get; }

    public HttpClient Client { get; }

    public IServiceProvider Services => server.Services;

    public FrameLog Frames => server.Services.GetRequiredService<FrameLog>();

    public static SampleFrame Sample { get; } = new();

    /// <param name="realTime">Paces event streams; the system's clock by default.</param>
    public static async Task<PageHost> StartAsync(Action<FakeBuilding> scene, TimeProvider clock, TimeProvider? realTime = null, Action<IServiceCollection>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        if (Environment.GetEnvironmentVariable("COMAKO_PAGE_LOG") is not null) builder.Logging.AddSimpleConsole();
        var building = new FakeBuilding(clock);
        builder.Services.AddSingleton(clock);
        if (realTime is not null) builder.Services.AddKeyedSingleton(DiagnosticsModule.RealTime, realTime);
        builder.Services.AddSingleton<ISnapshotSource>(building).AddSingleton<ISyncStatus>(building).AddSingleton<IIntervalSource>(building)
            .AddSingleton<IGatewayInfo>(building).AddSingleton<IFrameExplainer>(Sample).AddSingleton<IAccessStore>(building.Access).AddSingleton<IAuditLog>(building.Audit)
            .AddSingleton<IControlSource>(building.Control).AddSingleton<IPlanSource>(building.Control).AddSingleton<IControlHistory>(building.Control).AddSingleton<IControlCommands>(building.Control);
        configure?.Invoke(builder.Services);
        builder.Services.AddDiagnostics();
        var app = builder.Build();
        app.MapDiagnostics();
        scene(building);
        for (int i = 0; i < 60; i++) app.Services.GetRequiredService<PowerTrail>().Look(Wobbling(building.Current, i));
        await app.StartAsync();
        return new PageHost(app, building);
    }

    /// <summary>A minute that is not a straight line.</summary>
    private static BuildingSnapshot Wobbling(BuildingSnapshot snapshot, int second) => snapshot with
    {
        Devices = [.. snapshot.Devices.Select(device => device.Last?.Find(Measurand.ActivePower) is not { } watts ? device : device with
        {
            Last = device.Last with { Values = [.. device.Last.Values.Select(value => value.Measurand == Measurand.ActivePower ? value with { Value = watts + (decimal)(Math.Sin(second / 4.0) * 120) + (second is > 20 and < 32 ? 900 : 0) } : value)] },
        })],
    };

    /// <summary>Puts frames into the log: good ones, and a damaged one before the last.</summary>
    public void Capture()
    {
        IFrameTap tap = Frames;
        byte[] damaged = [.. Sample.Bytes];
        damaged[^1] ^= 0x55;
        for (int i = 0; i < 6; i++) tap.Frame(FakeBuilding.Grid, WireProtocol.Sml, Sample.Bytes, null);
        tap.Frame(FakeBuilding.Grid, WireProtocol.Sml, damaged, FrameFault.Crc);
        tap.Frame(FakeBuilding.Grid, WireProtocol.Sml, Sample.Bytes, null);
    }

    public async Task<IHtmlDocument> PageAsync(string address, string language = "en", string? theme = null)
    {
        using var response = await GetAsync(address, language, theme);
        return new HtmlParser().ParseDocument(await response.Content.ReadAsStringAsync());
    }

    public async Task<HttpResponseMessage> GetAsync(string address, string language = "en", string? theme = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Add("Cookie", $"language={language}{(theme is null ? "" : $"; theme={theme}")}");
        return await Client.SendAsync(request);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await server.StopAsync(new CancellationToken(true));
        await server.DisposeAsync();
    }
}

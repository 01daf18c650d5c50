using CoMaKo.Contracts.V1;
using CoMaKo.Contracts.Wire;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Events;
using CoMaKo.Hub.Host;
using CoMaKo.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace CoMaKo.CloudSync.Tests.Hub;

/// <summary>The whole hub on free loopback ports, under a clock that tests move.</summary>
internal sealed class RunningHub : IAsyncDisposable
{
    private readonly TestDatabase place;
    private readonly WebApplication app;

    private RunningHub(Engine engine, RequestRates? rates, Action<IServiceCollection>? replace, BrokerAddress? broker)
    {
        place = new TestDatabase(engine);
        app = HubHost.Build(new HubOptions(place.Folder, 0, 0, IsLoopback: true, null, null, engine == Engine.Postgres ? place.Address : null, rates) { Broker = broker }, Clock, replace);
    }

    public FakeTimeProvider Clock { get; } = new();

    /// <summary>Pages and REST with an operator's key.</summary>
    public HttpClient Pages { get; private set; } = null!;

    public IServiceProvider Services => app.Services;

    public ApiKeys Keys => app.Services.GetRequiredService<ApiKeys>();

    public IReadOnlyList<RouteEndpoint> Endpoints => [.. app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()];

    public Uri SyncAddress { get; private set; } = null!;

    public TestDatabase Place => place;

    public static async Task<RunningHub> StartAsync(Engine engine, RequestRates? rates = null, Action<IServiceCollection>? replace = null, BrokerAddress? broker = null)
    {
        var hub = new RunningHub(engine, rates, replace, broker);
        await hub.app.StartAsync();
        hub.SyncAddress = new Uri(hub.app.Urls.Last());
        hub.Pages = hub.Client((await hub.Keys.CreateAsync(new KeyWish(Roles.Operator, "test"), "test")).Text);
        return hub;
    }

    /// <summary>Pages and REST with another key, or without one.</summary>
    public HttpClient Client(string? key)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(app.Urls.First()) };
        if (key is not null) client.DefaultRequestHeaders.Add(Gate.Header, key);
        return client;
    }

    /// <summary>A gateway's connection.</summary>
    public GrpcConnection Connect(string gateway) => new(SyncAddress, new Dictionary<string, string> { ["comako-gateway"] = gateway });

    /// <summary>Hello and everything in one batch.</summary>
    public async Task<Ack> SyncAsync(TestGateway gateway)
    {
        using var connection = Connect(gateway.Id.Value);
        await connection.UnaryAsync(EdgeSyncMethods.Hello, gateway.Hello(), TimeSpan.FromSeconds(10), CancellationToken.None);
        return await connection.UnaryAsync(EdgeSyncMethods.Push, gateway.Batch(1, gateway.Last), TimeSpan.FromSeconds(10), CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        Pages?.Dispose();
        await app.DisposeAsync();
        place.Dispose();
    }
}

using CoMaKo.Contracts.V1;
using CoMaKo.Contracts.Wire;
using CoMaKo.Hub.Host;
using CoMaKo.Testing;
using Microsoft.AspNetCore.Builder;

namespace CoMaKo.CloudSync.Tests.Hub;

/// <summary>The whole hub on free loopback ports, under a clock that tests move.</summary>
internal sealed class RunningHub : IAsyncDisposable
{
    private readonly TestDatabase place;
    private readonly WebApplication app;

    private RunningHub(Engine engine)
    {
        place = new TestDatabase(engine);
        app = HubHost.Build(new HubOptions(place.Folder, 0, 0, IsLoopback: true, null, null, engine == Engine.Postgres ? place.Address : null), Clock);
    }

    public FakeTimeProvider Clock { get; } = new();

    public HttpClient Pages { get; private set; } = null!;

    public Uri SyncAddress { get; private set; } = null!;

    public TestDatabase Place => place;

    public static async Task<RunningHub> StartAsync(Engine engine)
    {
        var hub = new RunningHub(engine);
        await hub.app.StartAsync();
        var addresses = hub.app.Urls.ToList();
        hub.Pages = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(addresses[0]) };
        hub.SyncAddress = new Uri(addresses[1]);
        return hub;
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

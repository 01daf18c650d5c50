using CoMaKo.Contracts.V1;
using CoMaKo.Contracts.Wire;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Access.People;
using CoMaKo.Hub.Events;
using CoMaKo.Hub.Host;
using CoMaKo.Hub.Storage;
using CoMaKo.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace CoMaKo.CloudSync.Tests.Hub;

/// <summary>The whole hub on free loopback ports, under a clock that tests move.</summary>
internal sealed class RunningHub : IAsyncDisposable
{
    private readonly TestDatabase place;
    private readonly WebApplication app;
    private int people;

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

    /// <summary>
    /// Pages and REST as a browser in which somebody is signed in: sends the session's cookie, and with it the token that forms carry. The sign-in is as fresh
    /// as the hub's clock now.
    /// </summary>
    /// <param name="participant">Whose own things a member reaches.</param>
    /// <param name="name">Absent: a name of their own.</param>
    public async Task<HttpClient> SignedInAsync(Roles role, string? participant = null, string? name = null)
    {
        var person = (await Service<Invitations>().CreateAsync(new InvitationWish(name ?? $"p{Interlocked.Increment(ref people)}", role, participant, null, null), "test"))!.Person;
        string secret = await Service<HubDatabase>().WriteAsync(tx => Service<PersonSessions>().BeginAsync(tx, person, SessionStage.Full, "127.0.0.1", "test"));
        var client = Client(null);
        client.DefaultRequestHeaders.Add("Cookie", $"session={secret}");
        client.DefaultRequestHeaders.Add(FormOrigin.Header, PersonSession.FormTokenOf(secret));
        return client;
    }

    /// <summary>A part of the running hub.</summary>
    public T Service<T>() where T : notnull => app.Services.GetRequiredService<T>();

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
        await EndJobsAsync();
        await app.DisposeAsync();
        place.Dispose();
    }

    /// <summary>What the hub does by itself ends before its database goes to the next test; open connections are not waited for.</summary>
    private Task EndJobsAsync()
    {
        var jobs = app.Services.GetServices<IHostedService>().OfType<BackgroundService>().ToList();
        jobs.ForEach(job => job.Dispose());
        return Task.WhenAny(Task.WhenAll(jobs.Select(job => job.ExecuteTask ?? Task.CompletedTask)), Task.Delay(TimeSpan.FromSeconds(30), TimeProvider.System));
    }
}

using CoMaKo.Contracts.V1;
using CoMaKo.Contracts.Wire;
using CoMaKo.Sync;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Ingest;

/// <summary>The four calls of the sync protocol from a gateway's client to the whole hub, over its listener. Each part that calls the hub has a subclass.</summary>
public abstract class HubCallsContract : IAsyncLifetime
{
    private readonly TestGateway gateway = new(null);
    private RunningHub hub = null!;
    private IGrpcClient connection = null!;
    private GrpcEdgeSyncClient client = null!;

    /// <summary>The part under test.</summary>
    protected abstract IGrpcClient Connect(Uri address, IReadOnlyDictionary<string, string> metadata);

    public async Task InitializeAsync()
    {
        hub = await RunningHub.StartAsync(Engine.Sqlite);
        connection = Connect(hub.SyncAddress, new Dictionary<string, string> { ["comako-gateway"] = gateway.Id.Value });
        client = new GrpcEdgeSyncClient(connection);
    }

    public async Task DisposeAsync()
    {
        connection.Dispose();
        await hub.DisposeAsync();
    }

    [Fact]
    public async Task HelloPushReport_OfAGateway_AreAnswered()
    {
        gateway.Append(TestGateway.Begin("08:00", 1000), TestGateway.Total("08:15", 1025), TestGateway.Total("08:30", 1050));
        Assert.Equal(0, (await client.HelloAsync(gateway.Hello(), default)).Mark.AckedSequence);
        var ack = await client.PushAsync(gateway.Batch(1, gateway.Last), default);
        Assert.Equal(3, ack.Mark.AckedSequence);
        Assert.True((await client.ReportAsync(new GatewayStatus(), default)).ServerTimeUnixUs > 0);
    }

    [Fact]
    public async Task Push_SameBatchAgain_GetsTheSameMark()
    {
        gateway.Append(TestGateway.Begin("08:00", 1000));
        await client.HelloAsync(gateway.Hello(), default);
        await client.PushAsync(gateway.Batch(1, 1), default);
        // The same batch again, as after a lost answer: nothing is booked twice.
        Assert.Equal(1, (await client.PushAsync(gateway.Batch(1, 1), default)).Mark.AckedSequence);
    }

    [Fact]
    public async Task Call_OfNobody_IsUnauthenticated()
    {
        using var stranger = Connect(hub.SyncAddress, new Dictionary<string, string>());
        var refused = await Assert.ThrowsAsync<GrpcStatusException>(() => new GrpcEdgeSyncClient(stranger).ReportAsync(new GatewayStatus(), default));
        Assert.Equal(GrpcStatusCode.Unauthenticated, refused.Status);
    }

    [Fact]
    public async Task WatchDirectives_LeftByTheGateway_Ends()
    {
        await client.HelloAsync(gateway.Hello(), default);
        using var leave = new CancellationTokenSource();
        await using var stream = client.WatchDirectivesAsync(new WatchRequest(), leave.Token).GetAsyncEnumerator(default);
        var next = stream.MoveNextAsync().AsTask();
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
        Assert.True((await client.ReportAsync(new GatewayStatus(), default)).ServerTimeUnixUs > 0);
    }
}

/// <summary>The default part: the product's own wire.</summary>
public sealed class OwnHubCallsTests : HubCallsContract
{
    protected override IGrpcClient Connect(Uri address, IReadOnlyDictionary<string, string> metadata) => new GrpcConnection(address, metadata);
}

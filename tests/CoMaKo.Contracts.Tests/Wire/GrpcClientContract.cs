using System.Diagnostics;
using System.Net.Security;
using CoMaKo.Contracts.V1;
using CoMaKo.Contracts.Wire;
using CoMaKo.Testing;

namespace CoMaKo.Contracts.Tests.Wire;

/// <summary>What every client of the line to the hub promises, against Debian's grpcio as server. Each part has a subclass.</summary>
public abstract partial class GrpcClientContract : IAsyncLifetime
{
    private static readonly TimeSpan Ample = TimeSpan.FromSeconds(20);
    private Process? server;
    private IGrpcClient connection = null!;

    /// <summary>The part under test.</summary>
    protected abstract IGrpcClient Connect(Uri address, IReadOnlyDictionary<string, string>? metadata, SslClientAuthenticationOptions? tls);

    public async Task InitializeAsync()
    {
        if (Peers.WhyNot(Peer.Grpcio) is not null) return;
        string script = Repository.At("tests", "CoMaKo.Contracts.Tests", "peers", "grpc_server.py");
        server = Process.Start(new ProcessStartInfo(Peers.Python, [script]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardInput = true })!;
        string port = await SaidAsync();
        connection = Connect(new Uri($"http://127.0.0.1:{port}"), new Dictionary<string, string> { ["comako-gateway"] = "gw-1", ["note"] = new('x', 7000) }, null);
    }

    public async Task DisposeAsync()
    {
        if (server is null) return;
        connection.Dispose();
        server.Kill();
        await server.WaitForExitAsync();
        server.Dispose();
    }

    [RequiresFact(Peer.Grpcio)]
    public async Task Unary_GetsTheReply() => Assert.Equal(42, (await HelloAsync("")).ServerTimeUnixUs);

    [RequiresFact(Peer.Grpcio)]
    public async Task ServerStream_GetsAllReplies() => Assert.Equal([1L, 2L, 3L], await WatchAsync("three").Select(directive => directive.Revision).ToListAsync());

    [RequiresFact(Peer.Grpcio)]
    public async Task ServerStream_RefusedAfterReplies_ThrowsAfterThem()
    {
        var replies = new List<long>();
        var status = await Assert.ThrowsAsync<GrpcStatusException>(async () =>
        {
            await foreach (var directive in WatchAsync("abort")) replies.Add(directive.Revision);
        });
        Assert.Equal((GrpcStatusCode.Aborted, "später"), (status.Status, status.Detail));
        Assert.Equal([1L, 2L, 3L], replies);
    }

    [RequiresFact(Peer.Grpcio)]
    public async Task Deadline_IsSent_AndKeptHere()
    {
        var status = await Assert.ThrowsAsync<GrpcStatusException>(() => HelloAsync("wait", TimeSpan.FromMilliseconds(900)));

        Assert.Equal(GrpcStatusCode.DeadlineExceeded, status.Status);
        Assert.Matches(@"deadline in 0\.[5-9] s", await SaidAsync());
    }

    [RequiresFact(Peer.Grpcio)]
    public async Task Cancel_EndsTheCallOnBothSides()
    {
        using var cancel = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var directive in connection.ServerStreamingAsync(EdgeSyncMethods.WatchDirectives, new WatchRequest { LastDirectiveId = "forever" }, null, cancel.Token))
            {
                if (directive.Revision == 3) await cancel.CancelAsync();
            }
        });
        Assert.Equal("stream was left", await SaidAsync());
    }

    [RequiresFact(Peer.Grpcio)]
    public async Task LeavingTheLoop_EndsTheCallOnTheServer()
    {
        await foreach (var _ in WatchAsync("forever")) break;
        Assert.Equal("stream was left", await SaidAsync());
    }

    [RequiresFact(Peer.Grpcio)]
    public async Task ErrorStatus_WithNonAsciiText_ArrivesWhole()
    {
        var status = await Assert.ThrowsAsync<GrpcStatusException>(() => HelloAsync("refuse"));

        Assert.Equal((GrpcStatusCode.InvalidArgument, "Zähler: 100 % – ≠ gültig\nzweite Zeile"), (status.Status, status.Detail));
        Assert.Equal(TimeSpan.FromSeconds(1.5), status.RetryAfter);
    }

    [RequiresFact(Peer.Grpcio)]
    public async Task LargeMetadata_TravelsBothWays()
    {
        await HelloAsync("metadata");
        Assert.Equal("note has 7000, gateway is gw-1", await SaidAsync());
    }

    [RequiresFact(Peer.Grpcio)]
    public async Task Reply_OverTheLimit_IsRefused() =>
        Assert.Equal(GrpcStatusCode.ResourceExhausted, (await Assert.ThrowsAsync<GrpcStatusException>(() => HelloAsync("big"))).Status);

    [RequiresFact(Peer.Grpcio)]
    public async Task Request_OverTheServersLimit_IsRefusedByIt() =>
        Assert.Equal(GrpcStatusCode.ResourceExhausted, (await Assert.ThrowsAsync<GrpcStatusException>(() => HelloAsync(new string('x', 1024 * 1024)))).Status);

    [RequiresFact(Peer.Grpcio)]
    public async Task UnknownMethod_IsUnimplemented()
    {
        var call = () => connection.UnaryAsync(EdgeSyncMethods.Report, new GatewayStatus(), Ample, CancellationToken.None);
        Assert.Equal(GrpcStatusCode.Unimplemented, (await Assert.ThrowsAsync<GrpcStatusException>(call)).Status);
    }

    [RequiresFact(Peer.Grpcio)]
    public async Task ServerKilledDuringAStream_IsUnavailable()
    {
        var status = await Assert.ThrowsAsync<GrpcStatusException>(async () =>
        {
            await foreach (var directive in WatchAsync("forever"))
            {
                if (directive.Revision == 3) server!.Kill();
            }
        });
        Assert.Equal(GrpcStatusCode.Unavailable, status.Status);
        Assert.Equal(GrpcStatusCode.Unavailable, (await Assert.ThrowsAsync<GrpcStatusException>(() => HelloAsync(""))).Status);
    }

    private Task<HelloReply> HelloAsync(string scenario, TimeSpan? deadline = null) =>
        connection.UnaryAsync(EdgeSyncMethods.Hello, new HelloRequest { BuildingName = scenario }, deadline ?? Ample, CancellationToken.None);

    private IAsyncEnumerable<Directive> WatchAsync(string scenario) =>
        connection.ServerStreamingAsync(EdgeSyncMethods.WatchDirectives, new WatchRequest { LastDirectiveId = scenario }, Ample, CancellationToken.None);

    private async Task<string> SaidAsync()
    {
        using var limit = new CancellationTokenSource(Ample);
        return await server!.StandardOutput.ReadLineAsync(limit.Token) ?? throw new InvalidOperationException("The foreign server ended.");
    }
}

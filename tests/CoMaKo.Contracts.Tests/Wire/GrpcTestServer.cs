using System.Net;
using System.Runtime.CompilerServices;
using CoMaKo.Contracts.V1;
using CoMaKo.Contracts.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace CoMaKo.Contracts.Tests.Wire;

/// <summary>Kestrel on a free loopback port with calls that behave as their request's name says.</summary>
internal sealed class GrpcTestServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly SemaphoreSlim left = new(0);

    public GrpcTestServer(Action<ListenOptions>? listen = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = 1000); // as pages would want; calls have their own limit
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, options =>
        {
            options.Protocols = HttpProtocols.Http2;
            listen?.Invoke(options);
        }));
        app = builder.Build();
        app.MapGrpcUnary(EdgeSyncMethods.Hello, HelloAsync);
        app.MapGrpcServerStreaming(EdgeSyncMethods.WatchDirectives, WatchAsync);
        app.MapGrpcUnimplemented();
        app.MapGet("/page/about", () => "a page");
    }

    public Uri Address { get; private set; } = null!;

    /// <summary>Thumbprint of the client certificate of the last call; absent without one.</summary>
    public string? LastClientCertificate { get; private set; }

    public async Task<GrpcTestServer> StartAsync()
    {
        await app.StartAsync();
        Address = new Uri(app.Urls.Single());
        return this;
    }

    /// <summary>Completes when a handler noticed that its caller left or its deadline passed; one completion per such handler.</summary>
    public Task<bool> LeftAsync() => left.WaitAsync(TimeSpan.FromSeconds(20));

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task<HelloReply> HelloAsync(HelloRequest request, GrpcServerCall call)
    {
        LastClientCertificate = call.HttpContext.Connection.ClientCertificate?.Thumbprint;
        return request.BuildingName switch
        {
            "refuse" => throw new GrpcStatusException(GrpcStatusCode.InvalidArgument, "Zähler: 100 % – ≠ gültig\nzweite Zeile"),
            "pushback" => throw new GrpcStatusException(GrpcStatusCode.Unavailable, "busy") { RetryAfter = TimeSpan.FromMilliseconds(1500) },
            "fail" => throw new InvalidOperationException("a secret of the server"),
            "wait" => await WaitAsync(call),
            _ => new HelloReply { ServerTimeUnixUs = 42 },
        };
    }

    private async Task<HelloReply> WaitAsync(GrpcServerCall call)
    {
        await UntilLeftAsync(call.CancellationToken);
        throw new OperationCanceledException(call.CancellationToken);
    }

    private async IAsyncEnumerable<Directive> WatchAsync(WatchRequest request, GrpcServerCall call)
    {
        await foreach (var directive in DirectivesAsync(request.LastDirectiveId, call.CancellationToken)) yield return directive;
    }

    private async IAsyncEnumerable<Directive> DirectivesAsync(string scenario, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (int revision = 1; revision <= 3; revision++) yield return new Directive { Revision = revision };
        if (scenario == "abort") throw new GrpcStatusException(GrpcStatusCode.Aborted, "später");
        if (scenario == "forever") await UntilLeftAsync(cancellationToken);
    }

    private async Task UntilLeftAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(30), TimeProvider.System, cancellationToken);
        }
        finally
        {
            if (cancellationToken.IsCancellationRequested) left.Release();
        }
    }
}

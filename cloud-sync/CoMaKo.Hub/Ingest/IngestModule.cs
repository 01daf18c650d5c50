using CoMaKo.Contracts.Wire;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Events;
using CoMaKo.Hub.Ingest.Directives;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Work;

namespace CoMaKo.Hub.Ingest;

/// <summary>The context Ingest: gateways and what they send.</summary>
internal static class IngestModule
{
    public static void AddIngest(this IServiceCollection services) => services.AddSingleton(parts => new IngestService(
            parts.GetRequiredService<HubDatabase>(), parts.GetRequiredService<TimeProvider>(), parts.GetRequiredService<EventOutbox>(), parts.GetRequiredService<ILogger<IngestService>>())).AddSingleton<GatewayReader>().AddSingleton<DirectiveStore>().AddSingleton<SeenDesk>().AddSingleton<IWorkSource, IngestWork>();

    public static void MapIngest(this IEndpointRouteBuilder endpoints)
    {
        var ingest = endpoints.ServiceProvider.GetRequiredService<IngestService>();
        var stopping = endpoints.ServiceProvider.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        endpoints.MapGrpcUnary(EdgeSyncMethods.Hello, (request, call) => ingest.HelloAsync(GatewayIdentity.Of(call.HttpContext), request, call.CancellationToken)).OnSyncListener().ForGateways();
        endpoints.MapGrpcUnary(EdgeSyncMethods.Push, (request, call) => ingest.PushAsync(GatewayIdentity.Of(call.HttpContext), request, call.CancellationToken)).OnSyncListener().ForGateways();
        endpoints.MapGrpcUnary(EdgeSyncMethods.Report, (request, call) => ingest.ReportAsync(GatewayIdentity.Of(call.HttpContext), request, call.CancellationToken)).OnSyncListener().ForGateways();
        endpoints.MapGrpcServerStreaming(EdgeSyncMethods.WatchDirectives, (request, call) =>
            ingest.WatchDirectivesAsync(GatewayIdentity.Of(call.HttpContext), request, stopping)).OnSyncListener().ForGateways(); // a stream does not hold up a stop
        endpoints.MapGrpcUnimplemented().OnSyncListener().ForGateways();
        endpoints.MapGatewayEndpoints();
        endpoints.MapDirectiveEndpoints();
    }
}

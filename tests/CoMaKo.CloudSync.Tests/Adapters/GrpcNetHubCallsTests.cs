using CoMaKo.CloudSync.Tests.Hub.Ingest;
using CoMaKo.Contracts.Wire;
using CoMaKo.Sync.GrpcNet;

namespace CoMaKo.CloudSync.Tests.Adapters;

/// <summary>The optional part: Grpc.Net.Client. In the build only with <c>-p:Adapters=nuget</c>.</summary>
public sealed class GrpcNetHubCallsTests : HubCallsContract
{
    protected override IGrpcClient Connect(Uri address, IReadOnlyDictionary<string, string> metadata) => new GrpcNetConnection(address, metadata);
}

using System.Net.Security;
using CoMaKo.Contracts.Tests.Wire;
using CoMaKo.Contracts.Wire;
using CoMaKo.Sync.GrpcNet;

namespace CoMaKo.Contracts.Tests.Adapters;

/// <summary>The optional part: Grpc.Net.Client. In the build only with <c>-p:Adapters=nuget</c>.</summary>
public sealed class GrpcNetConnectionTests : GrpcClientContract
{
    protected override IGrpcClient Connect(Uri address, IReadOnlyDictionary<string, string>? metadata, SslClientAuthenticationOptions? tls) => new GrpcNetConnection(address, metadata, tls);
}

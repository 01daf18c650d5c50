using System.Net.Security;
using CoMaKo.Contracts.Wire;

namespace CoMaKo.Contracts.Tests.Wire;

/// <summary>The default part: the product's own wire.</summary>
public sealed class GrpcConnectionTests : GrpcClientContract
{
    protected override IGrpcClient Connect(Uri address, IReadOnlyDictionary<string, string>? metadata, SslClientAuthenticationOptions? tls) => new GrpcConnection(address, metadata, tls);
}

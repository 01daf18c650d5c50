using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CoMaKo.Contracts.V1;
using CoMaKo.Contracts.Wire;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace CoMaKo.Contracts.Tests.Wire;

/// <content>TLS, and addresses that may not be used.</content>
public abstract partial class GrpcClientContract
{
    [Fact]
    public async Task MutualTls_ShowsTheClientCertificateToTheServer()
    {
        using var serverKey = Certificate("localhost");
        using var clientKey = Certificate("gw-1");
        await using var hub = await new GrpcTestServer(listen => listen.UseHttps(serverKey, https =>
        {
            https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            https.ClientCertificateValidation = (certificate, _, _) => certificate.Thumbprint == clientKey.Thumbprint;
        })).StartAsync();
        using var client = Connect(hub.Address, null, new SslClientAuthenticationOptions
        {
            ClientCertificates = [clientKey],
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.GetCertHashString() == serverKey.Thumbprint,
        });

        await client.UnaryAsync(EdgeSyncMethods.Hello, new HelloRequest(), TimeSpan.FromSeconds(20), CancellationToken.None);

        Assert.Equal(clientKey.Thumbprint, hub.LastClientCertificate);
    }

    [Fact]
    public async Task Tls_WithACertificateNobodyTrusts_IsUnavailable()
    {
        using var serverKey = Certificate("localhost");
        await using var hub = await new GrpcTestServer(listen => listen.UseHttps(serverKey)).StartAsync();
        using var client = Connect(hub.Address, null, null);
        var call = () => client.UnaryAsync(EdgeSyncMethods.Hello, new HelloRequest(), TimeSpan.FromSeconds(20), CancellationToken.None);
        Assert.Equal(GrpcStatusCode.Unavailable, (await Assert.ThrowsAsync<GrpcStatusException>(call)).Status);
    }

    [Theory]
    [InlineData("http://hub.example:8091")]
    [InlineData("ftp://127.0.0.1")]
    public void Cleartext_ToAnotherMachine_IsRefused(string address) =>
        Assert.Contains("CME-1801", Assert.Throws<ArgumentException>(() => Connect(new Uri(address), null, null)).Message, StringComparison.Ordinal);

    private static X509Certificate2 Certificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        return new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}

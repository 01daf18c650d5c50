using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CoMaKo.Contracts.V1;
using CoMaKo.Contracts.Wire;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Host;
using Microsoft.Extensions.DependencyInjection;

namespace CoMaKo.CloudSync.Tests.Hub.Host;

/// <summary>The sync port outside of loopback trials: mutual TLS, the gateway's id from its certificate.</summary>
public sealed class SyncTlsTests : IDisposable
{
    private static readonly DateTimeOffset From = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("comako-hub-");
    private readonly X509Certificate2 authority = Authority("CN=Gateways");

    public void Dispose()
    {
        authority.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Call_WithACertificateOfTheAuthority_IsTheGatewayThatItNames()
    {
        using var gateway = Leaf(authority, "urn:comako:gw:gw-7");
        var reply = await ReportAsync(gateway, header: "gw-9"); // the header counts for nothing here

        Assert.True(reply.ServerTimeUnixUs > 0);
        Assert.Equal("gw-7", lastGateway);
    }

    [Theory]
    [InlineData("urn:comako:other:gw-7")]
    [InlineData("urn:comako:gw:gw 7")]
    public async Task Call_WhoseCertificateNamesNoGateway_IsUnauthenticated(string name)
    {
        using var gateway = Leaf(authority, name);
        var refused = await Assert.ThrowsAsync<GrpcStatusException>(() => ReportAsync(gateway, header: "gw-9"));

        Assert.Equal(GrpcStatusCode.Unauthenticated, refused.Status);
    }

    [Fact]
    public async Task Call_WithACertificateOfAnotherAuthority_IsNotLetIn()
    {
        using var other = Authority("CN=Gateways");
        using var gateway = Leaf(other, "urn:comako:gw:gw-7");

        Assert.Equal(GrpcStatusCode.Unavailable, (await Assert.ThrowsAsync<GrpcStatusException>(() => ReportAsync(gateway, header: null))).Status);
    }

    private string? lastGateway;

    private async Task<ReportReply> ReportAsync(X509Certificate2 gateway, string? header)
    {
        using var server = Leaf(authority, "urn:comako:hub");
        string certificate = Path.Combine(folder.FullName, "hub.pem"), ca = Path.Combine(folder.FullName, "ca.pem");
        await File.WriteAllTextAsync(certificate, server.ExportCertificatePem() + "\n" + server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        await File.WriteAllTextAsync(ca, authority.ExportCertificatePem());
        await using var hub = HubHost.Build(new HubOptions(folder.FullName, 0, 0, IsLoopback: false, certificate, ca), TimeProvider.System);
        await hub.StartAsync();
        var tls = new SslClientAuthenticationOptions
        {
            ClientCertificates = [gateway],
            RemoteCertificateValidationCallback = (_, presented, _, _) => presented!.GetCertHashString() == server.GetCertHashString(),
        };
        using var connection = new GrpcConnection(
            new Uri(FormattableString.Invariant($"https://127.0.0.1:{new Uri(hub.Urls.Last()).Port}")), header is null ? null : new Dictionary<string, string> { ["comako-gateway"] = header }, tls);
        var reply = await connection.UnaryAsync(EdgeSyncMethods.Report, new GatewayStatus(), TimeSpan.FromSeconds(10), CancellationToken.None);
        using var http = new HttpClient();
        var key = await hub.Services.GetRequiredService<ApiKeys>().CreateAsync(new KeyWish(Roles.Viewer, "test"), "test"); // outside a trial nobody reads without one
        http.DefaultRequestHeaders.Add(Gate.Header, key.Text);
        var gateways = System.Text.Json.JsonDocument.Parse(await http.GetStringAsync(new Uri(hub.Urls.First() + "/gateways"))).RootElement.GetProperty("items");
        lastGateway = gateways[0].GetProperty("gateway").GetString();
        return reply;
    }

    private static X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(From, From.AddYears(50));
    }

    private static X509Certificate2 Leaf(X509Certificate2 issuer, string uri)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=leaf", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddUri(new Uri(uri));
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2"), new Oid("1.3.6.1.5.5.7.3.1")], false));
        using var signed = request.Create(issuer, From, From.AddYears(40), RandomNumberGenerator.GetBytes(8));
        using var withKey = signed.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pfx), null, X509KeyStorageFlags.Exportable);
    }
}

using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CoMaKo.Testing;

/// <summary>An authority with a broker on loopback and a client, in a folder as PEM files: <c>ca.pem</c>, <c>broker.pem</c>, <c>broker.key</c>, <c>client.pem</c>, <c>client.key</c>; <c>other.pem</c> is an authority that vouched for none of them.</summary>
public sealed class MqttCertificates : IDisposable
{
    private static readonly DateTimeOffset Start = TimeProvider.System.GetUtcNow().AddDays(-1), End = Start.AddDays(30);

    /// <param name="host">Name in the broker's certificate beside 127.0.0.1; with <paramref name="onlyHost"/> the only one.</param>
    public MqttCertificates(string host = "localhost", bool onlyHost = false)
    {
        Folder = Directory.CreateTempSubdirectory("comako-mqtt-tls-").FullName;
        using var authority = Authority("Test authority");
        using var other = Authority("Another authority");
        File.WriteAllText(At("ca.pem"), authority.ExportCertificatePem());
        File.WriteAllText(At("other.pem"), other.ExportCertificatePem());
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        if (!onlyHost) names.AddIpAddress(IPAddress.Loopback);
        Issue(authority, "broker", host, names.Build());
        Issue(authority, "client", "gw-0417", null);
    }

    public string Folder { get; }

    public string At(string file) => Path.Combine(Folder, file);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        return request.CreateSelfSigned(Start, End);
    }

    private void Issue(X509Certificate2 authority, string file, string name, X509Extension? names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        if (names is not null) request.CertificateExtensions.Add(names);
        using var certificate = request.Create(authority, Start, End, RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(At($"{file}.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(At($"{file}.key"), key.ExportPkcs8PrivateKeyPem());
    }
}

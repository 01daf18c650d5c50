using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CoMaKo.Testing;

/// <summary>A certificate authority of this process: for the hub's server certificate and gateways' client certificates.</summary>
public sealed class TestAuthority : IDisposable
{
    private static readonly DateTimeOffset From = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly X509Certificate2 authority;
    private long serial;

    public TestAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        authority = request.CreateSelfSigned(From, From.AddYears(50));
    }

    /// <summary>The authority's own certificate as PEM.</summary>
    public string Pem => authority.ExportCertificatePem();

    /// <summary>A gateway's client certificate.</summary>
    public X509Certificate2 IssueGateway(string id) => Issue("CN=" + id, names => names.AddUri(new Uri("urn:comako:gw:" + id)), "1.3.6.1.5.5.7.3.2");

    /// <summary>A server certificate for localhost with its key, as PEM.</summary>
    public string IssueServerPem()
    {
        using var certificate = Issue("CN=localhost", names => names.AddDnsName("localhost"), "1.3.6.1.5.5.7.3.1");
        return certificate.ExportCertificatePem() + "\n" + certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem();
    }

    /// <summary>How a client that knows this authority checks a server.</summary>
    public X509ChainPolicy TrustPolicy()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(authority);
        return policy;
    }

    public void Dispose() => authority.Dispose();

    private X509Certificate2 Issue(string subject, Action<SubjectAlternativeNameBuilder> name, string usage)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        name(names);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        using var issued = request.Create(authority, From, From.AddYears(40), BitConverter.GetBytes(++serial));
        return issued.CopyWithPrivateKey(key);
    }
}

using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace CoMaKo.Hub.Host;

/// <summary>Mutual TLS of the sync port: only certificates of the gateways' own authority are let in.</summary>
internal static class SyncTls
{
    /// <param name="certificateFile">PEM: the hub's certificate, its chain, its key.</param>
    /// <param name="gatewayCaFile">PEM: the authority of the gateways.</param>
    public static HttpsConnectionAdapterOptions Of(string certificateFile, string gatewayCaFile)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(certificateFile);
        var authority = new X509Certificate2Collection();
        authority.ImportFromPemFile(gatewayCaFile);
        return new HttpsConnectionAdapterOptions
        {
            ServerCertificate = X509Certificate2.CreateFromPemFile(certificateFile),
            ServerCertificateChain = chain,
            ClientCertificateMode = ClientCertificateMode.RequireCertificate,
            ClientCertificateValidation = (certificate, _, _) => IsIssuedBy(authority, certificate),
        };
    }

    private static bool IsIssuedBy(X509Certificate2Collection authority, X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck; // a gateway is shut out by its row, not by a list
        chain.ChainPolicy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid("1.3.6.1.5.5.7.3.2")); // TLS client
        return chain.Build(certificate);
    }
}

using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using CoMaKo.Contracts.Wire;
using CoMaKo.Quantities;

namespace CoMaKo.Hub.Ingest;

/// <summary>
/// Who calls: the client certificate's subject alternative name <c>urn:comako:gw:&lt;id&gt;</c>, never the payload. On loopback without TLS
/// (demonstration, tests) the header <c>comako-gateway</c>.
/// </summary>
internal static class GatewayIdentity
{
    public const string Header = "comako-gateway";

    private const string Urn = "urn:comako:gw:";
    private const string SubjectAlternativeName = "2.5.29.17";
    private static readonly Asn1Tag Uri = new(TagClass.ContextSpecific, 6); // GeneralName, uniformResourceIdentifier

    /// <exception cref="GrpcStatusException"><see cref="GrpcStatusCode.Unauthenticated"/>.</exception>
    public static GatewayId Of(HttpContext context)
    {
        string? id = context.Connection.ClientCertificate is { } certificate ? Of(certificate)
            : !context.Request.IsHttps && context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address) ? context.Request.Headers[Header].ToString()
            : null;
        return GatewayId.IsValid(id)
            ? new GatewayId(id!)
            : throw new GrpcStatusException(GrpcStatusCode.Unauthenticated, $"CMH-1108. No gateway id: the client certificate needs the name {Urn}<id>; on loopback without TLS send the header {Header}.");
    }

    /// <summary>The id in a certificate; absent if it names none or several.</summary>
    public static string? Of(X509Certificate2 certificate)
    {
        var names = new List<string>();
        foreach (var extension in certificate.Extensions)
        {
            if (extension.Oid?.Value != SubjectAlternativeName) continue;
            var sequence = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
            while (sequence.HasData)
            {
                if (!sequence.PeekTag().HasSameClassAndValue(Uri)) sequence.ReadEncodedValue();
                else if (sequence.ReadCharacterString(UniversalTagNumber.IA5String, Uri) is var name && name.StartsWith(Urn, StringComparison.Ordinal)) names.Add(name[Urn.Length..]);
            }
        }

        return names.Count == 1 ? names[0] : null;
    }
}

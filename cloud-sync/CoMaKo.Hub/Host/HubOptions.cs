using System.Net;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Events;
using CoMaKo.Hub.Mail;
using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;

namespace CoMaKo.Hub.Host;

/// <summary>How the hub is started.</summary>
/// <param name="DataFolder">State: database and keys.</param>
/// <param name="Port">Pages and REST; 0 takes a free one. A proxy in front of it brings TLS.</param>
/// <param name="SyncPort">Gateways; 0 takes a free one.</param>
/// <param name="IsLoopback">The sync port too listens on loopback only, without TLS.</param>
/// <param name="CertificateFile">PEM with certificate chain and key of the sync port; needed unless on loopback.</param>
/// <param name="GatewayCaFile">PEM of the authority that signs gateways' certificates; needed unless on loopback.</param>
/// <param name="Server">The database server; absent: a file in the data folder.</param>
/// <param name="Rates">How many requests are taken; absent: the usual.</param>
internal sealed record HubOptions(
    string DataFolder, int Port, int SyncPort, bool IsLoopback, string? CertificateFile, string? GatewayCaFile, DatabaseAddress? Server = null,
    RequestRates? Rates = null)
{
    /// <summary>The broker that events go to; absent: none.</summary>
    public BrokerAddress? Broker { get; init; }

    /// <summary>What the cooperative decided.</summary>
    public HubSettings Settings { get; init; } = HubSettings.Default;

    /// <summary>How messages leave.</summary>
    public MailSettings Mail { get; init; } = MailSettings.None;

    /// <summary>Where pages and REST listen: this machine only, unless a proxy on another one fetches them.</summary>
    public IPAddress PageAddress { get; init; } = IPAddress.Loopback;

    /// <summary>Proxies whose word about a caller's address counts.</summary>
    public IReadOnlyList<IPAddress> Proxies { get; init; } = [];

    public DatabaseAddress Database => Server ?? DatabaseAddress.OfFile(DatabaseIn(DataFolder));

    /// <summary>The database file in a data folder.</summary>
    public static string DatabaseIn(string dataFolder) => Path.Combine(dataFolder, "hub.db");

    /// <summary>All mistakes at once.</summary>
    public IReadOnlyList<Finding> Validate()
    {
        var findings = new List<Finding>();
        if (Port is < 0 or > 65535) findings.Add(new Finding("CMH-1001", "--port", null, "A port is a number from 0 (any free one) to 65535."));
        if (SyncPort is < 0 or > 65535) findings.Add(new Finding("CMH-1001", "--sync-port", null, "A port is a number from 0 (any free one) to 65535."));
        if (Port != 0 && Port == SyncPort) findings.Add(new Finding("CMH-1002", "--sync-port", null, "Pages and gateways need two ports."));
        if (IsLoopback) return findings;
        foreach (var (option, file) in (ReadOnlySpan<(string, string?)>)[("--certificate", CertificateFile), ("--gateway-ca", GatewayCaFile)])
        {
            if (file is null) findings.Add(new Finding("CMH-1003", option, null, "Gateways reach the hub by mutual TLS: name the PEM file, or use --loopback for a trial on one machine."));
            else if (!File.Exists(file)) findings.Add(new Finding("CMH-1004", option, null, $"{file} does not exist."));
        }

        return findings;
    }
}

using System.Diagnostics;
using CoMaKo.Edge.Storage;
using CoMaKo.Integration.Tests.Processes;
using CoMaKo.Testing;

namespace CoMaKo.Integration.Tests.Kill;

/// <summary>The whole gateway: it reads a simulated building and sends to a hub, both of which live on.</summary>
internal sealed class GatewayKillTarget(LiveLine line) : IKillTarget
{
    public ProcessStartInfo Start(string dataDirectory) => line.DescribeEdge();

    public bool IsAtWork(string text) => text.Contains("Application started", StringComparison.Ordinal);

    public Task<IReadOnlyList<string>> AuditAsync(string dataDirectory, IReadOnlyCollection<string> said)
    {
        var findings = StoreVerification.Run(dataDirectory, null, default).Findings.Select(f => f.ToString()).ToList();
        using var hub = new HubTables(line.HubData);
        // One epoch: at no start did the store lack what the hub had acknowledged.
        if (hub.Count("ing_epoch") > 1) findings.Add("the gateway began a new epoch: its store had lost acknowledged records");
        findings.AddRange(hub.Texts("SELECT 'conflict: ' || kind || ' at ' || at_us FROM met_conflict"));
        findings.AddRange(hub.Texts("SELECT 'parked: ' || reason || ' ' || detail FROM ing_parked"));
        return Task.FromResult<IReadOnlyList<string>>(findings);
    }
}

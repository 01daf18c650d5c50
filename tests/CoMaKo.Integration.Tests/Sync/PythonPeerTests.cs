using System.Diagnostics;
using System.Text.Json;
using CoMaKo.Testing;

namespace CoMaKo.Integration.Tests.Sync;

/// <summary>The gateway of fifty lines beside SYNC.md, in another language and on another gRPC library, against the real hub.</summary>
public sealed class PythonPeerTests
{
    [RequiresFact(Peer.Grpcio)]
    public async Task Peer_PushingTwice_IsTakenOnce()
    {
        await using var hub = await new HubProcess().StartAsync();

        var first = await PushAsync(hub, "gw-python");
        var second = await PushAsync(hub, "gw-python");

        Assert.Equal(3, first.GetProperty("acknowledged").GetInt32());
        Assert.Equal(3, second.GetProperty("acknowledged").GetInt32());
        Assert.Equal((2L, 0L, 0L), (hub.Count("met_total"), hub.Count("met_conflict"), hub.Count("ing_parked")));
        string curve = await hub.GetAsync($"/load_curves/{first.GetProperty("register").GetString()}?from=2026-01-01T00:00:00Z&to=2026-01-01T00:30:00Z");
        var slots = JsonDocument.Parse(curve).RootElement.GetProperty("items").EnumerateArray().Select(slot => slot.GetProperty("wh").GetInt64());
        Assert.Equal([250L, 250L], slots);
    }

    [RequiresFact(Peer.Grpcio)]
    public async Task Peer_WithTheSameRecordsInAnotherEpoch_IsTakenOnce()
    {
        await using var hub = await new HubProcess().StartAsync();

        await PushAsync(hub, "gw-python", "1");
        var again = await PushAsync(hub, "gw-python", "2");

        Assert.Equal(3, again.GetProperty("acknowledged").GetInt32());
        Assert.Equal((2L, 0L), (hub.Count("met_total"), hub.Count("met_conflict")));
    }

    private static async Task<JsonElement> PushAsync(HubProcess hub, params string[] arguments)
    {
        using var peer = Process.Start(new ProcessStartInfo(Peers.Python, [Repository.At("contracts", "peer", "push.py"), hub.SyncAddress.Authority, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        string output = await peer.StandardOutput.ReadToEndAsync(limit.Token);
        await peer.WaitForExitAsync(limit.Token);
        return JsonDocument.Parse(output).RootElement;
    }
}

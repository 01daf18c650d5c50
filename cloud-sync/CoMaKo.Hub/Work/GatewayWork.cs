using CoMaKo.Hub.Web.Views;
using NodaTime;

namespace CoMaKo.Hub.Work;

/// <summary>Gateways, meters and clocks in the states that the fleet's page shows.</summary>
internal sealed class GatewayWork(GatewayViews gateways) : IWorkSource
{
    private const int MostGateways = 10_000;

    public IReadOnlyList<string> Kinds => ["gateway.silent", "gateway.meter", "gateway.clock"];

    public async ValueTask<IReadOnlyList<WorkItem>> ReadAsync(Instant now, CancellationToken stop)
    {
        var items = new List<WorkItem>();
        foreach (var gateway in await gateways.AllAsync(MostGateways, withToday: false))
        {
            string name = gateway.Info.Name, address = $"/pages/gateways/{name}";
            var contact = Instant.FromUnixTimeTicks(gateway.Info.LastContactUs * 10);
            if (gateway.IsSilent) items.Add(new WorkItem("gateway.silent", name, WorkRank.Fault, contact, address));
            if (gateway is { IsSilent: false, SilentMeters: { Count: > 0 } meters })
                items.Add(new WorkItem("gateway.meter", name, WorkRank.Attention, Instant.FromUnixTimeSeconds(meters.Min(meter => meter.LastSlotEnd ?? 0)), address, meters.Count));
            if (gateway is { IsSilent: false, HasUnsureClock: true }) items.Add(new WorkItem("gateway.clock", name, WorkRank.Attention, Instant.FromUnixTimeTicks((gateway.Info.StatusUs ?? 0) * 10), address));
        }

        return items;
    }
}

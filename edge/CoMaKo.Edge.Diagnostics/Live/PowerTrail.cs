using CoMaKo.Devices;
using CoMaKo.Quantities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace CoMaKo.Edge.Diagnostics.Live;

/// <summary>Power of every device in the last minute, looked at once a second of real time, so that a page that opens has a past to show.</summary>
internal sealed class PowerTrail(ISnapshotSource snapshots, [FromKeyedServices(DiagnosticsModule.RealTime)] TimeProvider realTime) : BackgroundService
{
    public const int Seconds = 60;
    private readonly Lock gate = new();
    private readonly Dictionary<DeviceId, Power?[]> rings = [];
    private long looked;

    /// <summary>The last 61 looks, oldest first; absent where the device was not fresh or nobody looked yet.</summary>
    public IReadOnlyList<Power?> Of(DeviceId device)
    {
        lock (gate)
        {
            var trail = new Power?[Seconds + 1];
            if (!rings.TryGetValue(device, out var ring)) return trail;
            for (int i = 0; i < trail.Length; i++)
            {
                long look = looked - trail.Length + i;
                trail[i] = look >= 0 ? ring[look % ring.Length] : null;
            }

            return trail;
        }
    }

    /// <summary>Looks once.</summary>
    public void Look(BuildingSnapshot snapshot)
    {
        lock (gate)
        {
            foreach (var device in snapshot.Devices)
            {
                if (!rings.TryGetValue(device.Id, out var ring)) rings[device.Id] = ring = new Power?[Seconds + 1];
                ring[looked % ring.Length] = device.Status.Kind == DeviceStatusKind.Ok && device.Last?.Find(Measurand.ActivePower) is { } watts ? Power.FromWatts(watts) : null;
            }

            looked++;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), realTime);
        do Look(snapshots.Current);
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}

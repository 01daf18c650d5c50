using System.Collections.Immutable;
using CoMaKo.Devices;
using CoMaKo.Edge.Acquisition;
using CoMaKo.Edge.Diagnostics;
using NodaTime;

namespace CoMaKo.Edge.Hosting;

/// <summary>
/// Tells systemd that the service is ready, how it stands, and, as long as the loops that must turn do turn, that it lives.
/// A process whose consumer or writer hangs is killed and started again.
/// </summary>
internal sealed partial class Watchdog(AcquisitionService acquisition, IServiceNotifier systemd, ISyncStatus sync, GatewayOptions options, ILogger<Watchdog> log) : BackgroundService
{
    // systemd waits 30 s; a writer may hang that long in one sync of a worn card.
    private static readonly TimeSpan Allowed = TimeSpan.FromSeconds(25);
    private readonly Dictionary<string, (long Count, long At, Instant Seen)> seen = new(StringComparer.Ordinal);
    private ImmutableArray<LoopInfo> loops = [];

    /// <summary>The loops that must turn, as last seen.</summary>
    public IReadOnlyList<LoopInfo> Loops => loops;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        systemd.Ready();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), TimeProvider.System);
        for (int second = 0; await timer.WaitForNextTickAsync(stoppingToken); second++)
        {
            var hanging = Look();
            if (hanging.Count > 0) Hangs(string.Join(", ", hanging));
            else systemd.Watchdog();
            if (second % 10 == 0) systemd.Status(StatusLine());
        }
    }

    public override Task StopAsync(CancellationToken cancellationToken)
    {
        systemd.Stopping();
        return base.StopAsync(cancellationToken);
    }

    private List<string> Look()
    {
        long now = TimeProvider.System.GetTimestamp();
        var instant = Instant.FromDateTimeOffset(options.Clock.GetUtcNow());
        var hanging = new List<string>();
        // The first two are consumer and writer; a device's loop may rest while its device is silent.
        foreach (var loop in acquisition.Progress.Take(2))
        {
            long count = loop.Count;
            if (!seen.TryGetValue(loop.Name, out var last) || last.Count != count) seen[loop.Name] = (count, now, instant);
            else if (TimeProvider.System.GetElapsedTime(last.At, now) > Allowed) hanging.Add(loop.Name);
        }

        var allowed = Duration.FromTimeSpan(Allowed * options.ClockFactor);
        loops = [.. seen.Select(entry => new LoopInfo(entry.Key, entry.Value.Seen, allowed))];
        return hanging;
    }

    private string StatusLine()
    {
        var devices = acquisition.Current.Devices;
        var line = sync.Current;
        string hub = line.Hub is null ? "no hub" : line.Connected ? "hub ok" : "hub offline";
        return FormattableString.Invariant(
            $"{devices.Count(d => d.Status.Kind == DeviceStatusKind.Ok)}/{devices.Length} devices, {hub}, backlog {line.Backlog}, clock {acquisition.Clock.State}");
    }

    [LoggerMessage(1, LogLevel.Critical, "These loops have not turned for 25 s, so the watchdog is not fed: {Loops}")]
    private partial void Hangs(string loops);
}

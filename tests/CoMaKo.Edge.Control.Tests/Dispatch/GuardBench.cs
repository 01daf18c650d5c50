using System.Collections.Immutable;
using CoMaKo.Devices;
using CoMaKo.Edge.Control.Dispatch;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Edge.Control.Tests.Limits;
using CoMaKo.Quantities;
using CoMaKo.Testing;

namespace CoMaKo.Edge.Control.Tests.Dispatch;

/// <summary>A guard with fake devices in model time; writes run inside the cycle, so that each test sees them in order.</summary>
internal sealed class GuardBench
{
    private long number;

    public GuardBench(int batteries = 1, Func<FakeBattery, FakeBattery>? shape = null, bool verify = true, GuardMemory? memory = null, LimitSettings? settings = null)
    {
        Settings = settings ?? Site.Settings(batteries);
        Batteries = [.. Settings.Batteries.Select(b => new FakeBattery(b.Id.Value, Time)).Select(b => shape?.Invoke(b) ?? b)];
        Plants = [.. Settings.Plants.Select(p => new FakePlant(p.Id.Value, Time) { Installed = p.Installed })];
        Loads = [.. Settings.Loads.Select(l => new FakeLoad(l.Id.Value, Time))];
        Pass = new(Settings);
        Guard = new(Settings, new(), new([.. Batteries], [.. Plants], [.. Loads]), Time, memory, work => work());
        if (!verify) return;
        foreach (var device in Batteries.Select(b => b.Device).Concat(Plants.Select(p => p.Device)).Concat(Loads.Select(l => l.Device))) Guard.Verify(device, new("Weber", Site.Start));
    }

    public FakeTimeProvider Time { get; } = new();

    public LimitSettings Settings { get; }

    public ImmutableArray<FakeBattery> Batteries { get; }

    public ImmutableArray<FakePlant> Plants { get; }

    public ImmutableArray<FakeLoad> Loads { get; }

    public FakeBattery Battery => Batteries[0];

    public LimitPass Pass { get; }

    public WriteGuard Guard { get; }

    /// <summary>Seconds since the start.</summary>
    public double Now => Time.GetElapsedTime(0).TotalSeconds;

    /// <summary>One cycle with the given orders; the image shows each battery at its command unless told otherwise.</summary>
    public ImmutableArray<PowerRange?> Cycle(BatteryOrder[] orders, Func<ControlImage, ControlImage>? change = null, decimal? measured = null)
    {
        var image = Site.Image(Now, 0, null, [.. Batteries.Select(b => Site.Cells(Now, measured ?? b.Held?.Min.Watts ?? 0, id: b.Device.Value))]) with
        {
            Loads = [.. Settings.Loads.Select(l => new LoadImage(l.Id, null))],
        };
        var outcome = Pass.Run(change?.Invoke(image) ?? image);
        return Guard.Submit(++number, [.. orders], outcome.Allowed, outcome.Image);
    }

    public ImmutableArray<PowerRange?> Cycle(decimal watts, decimal? measured = null) => Cycle([Pin(watts)], measured: measured);

    /// <summary>Cycles once a second.</summary>
    public void Run(int seconds, BatteryOrder order, decimal? measured = null)
    {
        for (int i = 0; i < seconds; i++)
        {
            Cycle([.. Batteries.Select(_ => order)], measured: measured);
            Time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    public static BatteryOrder Pin(decimal watts) => new(OrderKind.Command, PowerRange.Pin(Power.FromWatts(watts)));

    public static BatteryOrder Bounds(decimal min, decimal max) => new(OrderKind.Command, Site.Range(min, max));
}

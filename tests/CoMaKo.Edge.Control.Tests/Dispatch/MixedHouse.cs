using CoMaKo.Devices;
using CoMaKo.Edge.Control.Balancing;
using CoMaKo.Edge.Control.Dispatch;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Edge.Control.Tests.Limits;
using CoMaKo.Quantities;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.Edge.Control.Tests.Dispatch;

/// <summary>Two batteries of 5 kW behind one meter: the first with an own loop, the second driven by the gateway.</summary>
internal sealed class MixedHouse : IRelaySignals, IDecisionLog, IGridEventLog
{
    private readonly FakeTimeProvider time = new();
    private readonly FakeBattery own;
    private readonly FakeBattery driven;
    private readonly Dispatcher dispatcher;
    private double load;

    public MixedHouse(LimitSettings settings)
    {
        var limits = settings.Batteries[0].Rated;
        own = new(settings.Batteries[0].Id.Value, time) { Traits = new(limits, BatteryFollower.Device, Duration.FromHours(1), Power.FromWatts(1)) };
        driven = new(settings.Batteries[1].Id.Value, time);
        var guard = new WriteGuard(settings, new(), new([own, driven], [], []), time, null, work => work());
        foreach (var battery in new[] { own, driven }) guard.Verify(battery.Device, new("Weber", Site.Start));
        var law = new BalancingLaw(new([new(driven.Device, limits)]));
        law.Use(driven.Device, new(Site.S(0.25), Site.S(0.25), Site.S(1), null));
        var split = new BatterySplit([.. settings.Batteries.Select(b => new SplitBattery(b.Id, b.Rated, new Energy(10_000), 5, 100))]);
        dispatcher = new(new(), settings, new(settings), guard, law, split, new(Image, () => ControlOrders.None, this, [], this, this), time);
    }

    public double Own { get; private set; }

    public double Driven { get; private set; }

    /// <summary>Own times driven power in each second; negative = against each other.</summary>
    public List<double> Products { get; } = [];

    RelayImage IRelaySignals.Current => RelayImage.Empty;

    public void Run(int seconds, double load)
    {
        this.load = load;
        for (int i = 0; i < seconds; i++)
        {
            dispatcher.Cycle();
            for (int k = 0; k < 10; k++) Move();
            if (i > 10) Products.Add(Own * Driven);
        }
    }

    ValueTask IRelaySignals.WaitForEdgeAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    void IDecisionLog.Append(DecisionRecord record)
    {
    }

    void IGridEventLog.Append(GridEventEntry entry)
    {
    }

    private void Move()
    {
        time.Advance(TimeSpan.FromMilliseconds(100));
        double grid = load - Own - Driven, share = 1 - Math.Exp(-0.1);
        var bounds = own.Held ?? Site.Range(-5000, 5000);
        Own += (Math.Clamp(grid + Own, (double)bounds.Min.Watts, (double)bounds.Max.Watts) - Own) * share;
        Driven += ((double)(driven.Held?.Min.Watts ?? 0) - Driven) * share;
    }

    private ControlImage Image()
    {
        double now = time.GetElapsedTime(0).TotalSeconds;
        return Site.Image(
            now, (decimal)Math.Round(load - Own - Driven), null,
            Site.Cells(now, (decimal)Math.Round(Own), id: own.Device.Value), Site.Cells(now, (decimal)Math.Round(Driven), id: driven.Device.Value));
    }
}

using CoMaKo.Devices;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control.Tests.Dispatch.Million;

/// <summary>A random building with random limits. The same number is the same building.</summary>
internal sealed class RandomPlant
{
    private readonly Random random;

    public RandomPlant(int number)
    {
        random = new Random(number);
        // Every tenth building has inverters on different phases.
        HasMixedPhases = number % 10 == 9;
        Follows = number % 10 == 8 ? BatteryFollower.Device : BatteryFollower.Gateway;
        var one = random.Next(3) == 0 ? (Phases)(1 << random.Next(3)) : Phases.All;
        Settings = new(
            [.. Enumerable.Range(0, random.Next(1, 5)).Select(i => Battery(i, HasMixedPhases ? Pick(Phases.All, Phases.L1, Phases.L2, Phases.L3) : one))],
            [.. Enumerable.Range(0, random.Next(3)).Select(i => new LoadSite(new($"load-{i}"), Watts(1000, 22_000), Pick(LoadKind.Wallbox, LoadKind.HeatPump, LoadKind.Cooling)))],
            [.. Enumerable.Range(0, random.Next(3)).Select(i => new PlantSite(new($"roof-{i}"), Watts(1000, 20_000)) { StaticShare = Pick(1m, 1m, 0.7m, 0.6m), Phases = Pick(Phases.All, Phases.L1) })])
        {
            Dim = new() { HasRelay = random.Next(10) < 6, Mode = Pick(DimMode.Group, DimMode.PerDevice), GroupLimit = random.Next(8) == 0 ? Watts(0, 20_000) : null },
            FeedIn = new()
            {
                Relays = [.. new[] { RelayMeaning.FeedIn60, RelayMeaning.FeedIn30, RelayMeaning.FeedIn0, RelayMeaning.FeedIn100 }.Where(_ => random.Next(3) == 0)],
                FailsafeShare = random.Next(3) == 0 ? Pick(0m, 0.5m, 0.6m) : null,
            },
            Fuse = random.Next(2) == 0 ? new(Watts(1000, 20_000), Watts(1000, 20_000)) : null,
            Unbalance = Watts(2000, 6000),
            Reserve = random.Next(5) < 2 ? new(random.Next(5, 50)) { Refill = random.Next(3) > 0 } : null,
            Contract = new()
            {
                ZeroExport = random.Next(5) == 0,
                ExportMax = random.Next(4) == 0 ? Watts(0, 15_000) : null,
                ImportMax = random.Next(4) == 0 ? Watts(0, 15_000) : null,
            },
            GridChargeAllowed = random.Next(2) == 0,
        };
    }

    public LimitSettings Settings { get; }

    public bool HasMixedPhases { get; }

    public BatteryFollower Follows { get; }

    public static Power W(decimal watts) => Power.FromWatts(watts);

    private BatterySite Battery(int i, Phases phases) => new(new($"battery-{i}"), new(-Watts(500, 12_000), Watts(500, 12_000)), new Energy(10_000))
    {
        Phases = phases,
        IsDimmable = random.Next(5) > 0,
    };

    /// <summary>Any power between, to the milliwatt.</summary>
    private Power Watts(int least, int most) => new(random.NextInt64(least * 1000L, most * 1000L));

    private T Pick<T>(params T[] values) => values[random.Next(values.Length)];
}

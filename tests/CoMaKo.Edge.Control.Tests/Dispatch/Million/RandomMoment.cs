using System.Collections.Immutable;
using CoMaKo.Devices;
using CoMaKo.Edge.Control.Directives;
using CoMaKo.Edge.Control.Dispatch;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Tests.Dispatch.Million;

/// <summary>Random measurements, signals, orders, plans and faults at one moment in a plant.</summary>
internal sealed class RandomMoment(RandomPlant plant, Random random)
{
    private static readonly Instant Day = Instant.FromUtc(2026, 6, 1, 0, 0);
    private static readonly double[] Ages = [0, 0, 0, 0, 0.5, 3, 14.9, 15.1, 59.9, 60.1, 599, 601, 4000, -10];

    public ControlImage Image(Duration now)
    {
        var at = Day + now;
        var grid = Measured(now, 30_000);
        return new(at, now, random.Next(10) > 0, grid, Phases(grid), plant.Settings.Plants.IsEmpty ? null : Measured(now, 20_000), [.. plant.Settings.Batteries.Select(b => Battery(b.Id, now))],
            [.. plant.Settings.Loads.Select(l => new LoadImage(l.Id, Measured(now, 15_000)))], Relays(at))
        {
            Orders = new(random.Next(20) == 0 ? new("Weber", at, random.Next(2) == 0 ? null : Any(plant.Settings.Batteries).Id) : null, Directives(at)),
        };
    }

    /// <summary>What a plan, a technician or a fault in the program may want: sensible, absurd, upside down.</summary>
    public ImmutableArray<BatteryOrder> Orders()
    {
        int kind = random.Next(20);
        return [.. plant.Settings.Batteries.Select(_ => kind switch
        {
            0 => BatteryOrder.Keep,
            1 => BatteryOrder.Release,
            _ => new(OrderKind.Command, Wanted()),
        })];
    }

    public DeviceFault Fault() => random.Next(12) switch
    {
        0 => DeviceFault.Throws,
        1 => DeviceFault.TakesAndThrows,
        2 => DeviceFault.Ignores,
        3 => DeviceFault.CannotBeRead,
        4 => DeviceFault.Refuses,
        _ => DeviceFault.None,
    };

    private PowerRange Wanted()
    {
        var first = Power();
        return random.Next(3) switch { 0 => new(first, Power()), _ => PowerRange.Pin(first) };

        Power Power() => random.Next(50) switch
        {
            0 => new(long.MaxValue),
            1 => new(long.MinValue + 1),
            2 => Quantities.Power.Zero,
            _ => new(random.NextInt64(-20_000_000, 20_000_000)),
        };
    }

    private Measured? Measured(Duration now, int most)
    {
        if (random.Next(12) == 0) return null;
        long milliwatts = random.Next(60) switch
        {
            0 => long.MaxValue,
            1 => long.MinValue,
            2 or 3 or 4 => 0,
            _ => random.NextInt64(-most * 1000L, most * 1000L),
        };
        return new(new(milliwatts), now - Duration.FromSeconds(Ages[random.Next(Ages.Length)]), Duration.FromSeconds(random.Next(20) == 0 ? 10 : 1));
    }

    private ImmutableArray<Power> Phases(Measured? grid)
    {
        if (grid is not { } sum || random.Next(2) == 0) return [];
        if (Math.Abs((double)sum.Value.Milliwatts) > 1e12) return [sum.Value, sum.Value, sum.Value];
        long l1 = random.NextInt64(-12_000_000, 12_000_000), l2 = random.NextInt64(-12_000_000, 12_000_000);
        return [new(l1), new(l2), new(sum.Value.Milliwatts - l1 - l2)];
    }

    private BatteryImage Battery(DeviceId id, Duration now)
    {
        decimal soc = random.Next(3) == 0 ? Any<decimal>([0, 3, 5, 5.5m, 16, 18, 20, 21, 95, 99, 100, 101, -1]) : random.Next(0, 1000) / 10m;
        var seen = now - Duration.FromSeconds(Ages[random.Next(Ages.Length)]);
        return new(
            id, Measured(now, 12_000), random.Next(15) == 0 ? null : new(soc, seen), Permitted(), Permitted(),
            random.Next(2) == 0 ? null : Any<decimal>([-20, -11, -1, 0, 20, 20, 20, 50, 51, 56, 999]), null, random.Next(20) == 0)
        {
            IsControlled = random.Next(8) > 0,
            PowerAtMeter = random.Next(3) == 0 ? new(random.NextInt64(-12_000_000, 12_000_000)) : null,
            DoubtedSoC = random.Next(20) == 0 ? new(random.Next(0, 101), now) : null,
        };
    }

    private Power? Permitted() => random.Next(4) switch
    {
        0 => new(random.NextInt64(0, 8_000_000)),
        1 when random.Next(5) == 0 => Any<Power>([new(-5), new(0), new(long.MaxValue)]),
        _ => null,
    };

    private RelayImage Relays(Instant at) => new(
    [
        .. Enum.GetValues<RelayMeaning>().Where(_ => random.Next(6) > 0).Select(meaning => new RelaySignal(meaning, Any<bool?>([true, false, false, null]), at, "line")),
    ]);

    private ImmutableArray<LimitDirective> Directives(Instant at) =>
    [
        .. Enumerable.Range(0, random.Next(8) == 0 ? 3 : random.Next(2)).Select(i => new LimitDirective(
            $"d-{i}", at + Duration.FromSeconds(random.Next(-100, 50)), at + Duration.FromSeconds(random.Next(51, 200) - random.Next(3) / 2 * 150), "hub",
            Any<DirectedLimit>([DirectedLimit.Dim14a, DirectedLimit.FeedIn, DirectedLimit.GridImport]), new(random.NextInt64(0, 15_000_000)))),
    ];

    private T Any<T>(IReadOnlyList<T> values) => values[random.Next(values.Count)];
}

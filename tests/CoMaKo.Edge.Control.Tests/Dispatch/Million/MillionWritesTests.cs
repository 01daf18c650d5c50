using System.Collections.Concurrent;
using CoMaKo.Devices;
using CoMaKo.Edge.Control.Dispatch;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Testing;
using NodaTime;
using Xunit.Abstractions;

namespace CoMaKo.Edge.Control.Tests.Dispatch.Million;

/// <summary>No write leaves any limit, whatever plans, limits, readings and devices do.</summary>
public sealed class MillionWritesTests(ITestOutputHelper output)
{
    private const int Plants = 1000, MomentsPerPlant = 1000;

    /// <summary>Sharing rounds up to whole milliwatts.</summary>
    private const long Tolerance = 8;

    [Fact]
    [Trait("Category", "Slow")]
    public void Submit_AMillionRandomMoments_NoWriteOutsideAnyLimit()
    {
        var wrong = new ConcurrentBag<string>();
        var tally = new Tally();
        Parallel.For(0, Plants, new ParallelOptions { MaxDegreeOfParallelism = 2 }, number => Check(number, tally, wrong));

        output.WriteLine($"{tally.Moments} moments, {tally.Writes} writes, {tally.Pinned} judged exactly, {tally.Mixed} with mixed phases: {tally.Declared} limits could not be kept and said so, {tally.Needless} of them needlessly");
        Assert.Empty(wrong.Take(10));
        Assert.Equal(Plants * MomentsPerPlant, tally.Moments);
        Assert.True(tally.Writes > Plants * MomentsPerPlant / 2, "The devices were hardly written to: this proves nothing.");
        Assert.True(tally.Pinned > Plants * MomentsPerPlant / 2, "Hardly anything was judged exactly: this proves nothing.");
        Assert.True(tally.Needless < tally.Mixed / 200, "Limits give way too often.");
    }

    private static void Check(int number, Tally tally, ConcurrentBag<string> wrong)
    {
        var plant = new RandomPlant(number);
        var site = plant.Settings;
        var time = new FakeTimeProvider();
        FakeBattery[] batteries =
        [
            .. site.Batteries.Select(b => new FakeBattery(b.Id.Value, time) { Traits = new(b.Rated, plant.Follows, Duration.FromHours(1), RandomPlant.W(number % 3 * 10)) }),
        ];
        FakePlant[] plants = [.. site.Plants.Select(p => new FakePlant(p.Id.Value, time) { Installed = p.Installed })];
        FakeLoad[] loads = [.. site.Loads.Select(l => new FakeLoad(l.Id.Value, time))];
        var guard = new WriteGuard(site, new(), new([.. batteries], [.. plants], [.. loads]), time, null, work => work());
        FakeDevice[] devices = [.. batteries, .. plants, .. loads];
        foreach (var device in devices) guard.Verify(device.Device, new("Weber", default));
        var random = new Random(number + 1_000_000);
        var moments = new RandomMoment(plant, random);
        for (int i = 0; i < MomentsPerPlant; i++)
        {
            time.Advance(TimeSpan.FromSeconds(100));
            foreach (var device in devices)
            {
                device.Fault = moments.Fault();
                device.Writes.Clear();
            }

            var image = moments.Image(Duration.FromTimeSpan(time.GetElapsedTime(0)));
            var outcome = new LimitPass(site).Run(image);
            var orders = moments.Orders();
            var told = guard.Submit(i + 1, [.. orders.Select((o, k) => image.Batteries[k].IsControlled ? o : BatteryOrder.Release)], outcome.Allowed, outcome.Image);
            if (Verdict(plant, image, outcome, told, batteries, plants, loads, tally) is { } verdict) wrong.Add($"plant {number}, moment {i}: {verdict}");
        }
    }

    private static string? Verdict(
        RandomPlant plant, ControlImage image, LimitOutcome outcome, IReadOnlyList<PowerRange?> told, FakeBattery[] batteries, FakePlant[] plants, FakeLoad[] loads, Tally tally)
    {
        var oracle = new Oracle(plant.Settings, image);
        Interlocked.Increment(ref tally.Moments);
        Interlocked.Add(ref tally.Writes, batteries.Sum(b => b.Writes.Count));
        return Widened(outcome) ?? Alone(oracle, image, batteries) ?? Loads(oracle, outcome, told, plant, loads) ?? Pv(oracle, plant, plants)
            ?? (plant.HasMixedPhases ? Mixed(oracle, outcome, told, plant, tally) : Together(oracle, outcome, told, plant, tally));
    }

    /// <summary>Each limit leaves a part of what the one before it left.</summary>
    private static string? Widened(LimitOutcome outcome)
    {
        foreach (var row in outcome.Trace)
        {
            for (int i = 0; i < row.Before.Batteries.Length; i++)
            {
                if (!Inside(row.After.Batteries[i], row.Before.Batteries[i]) || !Inside(row.After.Following[i], row.Before.Following[i])) return $"{row.Name} widened battery {i}";
            }

            for (int i = 0; i < row.Before.Loads.Length; i++) if (row.After.Loads[i] > row.Before.Loads[i]) return $"{row.Name} widened load {i}";
            if (row.After.GridExport > row.Before.GridExport || row.After.GridImport > row.Before.GridImport) return $"{row.Name} widened the connection";
            if (row.Before.GridExport is not null && row.After.GridExport is null) return $"{row.Name} lifted the export limit";
        }

        return null;
    }

    /// <summary>Each write by itself: ratings, BMS, temperature, charge, lock, and reserve where no other limit forces more.</summary>
    private static string? Alone(Oracle oracle, ControlImage image, FakeBattery[] batteries)
    {
        for (int i = 0; i < batteries.Length; i++)
        {
            var (low, high) = oracle.Alone(i);
            foreach (var (_, written, validFor) in batteries[i].Writes)
            {
                if (written is not { } range) continue;
                if (!image.Batteries[i].IsControlled) return $"battery {i} is not controlled and was written to";
                if (range.Min > range.Max || validFor <= Duration.Zero || validFor > Duration.FromSeconds(60)) return $"battery {i}: {range} for {validFor}";
                if (range.Min.Milliwatts < low || range.Max.Milliwatts > high) return $"battery {i} was told {range}, may do {low} to {high}";
            }
        }

        return null;
    }

    private static string? Together(Oracle oracle, LimitOutcome outcome, IReadOnlyList<PowerRange?> told, RandomPlant plant, Tally tally)
    {
        if (oracle.Controlled.Count == 0 || oracle.Controlled.Any(i => told[i] is not { } range || range.Min != range.Max)) return null;
        long[] powers = [.. oracle.Controlled.Select(i => told[i]!.Value.Min.Milliwatts)];
        var set = oracle.Exact();
        Interlocked.Increment(ref tally.Pinned);
        if (oracle.DimTotal is { } dim) set.Dim(-Math.Max(0, dim - outcome.Allowed.Loads.Sum(l => l.Milliwatts)), long.MaxValue / 4);
        if (!set.Contains(powers, Tolerance)) return $"dim: {string.Join(' ', powers)}";
        foreach (var (limit, from, to) in oracle.GridOperatorSums())
        {
            set.Sum(from, to);
            if (!set.Contains(powers, Tolerance)) return $"{limit} {from} to {to}: {string.Join(' ', powers)}";
        }

        // Not to discharge goes before filling up: no battery fills from another one.
        long[] fill = [.. oracle.Controlled.Select(i => oracle.Reserve(i) ?? long.MaxValue / 16)], keep = [.. fill.Select(r => Math.Max(r, 0))];
        if (Excess(powers, keep) > set.LeastExcess(keep, isIdle: false) + Tolerance) return $"reserve {string.Join(' ', keep)}: {string.Join(' ', powers)}";
        long least = set.LeastExcess(fill, isIdle: true);
        if (Excess(powers, fill) > least + Tolerance) return $"refill {string.Join(' ', fill)}: {string.Join(' ', powers)}";
        // Where the reserve had to give way, what is left for limits of lower rank has no simple shape.
        if (least > 0) return null;
        for (int k = 0; k < powers.Length; k++) set.One(k, long.MinValue / 16, fill[k]);

        foreach (var (limit, from, to) in oracle.OwnSums())
        {
            set.Sum(from, to);
            if (set.Contains(powers, Tolerance)) continue;
            // A reserve that is being filled goes before import limits; only what it needs, and no other battery discharges for it.
            bool isForTheReserveOnly = powers.Sum() < from && fill.Any(r => r < 0) && powers.Zip(fill).All(p => p.First >= Math.Min(p.Second, 0) - Tolerance);
            return isForTheReserveOnly ? null : $"{limit} {from} to {to}: {string.Join(' ', powers)}";
        }

        return null;
    }

    private static long Excess(long[] powers, long[] limits) => powers.Zip(limits, (power, most) => Math.Max(0, power - most)).Sum();

    /// <summary>
    /// With inverters on different phases a limit shares its burden without knowing what the next one will ask for. What is not kept must at least be said, and
    /// nearly always really be impossible.
    /// </summary>
    private static string? Mixed(Oracle oracle, LimitOutcome outcome, IReadOnlyList<PowerRange?> told, RandomPlant plant, Tally tally)
    {
        if (oracle.Controlled.Count == 0 || oracle.Controlled.Any(i => told[i] is null)) return null;
        Interlocked.Increment(ref tally.Mixed);
        double[] powers = [.. oracle.Controlled.Select(i => told[i]!.Value.Min.Milliwatts / 1e6)];
        List<(double[] Weights, double Most)> limits = [];
        for (int k = 0; k < powers.Length; k++)
        {
            var (low, high) = oracle.Alone(oracle.Controlled[k]);
            Add(Enumerable.Range(0, powers.Length).Select(j => j == k ? 1.0 : 0).ToArray(), low, high);
        }

        foreach (var (limit, weights, from, to) in oracle.PhaseLimits(outcome.Allowed.Loads.Sum(l => l.Milliwatts)))
        {
            Add(weights, from, to);
            double sum = weights.Zip(powers, (w, x) => w * x).Sum();
            if (sum >= from / 1e6 - 1e-5 && sum <= to / 1e6 + 1e-5) continue;
            if (!outcome.Allowed.Conflicts.Contains(limit)) return $"{limit} {from} to {to} not kept and not said: {string.Join(' ', powers)}";
            Interlocked.Increment(ref tally.Declared);
            if (Corners.Exist(limits, powers.Length)) Interlocked.Increment(ref tally.Needless);
            return null; // what gave way once is no clean start for judging the next
        }

        return null;

        void Add(double[] weights, double from, double to)
        {
            limits.Add((weights, to / 1e6));
            limits.Add(([.. weights.Select(w => -w)], -from / 1e6));
        }
    }

    private static string? Loads(Oracle oracle, LimitOutcome outcome, IReadOnlyList<PowerRange?> told, RandomPlant plant, FakeLoad[] loads)
    {
        for (int i = 0; i < loads.Length; i++)
        {
            foreach (var (_, range, _) in loads[i].Writes)
            {
                if (range is { } limit && (limit.Max > outcome.Allowed.Loads[i] || limit.Max.Milliwatts < 0)) return $"load {i} was given {limit.Max}";
                if (range is null && oracle.DimTotal is not null && outcome.Allowed.Loads[i] < plant.Settings.Loads[i].Rated) return $"load {i} was released while dimmed";
            }
        }

        if (oracle.DimTotal is not { } total) return null;
        long loadSum = outcome.Allowed.Loads.Sum(l => l.Milliwatts);
        long charge = -oracle.Controlled.Where(i => plant.Settings.Batteries[i].IsDimmable).Sum(i => told[i] is { } range && range.Min == range.Max ? Math.Min(0, range.Min.Milliwatts) : 0);
        return loadSum > total + Tolerance ? $"loads may draw {loadSum} of {total}" : loadSum + charge > total + Tolerance && outcome.Trace.All(t => !t.IsConflict) ? $"dimmed devices draw {loadSum} + {charge} of {total}" : null;
    }

    private static string? Pv(Oracle oracle, RandomPlant plant, FakePlant[] plants)
    {
        long? most = oracle.PvOutput(oracle.Controlled.Select(i => oracle.Alone(i).Low));
        foreach (var one in plants)
        {
            foreach (var (_, range, _) in one.Writes)
            {
                if (range is { } limit && (limit.Min.Milliwatts != 0 || limit.Max.Milliwatts < 0 || limit.Max >= one.Installed)) return $"plant {one.Device} was given {limit}";
            }
        }

        // A write may fail; what was written together must not be more than house, batteries and limit take.
        var written = plants.Where(p => p.Writes.Count > 0 && p.Writes[^1].Range is not null).ToList();
        if (most is null || written.Count < plants.Length) return null;
        long sum = written.Sum(p => p.Writes[^1].Range!.Value.Max.Milliwatts);
        return sum > most + Tolerance ? $"plants may produce {sum}, at most {most}" : null;
    }

    private static bool Inside(PowerRange inner, PowerRange outer) => inner.Min <= inner.Max && outer.Contains(inner.Min) && outer.Contains(inner.Max);

    private sealed class Tally
    {
        public int Moments;
        public int Writes;
        public int Pinned;
        public int Mixed;
        public int Declared;
        public int Needless;
    }
}

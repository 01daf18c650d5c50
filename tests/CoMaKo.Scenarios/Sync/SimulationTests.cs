using System.Globalization;
using CoMaKo.Testing;

namespace CoMaKo.Scenarios.Sync;

/// <summary>The sync protocol under every fault at once (contracts/SYNC.md). A failing seed is named and replays with <c>COMAKO_SIM_SEED=n</c>.</summary>
public sealed class SimulationTests
{
    [Fact]
    [Trait("Category", "Slow")]
    public void Protocol_UnderRandomFaults_HasItsEffectExactlyOnce()
    {
        int[] seeds = Environment.GetEnvironmentVariable("COMAKO_SIM_SEED") is { Length: > 0 } one
            ? [int.Parse(one, CultureInfo.InvariantCulture)]
            : [.. Enumerable.Range(1, int.Parse(Environment.GetEnvironmentVariable("COMAKO_SIM_SEEDS") ?? "300", CultureInfo.InvariantCulture))];

        var failures = RunAll(seeds, Engine.Sqlite);

        Assert.True(failures.Count == 0, $"{failures.Count} of {seeds.Length} seeds failed.{Environment.NewLine}{string.Join(Environment.NewLine, failures.Take(10))}");
    }

    /// <summary>The same worlds with the hub's database on a server: fewer of them, because each of their thousands of commits is synced to a real disk.</summary>
    [RequiresFact(Peer.Postgres)]
    [Trait("Category", "Slow")]
    public void Protocol_UnderRandomFaults_WithAServer_HasItsEffectExactlyOnce()
    {
        int[] seeds = [.. Enumerable.Range(1, Environment.GetEnvironmentVariable("COMAKO_FULL") == "1" ? 100 : 4)];

        var failures = RunAll(seeds, Engine.Postgres);

        Assert.True(failures.Count == 0, $"{failures.Count} of {seeds.Length} seeds failed.{Environment.NewLine}{string.Join(Environment.NewLine, failures.Take(10))}");
    }

    [Fact]
    public void Simulation_OfTheSameSeed_HappensTheSameWay() =>
        Assert.All(Enumerable.Range(1, 5), seed => Assert.Equal(Traced(seed), Traced(seed)));

    [Fact]
    public void Simulations_MeetEveryFault() // an oracle that sees no fault proves nothing
    {
        var seen = Enumerable.Range(1, 60).SelectMany(Traced).ToList();
        string[] faults = ["killed before", "killed after", "crashed before", "crashed after", "restored from the backup", "image-", "disk cloned", "disk lost",
            "damaged on the disk", "cut off", "without an answer", "from an old connection", "new epoch", "no mark", "405 days"];
        Assert.All(faults, fault => Assert.Contains(seen, line => line.Contains(fault, StringComparison.Ordinal)));
    }

    private static List<string> RunAll(int[] seeds, Engine engine)
    {
        var failures = new List<string>();
        int next = -1;
        Thread[] threads = [.. Enumerable.Range(0, Math.Min(Environment.ProcessorCount, seeds.Length)).Select(_ => new Thread(() =>
        {
            for (int i = Interlocked.Increment(ref next); i < seeds.Length; i = Interlocked.Increment(ref next))
            {
                if (Failure(seeds[i], engine) is not { } failure) continue;
                lock (failures) failures.Add(failure);
            }
        }))];
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        return failures;
    }

    /// <returns>What went wrong, with the way to see it again; absent if nothing did.</returns>
    private static string? Failure(int seed, Engine engine)
    {
        using var simulation = new Simulation(seed, engine);
        try
        {
            simulation.Run();
            return null;
        }
        catch (Exception broken)
        {
            bool single = Environment.GetEnvironmentVariable("COMAKO_SIM_SEED") is { Length: > 0 };
            var lines = single ? simulation.Timeline.Trace : simulation.Timeline.Trace.TakeLast(5);
            return FormattableString.Invariant($"COMAKO_SIM_SEED={seed} replays this:{Environment.NewLine}{(broken is InvariantBrokenException ? broken.Message : broken)}{Environment.NewLine}{string.Join(Environment.NewLine, lines)}");
        }
    }

    private static IReadOnlyList<string> Traced(int seed)
    {
        using var simulation = new Simulation(seed);
        Exception? broken = null;
        var thread = new Thread(() => broken = Record.Exception(simulation.Run)); // without xunit's synchronization context
        thread.Start();
        thread.Join();
        Assert.True(broken is null, FormattableString.Invariant($"COMAKO_SIM_SEED={seed} replays this: {broken?.Message}"));
        return simulation.Timeline.Trace;
    }
}

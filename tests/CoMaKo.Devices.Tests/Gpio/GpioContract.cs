using NodaTime;

namespace CoMaKo.Devices.Tests.Gpio;

/// <summary>A chip with somebody at its pins.</summary>
public interface IGpioBench : IAsyncDisposable
{
    IGpioLines Chip { get; }

    /// <summary>Lines 0 to this − 1.</summary>
    int Lines { get; }

    /// <summary>Sets the level at a pin from outside.</summary>
    void Drive(int line, bool level);

    /// <summary>Level that an output gives to the outside.</summary>
    bool LevelAt(int line);
}

/// <summary>What every chip does, simulated or real; times are real.</summary>
internal static class GpioContract
{
    private static readonly Duration None = Duration.Zero, Short = Duration.FromMilliseconds(60);

    public static readonly IReadOnlyDictionary<string, Func<IGpioBench, Task>> Checks = new Dictionary<string, Func<IGpioBench, Task>>
    {
        ["levels"] = LevelsAsync, ["edges"] = EdgesAsync, ["debounce"] = DebounceAsync, ["outputs"] = OutputsAsync, ["taken"] = TakenAsync, ["no such line"] = NoSuchLineAsync,
        ["cancelled"] = CancelledAsync, ["closed"] = ClosedAsync, ["buffer"] = BufferAsync,
    };

    private static Task LevelsAsync(IGpioBench bench)
    {
        using var input = bench.Chip.OpenInput(1, new("test", None));
        foreach (bool level in (bool[])[false, true, false])
        {
            bench.Drive(1, level);
            Assert.Equal(level, input.Read());
        }

        return Task.CompletedTask;
    }

    private static async Task EdgesAsync(IGpioBench bench)
    {
        bench.Drive(2, false);
        using var input = bench.Chip.OpenInput(2, new("test", None));
        var edges = input.EdgesAsync(default).GetAsyncEnumerator();
        var first = edges.MoveNextAsync(); // waits before anything happens
        await Task.Delay(TimeSpan.FromMilliseconds(30), TimeProvider.System);
        for (int i = 0; i < 6; i++)
        {
            bench.Drive(2, i % 2 == 0);
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }

        var seen = new List<GpioEdge>();
        Assert.True(await first.AsTask().WaitAsync(TimeSpan.FromSeconds(5)));
        seen.Add(edges.Current);
        while (seen.Count < 6)
        {
            Assert.True(await edges.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(5)));
            seen.Add(edges.Current);
        }

        Assert.Equal([true, false, true, false, true, false], seen.Select(e => e.Rising));
        Assert.Equal([1, 2, 3, 4, 5, 6], seen.Select(e => e.Sequence));
        Assert.All(seen.Zip(seen.Skip(1)), pair => Assert.InRange((pair.Second.Monotonic - pair.First.Monotonic).TotalMilliseconds, 0.5, 2000));
        Assert.InRange((Duration.FromTimeSpan(TimeProvider.System.GetElapsedTime(0)) - seen[^1].Monotonic).TotalSeconds, 0, 10); // the process's monotonic clock
        await edges.DisposeAsync();
    }

    private static async Task DebounceAsync(IGpioBench bench)
    {
        bench.Drive(3, false);
        using var input = bench.Chip.OpenInput(3, new("test", Short));
        for (int i = 0; i < 9; i++) bench.Drive(3, i % 2 == 0); // bounces and stays high
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(600));
        var seen = new List<GpioEdge>();
        try
        {
            await foreach (var edge in input.EdgesAsync(stop.Token)) seen.Add(edge);
        }
        catch (OperationCanceledException)
        {
            // The time is over.
        }

        Assert.True(Assert.Single(seen).Rising);
        Assert.True(input.Read());
    }

    private static Task OutputsAsync(IGpioBench bench)
    {
        using (var output = bench.Chip.OpenOutput(4, true, "test"))
        {
            Assert.True(output.Level && bench.LevelAt(4));
            output.Set(false);
            Assert.False(output.Level || bench.LevelAt(4));
            output.Set(true);
            Assert.True(bench.LevelAt(4));
        }

        using var again = bench.Chip.OpenOutput(4, false, "test");
        Assert.False(bench.LevelAt(4));
        return Task.CompletedTask;
    }

    private static Task TakenAsync(IGpioBench bench)
    {
        using (bench.Chip.OpenInput(5, new("first", None)))
        {
            Assert.Equal("CME-2304", Assert.Throws<LinkException>(() => bench.Chip.OpenInput(5, new("second", None))).Code);
            Assert.Equal("CME-2304", Assert.Throws<LinkException>(() => bench.Chip.OpenOutput(5, false, "third")).Code);
        }

        using var freed = bench.Chip.OpenInput(5, new("fourth", None));
        return Task.CompletedTask;
    }

    private static Task NoSuchLineAsync(IGpioBench bench)
    {
        foreach (int line in (int[])[-1, bench.Lines]) Assert.Equal("CME-2303", Assert.Throws<LinkException>(() => bench.Chip.OpenInput(line, new("test", None))).Code);
        return Task.CompletedTask;
    }

    private static async Task CancelledAsync(IGpioBench bench)
    {
        using var input = bench.Chip.OpenInput(6, new("test", None));
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await input.EdgesAsync(stop.Token).GetAsyncEnumerator(stop.Token).MoveNextAsync());
        Assert.False(input.Read());
    }

    private static async Task ClosedAsync(IGpioBench bench)
    {
        var input = bench.Chip.OpenInput(6, new("test", None));
        var waiting = input.EdgesAsync(default).GetAsyncEnumerator().MoveNextAsync();
        await Task.Delay(TimeSpan.FromMilliseconds(30), TimeProvider.System);
        input.Dispose();
        await Assert.ThrowsAnyAsync<IOException>(() => waiting.AsTask().WaitAsync(TimeSpan.FromSeconds(5)));
        Assert.ThrowsAny<IOException>(() => input.Read());
    }

    /// <summary>Edges that nobody fetches push out the oldest, and the sequence shows how many are missing.</summary>
    private static async Task BufferAsync(IGpioBench bench)
    {
        bench.Drive(7, false);
        using var input = bench.Chip.OpenInput(7, new("test", None));
        const int Edges = 700;
        for (int i = 1; i <= Edges; i++) bench.Drive(7, i % 2 == 1);
        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        var seen = new List<uint>();
        await foreach (var edge in input.EdgesAsync(default))
        {
            seen.Add(edge.Sequence);
            if (edge.Sequence == Edges) break;
        }

        Assert.InRange(seen.Count, 500, 600);
        Assert.Equal(Enumerable.Range(Edges - seen.Count + 1, seen.Count).Select(n => (uint)n), seen);
    }
}

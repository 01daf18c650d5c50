using System.Globalization;
using Xunit.Abstractions;

namespace CoMaKo.Integration.Tests.Kill;

/// <summary><c>kill -9</c> at random points. <c>COMAKO_KILL_CYCLES</c> sets how often, <c>COMAKO_KILL_SEED</c> repeats a run's choice of points. Each part that keeps the buffer has a subclass.</summary>
/// <param name="part">Its name, as in the building file.</param>
public abstract class StoreKillContract(string part, ITestOutputHelper output)
{
    private const int DefaultCycles = 200;

    [Fact]
    public async Task Store_KilledAtRandomPoints_LosesAndDoublesNothing()
    {
        int cycles = Setting("COMAKO_KILL_CYCLES") ?? DefaultCycles;
        int seed = Setting("COMAKO_KILL_SEED") ?? Random.Shared.Next();
        output.WriteLine(FormattableString.Invariant($"{cycles} cycles, COMAKO_KILL_SEED={seed}"));
        string directory = Directory.CreateTempSubdirectory("comako-kill-").FullName;
        try
        {
            var findings = await KillLoop.RunAsync(new StoreKillTarget(part), directory, cycles, TimeSpan.FromMilliseconds(120), new Random(seed));
            Assert.True(findings.Count == 0, FormattableString.Invariant($"COMAKO_KILL_SEED={seed}\n{string.Join('\n', findings.Take(20))}"));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static int? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}

/// <summary>The default part: SQLite.</summary>
public sealed class StoreKillTests(ITestOutputHelper output) : StoreKillContract("sqlite", output);

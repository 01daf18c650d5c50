using System.Diagnostics;
using CoMaKo.Integration.Tests.Kill;
using CoMaKo.StoreWorkload;
using CoMaKo.Testing;

namespace CoMaKo.Integration.Tests.Crash;

/// <summary>A disk whose calls fail now and then (injected by strace): the store refuses, goes on, and loses and doubles nothing. Each part that keeps the buffer has a subclass.</summary>
/// <param name="part">Its name, as in the building file.</param>
/// <param name="sync">The system call by which it syncs a commit.</param>
/// <param name="log">Name of the file in which a commit lies first.</param>
public abstract class StoreFaultContract(string part, string sync, string log)
{
    private const string Sync = "sync";

    private const int EnoughRecords = 400;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [RequiresTheory(Peer.Strace)]
    [InlineData(Sync, "EIO", 40, 23, "CME-1702")]
    [InlineData("pwrite64", "EIO", 300, 171, "CME-1702")]
    [InlineData("pwrite64", "ENOSPC", 300, 171, "CME-1701")]
    [InlineData("ftruncate", "EIO", 8, 3, null)] // only in checkpoints, which the next commit makes up for
    public async Task Store_CallFails_RefusesAndGoesOn(string call, string error, int first, int every, string? code)
    {
        string folder = Directory.CreateTempSubdirectory("comako-fault-").FullName;
        try
        {
            string data = Path.Combine(folder, "data");
            string name = call == Sync ? sync : call;
            var said = await RunAsync(
                ["strace", "-f", "-o", Path.Combine(folder, "trace"), "-e", $"trace={name}", "-e", FormattableString.Invariant($"inject={name}:error={error}:when={first}+{every}")], data, EnoughRecords);
            Assert.Contains(File.ReadLines(Path.Combine(folder, "trace")), l => l.Contains("(INJECTED)", StringComparison.Ordinal));
            string[] expected = code is null ? [] : [$"@failed {code}"];
            Assert.Equal(expected, said.Where(l => l.StartsWith("@failed", StringComparison.Ordinal)).Distinct());
            Assert.Empty(await new StoreKillTarget(part).AuditAsync(data, said));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>What a killed process had written may still be in the kernel's memory alone: it is synced before anyone hears of it.</summary>
    [RequiresFact(Peer.Strace)]
    public async Task Store_OpenedAfterAKill_SyncsTheLogBeforeItSaysAnything()
    {
        string folder = Directory.CreateTempSubdirectory("comako-fault-").FullName;
        try
        {
            string data = Path.Combine(folder, "data"), trace = Path.Combine(folder, "trace");
            await RunAsync([], data, 20);
            await RunAsync(["strace", "-f", "-y", "-o", trace, "-e", "trace=fsync,fdatasync,write"], data, 1);
            var lines = File.ReadLines(trace).ToList();
            int synced = lines.FindIndex(l => l.Contains("sync(", StringComparison.Ordinal) && l.Contains(log + ">", StringComparison.Ordinal));
            int spoken = lines.FindIndex(l => l.Contains("\"@epoch", StringComparison.Ordinal));
            Assert.InRange(synced, 0, spoken - 1);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Lets the workload append until it has said so many records, then kills it.</summary>
    private async Task<List<string>> RunAsync(string[] under, string data, int enough)
    {
        string[] line = [.. under, "dotnet", typeof(Workload).Assembly.Location, "append", part, data];
        var start = new ProcessStartInfo(line[0], line[1..])
        {
            Environment = { ["DOTNET_EnableDiagnostics"] = "0" },
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Limit);
        var said = new List<string>();
        int records = 0;
        while (records < enough && await process.StandardOutput.ReadLineAsync(limit.Token) is { } heard)
        {
            said.Add(heard);
            if (heard.StartsWith("@has", StringComparison.Ordinal)) records++;
        }

        process.Kill(entireProcessTree: true);
        said.AddRange((await process.StandardOutput.ReadToEndAsync(limit.Token)).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        await process.WaitForExitAsync(limit.Token);
        Assert.True(records >= enough, $"The workload ended after {records} records.");
        return said;
    }
}

/// <summary>The default part: SQLite.</summary>
public sealed class StoreFaultTests() : StoreFaultContract("sqlite", "fdatasync", "outbox.db-wal");

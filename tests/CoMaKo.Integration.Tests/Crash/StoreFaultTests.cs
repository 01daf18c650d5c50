using System.Diagnostics;
using CoMaKo.Integration.Tests.Kill;
using CoMaKo.StoreWorkload;
using CoMaKo.Testing;

namespace CoMaKo.Integration.Tests.Crash;

/// <summary>A disk whose calls fail now and then (injected by strace): the store refuses, goes on, and loses and doubles nothing. Each part that keeps the buffer has a subclass.</summary>
/// <param name="part">Its name, as in the building file.</param>
/// <param name="sync">The system call by which it syncs a commit.</param>
public abstract class StoreFaultContract(string part, string sync)
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
            var said = await RunAsync(Path.Combine(folder, "trace"), data, FormattableString.Invariant($"{(call == Sync ? sync : call)}:error={error}:when={first}+{every}"));
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

    private async Task<List<string>> RunAsync(string trace, string data, string fault)
    {
        var start = new ProcessStartInfo("strace")
        {
            ArgumentList = { "-f", "-o", trace, "-e", "trace=" + fault.Split(':')[0], "-e", "inject=" + fault, "dotnet", typeof(Workload).Assembly.Location, "append", part, data },
            Environment = { ["DOTNET_EnableDiagnostics"] = "0" },
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Limit);
        var said = new List<string>();
        int records = 0;
        while (records < EnoughRecords && await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            said.Add(line);
            if (line.StartsWith("@has", StringComparison.Ordinal)) records++;
        }

        process.Kill(entireProcessTree: true);
        said.AddRange((await process.StandardOutput.ReadToEndAsync(limit.Token)).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        await process.WaitForExitAsync(limit.Token);
        Assert.True(records >= EnoughRecords, $"The workload ended after {records} records.");
        return said;
    }
}

/// <summary>The default part: SQLite.</summary>
public sealed class StoreFaultTests() : StoreFaultContract("sqlite", "fdatasync");

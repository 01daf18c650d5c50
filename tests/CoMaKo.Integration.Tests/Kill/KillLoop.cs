using System.Collections.Concurrent;
using System.Diagnostics;

namespace CoMaKo.Integration.Tests.Kill;

/// <summary>A program that makes things durable, says so on standard output, and is killed in the middle of it.</summary>
internal interface IKillTarget
{
    /// <summary>How to start it on a data directory.</summary>
    ProcessStartInfo Start(string dataDirectory);

    /// <summary>Whether a line says that the program is at work; before it, a kill hits the start.</summary>
    bool IsAtWork(string line);

    /// <summary>Compares what is on the disk, with no process running, with all lines said in all cycles.</summary>
    /// <returns>What is lost, doubled or wrong; empty if nothing.</returns>
    Task<IReadOnlyList<string>> AuditAsync(string dataDirectory, IReadOnlyCollection<string> said);
}

/// <summary>Starts a target again and again on the same data and kills it (SIGKILL) at random points.</summary>
internal static class KillLoop
{
    private const int AuditEvery = 20;

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    /// <param name="longest">How long it lives at work; on a machine so busy that the start took longer, as long as that.</param>
    /// <returns>What the audits found, and starts that failed.</returns>
    public static async Task<IReadOnlyList<string>> RunAsync(IKillTarget target, string dataDirectory, int cycles, TimeSpan longest, Random random)
    {
        var said = new ConcurrentQueue<string>();
        var findings = new List<string>();
        for (int cycle = 1; cycle <= cycles && findings.Count == 0; cycle++)
        {
            // One kill in ten comes before the program is at work.
            double share = random.NextDouble();
            bool atWork = random.Next(10) != 0;
            if (await OneAsync(target.Start(dataDirectory), target.IsAtWork, atWork, longest, share, said) is { } failed) findings.Add($"cycle {cycle}: {failed}");
            if (cycle % AuditEvery == 0 || cycle == cycles || findings.Count > 0)
                findings.AddRange((await target.AuditAsync(dataDirectory, said)).Select(f => $"after cycle {cycle}: {f}"));
        }

        return findings;
    }

    /// <returns>Why the start failed; absent if the program lived until it was killed.</returns>
    private static async Task<string?> OneAsync(ProcessStartInfo start, Func<string, bool> isAtWork, bool waitForWork, TimeSpan longest, double share, ConcurrentQueue<string> said)
    {
        long began = TimeProvider.System.GetTimestamp();
        start.UseShellExecute = false;
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        var atWork = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var output = ReadAsync(process.StandardOutput, isAtWork, atWork, said);
        var errors = process.StandardError.ReadToEndAsync();
        if (waitForWork) await Task.WhenAny(atWork.Task, process.WaitForExitAsync()).WaitAsync(StartLimit);
        var startTook = waitForWork ? TimeProvider.System.GetElapsedTime(began) : TimeSpan.Zero;
        await Task.Delay(share * (startTook > longest ? startTook : longest), TimeProvider.System);
        bool ended = process.HasExited;
        if (!ended) process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        await output;
        return ended ? FormattableString.Invariant($"ended by itself with {process.ExitCode}: {await errors}") : null;
    }

    private static async Task ReadAsync(StreamReader output, Func<string, bool> isAtWork, TaskCompletionSource atWork, ConcurrentQueue<string> said)
    {
        while (await output.ReadLineAsync() is { } line)
        {
            said.Enqueue(line);
            if (isAtWork(line)) atWork.TrySetResult();
        }
    }
}

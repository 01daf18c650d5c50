using System.Diagnostics;

namespace CoMaKo.Testing;

/// <summary>A program of this product as a real process, with its output kept for the message of a failing test. Ends with the test.</summary>
public sealed class RunningProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly Queue<string> output = new();
    private readonly string name;

    private RunningProcess(string name, Process process)
    {
        (this.name, this.process) = (name, process);
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => process.Id;

    public bool HasExited => process.HasExited;

    /// <summary>How to start a program from the build output of the configuration that the tests were built in.</summary>
    public static ProcessStartInfo Describe(string project, string program, params IEnumerable<string> arguments) => new(PathOf(project, program), arguments);

    public static RunningProcess Start(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = start.RedirectStandardInput = true;
        return new(Path.GetFileName(start.FileName), Process.Start(start)!);
    }

    private static string PathOf(string project, string program)
    {
        // artifacts/bin/TEST PROJECT/CONFIGURATION, wherever the artifacts are.
        var own = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        return Path.Combine(own.Parent!.Parent!.FullName, project, own.Name, program);
    }

    /// <summary>What it last printed.</summary>
    public string Output
    {
        get
        {
            lock (output) return $"{name}:\n{string.Join('\n', output)}";
        }
    }

    /// <summary>Types a line into its standard input.</summary>
    public async Task TypeAsync(string line)
    {
        await process.StandardInput.WriteLineAsync(line);
        await process.StandardInput.FlushAsync();
    }

    /// <summary>SIGKILL: as a power cut, but the disk's cache survives.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, as systemd stops a service; returns the exit code.</summary>
    /// <exception cref="TimeoutException">It did not stop within 20 s.</exception>
    public async Task<int> StopAsync()
    {
        if (!process.HasExited) Signal("TERM");
        try
        {
            await process.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromSeconds(20), TimeProvider.System).Token);
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"{name} did not stop within 20 s. {Output}", e);
        }

        return process.ExitCode;
    }

    /// <summary>Sends a signal by name, e.g. <c>STOP</c>.</summary>
    public void Signal(string signal)
    {
        using var kill = Process.Start("/bin/kill", ["-" + signal, process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) await KillAsync();
        process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (output)
        {
            output.Enqueue(line);
            if (output.Count > 60) output.Dequeue();
        }
    }
}

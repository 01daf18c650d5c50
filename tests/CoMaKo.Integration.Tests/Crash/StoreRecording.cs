using System.Diagnostics;
using CoMaKo.StoreWorkload;

namespace CoMaKo.Integration.Tests.Crash;

/// <summary>Runs the scripted workload on the real store under strace.</summary>
internal static class StoreRecording
{
    /// <returns>Everything that the store did to its files, with what it said in between.</returns>
    public static async Task<IReadOnlyList<DiskOperation>> RecordAsync(string part)
    {
        string folder = Directory.CreateTempSubdirectory("comako-crash-").FullName;
        try
        {
            string trace = Path.Combine(folder, "trace");
            string data = Path.Combine(folder, "data");
            var start = new ProcessStartInfo("strace")
            {
                ArgumentList = { "-f", "-y", "-xx", "-s", "1000000", "-e", "trace=" + SystemCallLog.Calls, "-o", trace, "dotnet", typeof(Workload).Assembly.Location, "script", part, data },
                Environment = { ["DOTNET_EnableDiagnostics"] = "0" },
                RedirectStandardOutput = true,
                UseShellExecute = false,
            };
            using var process = Process.Start(start)!;
            await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.Equal(0, process.ExitCode);
            return SystemCallLog.Read(File.ReadLines(trace), data);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

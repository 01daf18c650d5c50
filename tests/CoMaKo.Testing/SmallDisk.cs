using System.Diagnostics;
using Xunit;

namespace CoMaKo.Testing;

/// <summary>Runs where a small file system in memory can be mounted, which needs root; elsewhere it says so. With <c>CI=true</c> it always runs.</summary>
public sealed class SmallDiskFactAttribute : FactAttribute
{
    public SmallDiskFactAttribute() =>
        Skip = Environment.IsPrivilegedProcess || Environment.GetEnvironmentVariable("CI") == "true" ? null : "Needs root to mount a small file system: run the tests with sudo.";
}

/// <summary>A file system of a few MiB that is really full when it is full.</summary>
public sealed class SmallDisk : IDisposable
{
    public SmallDisk(int mebibytes) => Run("mount", "-t", "tmpfs", "-o", FormattableString.Invariant($"size={mebibytes}m"), "comako-test", Path);

    public string Path { get; } = Directory.CreateTempSubdirectory("comako-disk-").FullName;

    /// <summary>A file of other people, as large as the disk allows.</summary>
    public string Fill()
    {
        string path = System.IO.Path.Combine(Path, "other");
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true) file.Write(new byte[4096]);
        }
        catch (IOException)
        {
            return path;
        }
    }

    public void Dispose()
    {
        Run("umount", Path);
        Directory.Delete(Path);
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false })!;
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} ended with {process.ExitCode}.");
    }
}

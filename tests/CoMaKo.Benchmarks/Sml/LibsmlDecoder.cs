using System.Diagnostics;
using System.Globalization;
using CoMaKo.Testing;

namespace CoMaKo.Benchmarks.Sml;

/// <summary>libsml of the distribution behind a small program of ours, compiled when the benchmark starts.</summary>
internal sealed class LibsmlDecoder : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("comako-libsml-").FullName;
    private readonly string program;
    private readonly string input;

    public LibsmlDecoder(IReadOnlyList<byte[]> frames)
    {
        program = Path.Combine(folder, "libsml_decode");
        input = Path.Combine(folder, "frames");
        File.WriteAllBytes(input, [.. frames.SelectMany(f => (byte[])[(byte)(f.Length >> 8), (byte)f.Length, .. f])]);
        Start("gcc", "-O2", "-o", program, Repository.At("tests", "CoMaKo.Benchmarks", "Sml", "libsml_decode.c"), "-lsml", "-luuid", "-lm");
    }

    public (double Seconds, long Values, double Sum) Decode(int rounds)
    {
        string[] printed = Start(program, input, rounds.ToString(CultureInfo.InvariantCulture)).Split(' ');
        return (double.Parse(printed[0], CultureInfo.InvariantCulture), long.Parse(printed[1], CultureInfo.InvariantCulture), double.Parse(printed[2], CultureInfo.InvariantCulture));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static string Start(string file, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, UseShellExecute = false })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{file} ended with {process.ExitCode}.");
    }
}

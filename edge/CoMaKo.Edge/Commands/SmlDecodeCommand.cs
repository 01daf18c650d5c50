using System.CommandLine;
using System.Globalization;

namespace CoMaKo.Edge.Commands;

/// <summary><c>comako-edge sml decode FILE [--json]</c>: reads a recording of a meter's optical port. A damaged recording is no error: its good frames are shown and a diagnosis.</summary>
public static class SmlDecodeCommand
{
    /// <summary>An hour at 9600 baud is under 4 MB; more than this is no recording of one meter.</summary>
    private const int MaxFileBytes = 64 * 1024 * 1024;

    private const int UsageError = 2;

    /// <summary>The command <c>sml</c> with its subcommand.</summary>
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "Bytes as they came from the meter." };
        var json = new Option<bool>("--json") { Description = "Write JSON (contracts/schemas/sml-decode.schema.json)." };
        var decode = new Command("decode", "Show the frames, values and faults of an SML recording.") { file, json };
        decode.SetAction(result => Run(result.GetValue(file)!, result.GetValue(json), result.InvocationConfiguration.Output, result.InvocationConfiguration.Error));
        return new Command("sml", "Work with recordings of SML meters.") { decode };
    }

    private static int Run(string path, bool asJson, TextWriter output, TextWriter error)
    {
        try
        {
            var info = new FileInfo(path);
            if (info.Exists && info.Length > MaxFileBytes)
            {
                error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"CME-1141 {path}: has {info.Length} bytes, more than the {MaxFileBytes} that are read at once. Cut the recording, e.g. with 'head -c'."));
                return UsageError;
            }

            var report = SmlDecodeReport.Of(File.ReadAllBytes(path));
            if (asJson) SmlDecodeOutput.WriteJson(report, output);
            else SmlDecodeOutput.WriteTable(report, output);
            return 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            error.WriteLine($"CME-1140 {path}: cannot be read: {e.Message} Give the path of a recording that you may read.");
            return UsageError;
        }
    }
}

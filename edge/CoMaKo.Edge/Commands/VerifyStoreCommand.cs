using System.CommandLine;
using CoMaKo.Edge.Hosting;
using CoMaKo.Edge.Storage;

namespace CoMaKo.Edge.Commands;

/// <summary><c>comako-edge verify-store [--data DIR] [--json]</c>: reads the whole buffer and checks it, also beside the running gateway. Exit code 1 if anything is wrong.</summary>
public static class VerifyStoreCommand
{
    /// <summary>The command; its output is described by <c>contracts/schemas/verify-store.schema.json</c>.</summary>
    public static Command Create()
    {
        var data = new Option<string>("--data")
        {
            Description = "The gateway's data directory.",
            DefaultValueFactory = _ => GatewayCommandLine.UsualDataDirectory,
        };
        var json = new Option<bool>("--json") { Description = "Write JSON (contracts/schemas/verify-store.schema.json)." };
        var command = new Command("verify-store", "Check the buffer: structure, every record's hash and chain, gaps.") { data, json };
        command.SetAction((result, cancellationToken) => Task.FromResult(Run(
            result.GetValue(data)!, result.GetValue(json), result.InvocationConfiguration.Output, result.InvocationConfiguration.Error, cancellationToken)));
        return command;
    }

    private static int Run(string directory, bool asJson, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        // Progress goes to the error stream, so that the output stays one document.
        var report = PartOf(directory).Verify(directory, Console.IsErrorRedirected ? null : new Progress(error), cancellationToken);
        if (asJson) VerifyStoreOutput.WriteJson(report, output);
        else VerifyStoreOutput.WriteText(report, output);
        return report.Findings.Count == 0 ? 0 : 1;
    }

    /// <summary>The part that wrote the store.</summary>
    private static StorePart PartOf(string directory)
    {
        var parts = Ports.Buffer.Parts.Select(part => part.Create()).ToList();
        return parts.Find(part => part.IsIn(directory)) ?? parts[0];
    }

    private sealed class Progress(TextWriter error) : IProgress<StoreProgress>
    {
        private long lastPercent = -1;

        public void Report(StoreProgress value)
        {
            long percent = value.Of == 0 ? 100 : Math.Min(100, value.Records * 100 / value.Of);
            if (percent == lastPercent) return;
            lastPercent = percent;
            error.Write(FormattableString.Invariant($"\r{value.Records} of {value.Of} records, {percent} %{(percent == 100 ? "\n" : "")}"));
        }
    }
}

using System.CommandLine;
using CoMaKo.Hub.Settlement.Statements.Evidence;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Host;

/// <summary><c>comako-hub verify</c>: computes a statement again from its evidence, without database and network.</summary>
internal static class VerifyCommand
{
    private const int MostTold = 50;

    public static Command Create()
    {
        var evidence = new Argument<FileInfo>("EVIDENCE") { Description = "The evidence file (GET /statements/NUMBER/evidence)" };
        var statement = new Argument<FileInfo?>("STATEMENT") { Description = "The statement as JSON (GET /statements/NUMBER.json); absent: the one inside the evidence", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("verify", "Compute a statement again from its evidence and compare it byte by byte; works offline. Exit code 1: something differs, and is named") { evidence, statement };
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed.GetValue(evidence)!, parsed.GetValue(statement), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(FileInfo evidence, FileInfo? statement, CancellationToken cancellationToken)
    {
        foreach (var file in (IEnumerable<FileInfo?>)[evidence, statement])
            if (file is { Exists: false }) return await HubCommands.FailAsync($"CMH-2360. {file} does not exist.", 2);
        byte[] bytes = await File.ReadAllBytesAsync(evidence.FullName, cancellationToken);
        byte[]? shown = statement is null ? null : await File.ReadAllBytesAsync(statement.FullName, cancellationToken);
        var result = Verification.Run(bytes, shown);
        foreach (var finding in result.Findings.Take(MostTold)) await Console.Error.WriteLineAsync(finding.ToString());
        if (result.Findings.Count > MostTold) await Console.Error.WriteLineAsync(FormattableString.Invariant($"and {result.Findings.Count - MostTold} more"));
        Console.WriteLine(FormattableString.Invariant(
            $"{result.Number ?? "no statement"}: {result.Parts} parts, {result.Batches} batches with {result.Records} records, {result.ProvedSlots} values proved by meter totals, {result.ToldSlots} by delivered or decided curves; {result.Lines} lines, {Money.Eur(result.Cents):0.00} EUR"));
        Console.WriteLine(result.IsGood ? "The evidence is whole and comes to this statement, byte by byte." : FormattableString.Invariant($"NOT PROVED: {result.Findings.Count} findings."));
        return result.IsGood ? 0 : 1;
    }
}

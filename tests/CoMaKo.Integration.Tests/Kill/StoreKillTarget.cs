using System.Diagnostics;
using System.Globalization;
using CoMaKo.Edge.Storage;
using CoMaKo.Quantities;
using CoMaKo.StoreWorkload;

namespace CoMaKo.Integration.Tests.Kill;

/// <summary>A process that does nothing but append to the store.</summary>
/// <param name="part">What keeps it, as in the building file.</param>
internal sealed class StoreKillTarget(string part) : IKillTarget
{
    public ProcessStartInfo Start(string dataDirectory) => new("dotnet")
    {
        ArgumentList = { typeof(Workload).Assembly.Location, "append", part, dataDirectory },
        Environment = { ["DOTNET_EnableDiagnostics"] = "0" },
    };

    public bool IsAtWork(string line) => line.StartsWith("@has", StringComparison.Ordinal);

    public async Task<IReadOnlyList<string>> AuditAsync(string dataDirectory, IReadOnlyCollection<string> said)
    {
        var findings = StoreParts.All[part].Verify(dataDirectory, null, default).Findings.Select(f => f.ToString()).ToList();
        var opened = StoreParts.All[part].Open(Workload.Options(dataDirectory), NumberedRecords.Encode, TimeProvider.System);
        await using var store = opened.Outbox;
        if (opened.Created) findings.Add($"the store was replaced: {opened.Reason}");
        var (held, numbers) = await ReadAsync(store);
        foreach (string line in said)
        {
            if (line.Split(' ') is ["@has", var sequence, var hash] && held.GetValueOrDefault(long.Parse(sequence, CultureInfo.InvariantCulture)) != hash)
                findings.Add($"lost or changed: {line}");
        }

        // Number and record are written in one transaction, so the numbers count without gap or repetition.
        for (int i = 0; i < numbers.Count; i++)
            if (numbers[i] != i + 1) return [.. findings, FormattableString.Invariant($"record {i + 1} carries number {numbers[i]}: lost or doubled")];
        return findings;
    }

    private static async Task<(Dictionary<long, string> Held, List<long> Numbers)> ReadAsync(Outbox store)
    {
        var held = new Dictionary<long, string>();
        var numbers = new List<long>();
        while (await store.ReadAfterAsync(held.Count, 500, 256 * 1024, default) is { } batch)
        {
            foreach (var entry in batch.Entries)
            {
                numbers.Add(NumberedRecords.NumberOf(entry.Record!.Value.Span));
                held.Add(held.Count + 1, Convert.ToHexStringLower(RecordChain.Hash(entry.Record.Value.Span)));
            }
        }

        return (held, numbers);
    }
}

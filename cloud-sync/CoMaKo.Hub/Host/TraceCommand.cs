using System.CommandLine;
using System.Text.Json;
using CoMaKo.Hub.Ingest;
using CoMaKo.Hub.Metering;
using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using NodaTime;

namespace CoMaKo.Hub.Host;

/// <summary>One total at a border of the traced slot. An absent <paramref name="Origin"/> means that the log does not hold it.</summary>
internal sealed record TracedTotal(string At, long TotalWh, Quality Quality, long BorderOffsetMs, long SegmentUnixUs, RecordOrigin? Origin);

/// <summary>A slot's value and where it came from (contracts/schemas/trace.schema.json).</summary>
internal sealed record Trace(string Register, string SlotStart, int? Wh, SlotQuality Quality, int? Version, CurveSource? Source, IReadOnlyList<TracedTotal> Totals)
{
    /// <summary>Whether each total is in the log and the log re-hashes.</summary>
    public bool IsProved => Totals.Count > 0 && Totals.All(total => total.Origin is { IsRehashed: true, LeadsToMark: true });
}

/// <summary><c>comako-hub trace</c>: from a slot back to gateway, epoch, sequence and totals, with the proof.</summary>
internal static class TraceCommand
{
    public static Command Create(Option<DirectoryInfo> data, DatabaseOption server)
    {
        var register = new Option<string>("--register") { Description = "Register id, e.g. 0a01495341000000002a~1-0.1.8.0", Required = true };
        var slot = new Option<string>("--slot") { Description = "Start of the slot, e.g. 2026-06-01T10:15:00Z", Required = true };
        var json = new Option<bool>("--json") { Description = "Write JSON" };
        var command = new Command("trace", "From a slot back to gateway, epoch, sequence and totals; proves them by the hash chain") { data, server.Option, register, slot, json };
        command.SetAction(async (parsed, _) =>
        {
            var address = server.Read(parsed);
            if (!address.Success) return await FailAsync(address.Error.ToString(), 2);
            return await RunAsync(address.Value ?? DatabaseAddress.OfFile(HubOptions.DatabaseIn(parsed.GetValue(data)!.FullName)), parsed.GetValue(register)!, parsed.GetValue(slot)!, parsed.GetValue(json));
        });
        return command;
    }

    private static async Task<int> RunAsync(DatabaseAddress address, string register, string slotText, bool json)
    {
        if (LoadCurveEndpoints.ParseBorder(slotText) is not { } start) return await FailAsync("CMH-1403. --slot is an instant with offset on a quarter hour, e.g. 2026-06-01T10:15:00Z.", 2);
        if (address.Engine == HubEngine.Sqlite && !File.Exists(address.ToString())) return await FailAsync($"CMH-2005. {address} does not exist. Name the folder that 'comako-hub run' uses.", 1);
        using var database = HubSchema.Open(address);
        var curves = new LoadCurves(database, TimeProvider.System);
        if (await curves.FindAsync(register) is not { } found) return await FailAsync($"CMH-1401. The hub has no register '{register}'.", 1);
        var trace = await TraceAsync(database, curves, found, QuarterHour.StartingAt(start));
        if (json) Console.WriteLine(JsonSerializer.Serialize(trace, JsonOptions));
        else Write(trace);
        return trace.IsProved ? 0 : 1;
    }

    private static async Task<Trace> TraceAsync(HubDatabase database, LoadCurves curves, RegisterInfo register, QuarterHour slot)
    {
        var proof = new BatchProof(database);
        var totals = new List<TracedTotal>();
        foreach (var total in await new TotalOrigins(database).OfAsync(register, slot))
        {
            var origin = await proof.OfAsync(total.BatchId, new RegisterId(register.Name), total.Segment, total.SlotEnd);
            totals.Add(new TracedTotal(Instant.FromUnixTimeSeconds(total.SlotEnd).ToString(), total.Wh, total.Quality, total.BorderOffsetMs, total.Segment, origin));
        }

        var value = await curves.SlotAsync(register, slot);
        bool hasVersion = value.Version > 0;
        return new Trace(register.Name, slot.Start.ToString(), value.Curve.Wh, value.Curve.Quality, hasVersion ? value.Version : null, hasVersion ? value.Source : null, totals);
    }

    private static void Write(Trace trace)
    {
        Console.WriteLine($"{trace.Register} {trace.SlotStart}: {(trace.Wh is { } wh ? FormattableString.Invariant($"{wh} Wh") : "no value")}, {trace.Quality}, version {(trace.Version is { } version ? FormattableString.Invariant($"{version}") : "-")}, {trace.Source?.ToString() ?? "-"}");
        foreach (var total in trace.Totals)
        {
            Console.WriteLine(FormattableString.Invariant($"  total {total.At}: {total.TotalWh} Wh, {total.Quality}, sample {total.BorderOffsetMs} ms away, segment {total.SegmentUnixUs}"));
            Console.WriteLine(total.Origin is { } origin
                ? FormattableString.Invariant($"    gateway {origin.Gateway}, epoch {origin.Epoch}, sequence {origin.Sequence} (batch {origin.BatchFrom} to {origin.BatchTo}), record {origin.RecordSha256}\n    log {(origin.IsRehashed ? "re-hashes" : "DOES NOT re-hash")} to chain {origin.ChainAfter}, which {(origin.LeadsToMark ? "leads" : "DOES NOT lead")} to the acknowledged mark")
                : "    not in the log: CANNOT be proved");
        }

        if (trace.Totals.Count == 0) Console.WriteLine("  no totals at its borders");
    }

    private static JsonSerializerOptions JsonOptions { get; } = MakeJsonOptions();

    private static JsonSerializerOptions MakeJsonOptions()
    {
        var options = new JsonSerializerOptions { WriteIndented = true };
        HubHost.Configure(options);
        return options;
    }

    private static async Task<int> FailAsync(string text, int code)
    {
        await Console.Error.WriteLineAsync(text);
        return code;
    }
}

using System.Diagnostics;
using System.Globalization;
using CoMaKo.Contracts;
using CoMaKo.Edge.Storage;
using CoMaKo.Quantities;

namespace CoMaKo.Benchmarks.Store;

/// <summary>The gateway's buffer on the disk of the temporary folder: one slot border of 40 registers, and opening and checking what 400 days leave.</summary>
internal static class StoreBenchmark
{
    private const int Registers = 40;
    private const int Commits = 200;
    private const int SlotsPerDay = 96;
    private const long Start = 1_780_308_000; // 2026-06-01T10:00:00Z

    public static int Run(string[] arguments)
    {
        int days = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 400;
        string folder = Directory.CreateTempSubdirectory("comako-store-benchmark-").FullName;
        try
        {
            RunAsync(folder, days).GetAwaiter().GetResult();
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task RunAsync(string folder, int days)
    {
        await using (var store = Open(folder))
        {
            var watch = Stopwatch.StartNew();
            for (int slot = 1; slot <= Commits; slot++) await store.AppendAsync([.. Border(slot)], [], default);
            new Figure("store.border", Math.Round(watch.Elapsed.TotalMilliseconds / Commits, 2), "ms per synced commit of 40 totals").Print();
            for (int slot = Commits + 1; slot <= days * SlotsPerDay; slot += SlotsPerDay)
                await store.AppendAsync([.. Enumerable.Range(slot, SlotsPerDay).SelectMany(Border)], [], default);
        }

        var opening = Stopwatch.StartNew();
        await using var again = Open(folder);
        new Figure("store.open", Math.Round(opening.Elapsed.TotalMilliseconds), "ms").Print();
        var status = await again.StatusAsync(default);
        new Figure("store.size", Math.Round((double)status.StoreBytes / (status.NextSequence - 1)), "bytes per record").Print();
        var checking = Stopwatch.StartNew();
        var report = StoreVerification.Run(folder, null, default);
        new Figure("store.verify", Math.Round(report.Records / checking.Elapsed.TotalSeconds), "records/s").Print();
    }

    private static Outbox Open(string folder) => SqliteOutbox.Open(new StoreOptions(folder), RecordCodec.Encode, TimeProvider.System).Outbox;

    private static IEnumerable<SyncRecord> Border(int slot) => Enumerable.Range(0, Registers).Select(register => new RegisterTotal(
        new RegisterId(FormattableString.Invariant($"0a0149534100000000{register:x2}~1-0.1.8.0")), Start * 1_000_000, Start + (slot * (long)QuarterHour.Seconds),
        new Energy(5_430_000 + (slot * 25)), Quality.Measured, 40));
}

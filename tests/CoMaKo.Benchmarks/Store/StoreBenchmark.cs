using System.Diagnostics;
using System.Globalization;
using CoMaKo.Contracts;
using CoMaKo.Edge.Storage;
using CoMaKo.Quantities;
using CoMaKo.StoreWorkload;

namespace CoMaKo.Benchmarks.Store;

/// <summary>
/// The gateway's buffer on the disk of the temporary folder: one slot border of 40 registers, and opening and checking what 400 days leave.
/// <c>store [DAYS] [PART]</c>; the parts are those of the building file (<c>litedb</c> in builds with <c>-p:Adapters=nuget</c>).
/// </summary>
internal static class StoreBenchmark
{
    private const int Registers = 40;
    private const int Commits = 200;
    private const int SlotsPerDay = 96;
    private const long Start = 1_780_308_000; // 2026-06-01T10:00:00Z

    public static int Run(string[] arguments)
    {
        int days = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 400;
        var part = StoreParts.All[arguments.Length > 1 ? arguments[1] : "sqlite"];
        string folder = Directory.CreateTempSubdirectory("comako-store-benchmark-").FullName;
        try
        {
            RunAsync(part, folder, days).GetAwaiter().GetResult();
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task RunAsync(StorePart part, string folder, int days)
    {
        await using (var store = Open(part, folder))
        {
            Console.WriteLine(store.Engine);
            await store.AppendAsync([.. Border(0)], [], default); // warm
            var took = new double[Commits];
            for (int slot = 1; slot <= Commits; slot++)
            {
                var watch = Stopwatch.StartNew();
                await store.AppendAsync([.. Border(slot)], [], default);
                took[slot - 1] = watch.Elapsed.TotalMilliseconds;
            }

            Array.Sort(took);
            new Figure("store.border", Math.Round(took.Average(), 2), "ms per synced commit of 40 totals").Print();
            new Figure("store.border.median", Math.Round(took[Commits / 2], 2), "ms").Print();
            new Figure("store.border.p99", Math.Round(took[Commits * 99 / 100], 2), "ms").Print();
            for (int slot = Commits + 1; slot <= days * SlotsPerDay; slot += SlotsPerDay)
                await store.AppendAsync([.. Enumerable.Range(slot, SlotsPerDay).SelectMany(Border)], [], default);
        }

        var opening = Stopwatch.StartNew();
        await using var again = Open(part, folder);
        new Figure("store.open", Math.Round(opening.Elapsed.TotalMilliseconds), "ms").Print();
        var status = await again.StatusAsync(default);
        new Figure("store.size", Math.Round((double)status.StoreBytes / (status.NextSequence - 1)), "bytes per record").Print();
        await again.DisposeAsync(); // not every part lets another reader in
        var checking = Stopwatch.StartNew();
        var report = part.Verify(folder, null, default);
        new Figure("store.verify", Math.Round(report.Records / checking.Elapsed.TotalSeconds), "records/s").Print();
    }

    private static Outbox Open(StorePart part, string folder) => part.Open(new StoreOptions(folder), RecordCodec.Encode, TimeProvider.System).Outbox;

    private static IEnumerable<SyncRecord> Border(int slot) => Enumerable.Range(0, Registers).Select(register => new RegisterTotal(
        new RegisterId(FormattableString.Invariant($"0a0149534100000000{register:x2}~1-0.1.8.0")), Start * 1_000_000, Start + (slot * (long)QuarterHour.Seconds),
        new Energy(5_430_000 + (slot * 25)), Quality.Measured, 40));
}

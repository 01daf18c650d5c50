using System.Globalization;
using CoMaKo.Edge.Acquisition;
using CoMaKo.Edge.Storage;
using CoMaKo.Quantities;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.StoreWorkload;

/// <summary>Work on the real store; everything durable is reported after the store has returned.</summary>
public static class Workload
{
    /// <summary>Key of the state entry that holds the next record's number; it changes with the records, in one transaction.</summary>
    public const string NextNumber = "next_number";

    /// <summary>Small limits, so that a short story moves the log into the database many times.</summary>
    public static StoreOptions Options(string directory) => new(directory) { ReserveBytes = 16 * 1024, CheckpointPages = 12 };

    /// <summary>Appends 1 to 5 numbered totals at a time, moves the mark now and then, and never ends.</summary>
    public static async Task AppendAsync(StorePart part, string directory, TextWriter output)
    {
        await using var store = part.Open(Options(directory), NumberedRecords.Encode, TimeProvider.System).Outbox;
        var report = new DurableReport(store, output);
        await report.SkipAsync();
        await report.EpochAsync();
        while (true)
        {
            try
            {
                long number = long.Parse(await store.LoadStateAsync(NextNumber, default) ?? "1", CultureInfo.InvariantCulture);
                while (true) number = await AppendSomeAsync(store, report, number);
            }
            catch (StoreException e)
            {
                // As after a start: what the store holds says where to go on.
                await output.WriteAsync($"@failed {e.Code}\n");
            }
        }
    }

    private static async Task<long> AppendSomeAsync(Outbox store, DurableReport report, long number)
    {
        int count = 1 + (int)(number % 5);
        long next = number + count;
        await store.AppendAsync(
            [.. Enumerable.Range(0, count).Select(i => NumberedRecords.Total(number + i, segment: 1))],
            [new StateEntry(NextNumber, next.ToString(CultureInfo.InvariantCulture))], default);
        await report.RecordsAsync();
        if (number % 7 == 0) await report.MarkAsync((await store.StateAsync(default)).NextSequence - 1);
        return next;
    }

    /// <summary>A fixed story with every kind of change that a store sees.</summary>
    public static async Task ScriptAsync(StorePart part, string directory, TextWriter output)
    {
        var time = new FakeTimeProvider();
        for (int run = 0; run < 3; run++)
        {
            await using var store = part.Open(Options(directory), NumberedRecords.Encode, time).Outbox;
            var report = new DurableReport(store, output);
            await report.EpochAsync();
            await report.RecordsAsync();
            await RunAsync(store, report, time, segment: run + 1);
        }
    }

    private static async Task RunAsync(Outbox store, DurableReport report, FakeTimeProvider time, long segment)
    {
        await store.AppendAsync([NumberedRecords.Border(segment, isEnd: false)], [], default);
        for (long i = 1; i <= 12; i++)
        {
            long number = (segment * 100) + i;
            SyncRecord[] records = i % 4 == 0 ? [NumberedRecords.Event(number, 3000)] : [NumberedRecords.Total(number, segment), NumberedRecords.Event(number, 40)];
            await store.AppendAsync(records, [new StateEntry(NextNumber, (number + 1).ToString(CultureInfo.InvariantCulture))], default);
            await report.RecordsAsync();
            if (i % 3 == 0) await report.MarkAsync((await store.StateAsync(default)).NextSequence - 2);
        }

        long first = (await store.StateAsync(default)).FirstHeldSequence;
        await report.MarkAsync(first + 3);
        await report.PruneAsync(Now(time));
        time.Advance(TimeSpan.FromDays(402));
        await report.MarkAsync(first + 5);
        await report.PruneAsync(Now(time));
        await report.RecordsAsync();
        if (segment == 2) await report.RenewAsync();
        if (segment == 1) await store.AppendAsync([NumberedRecords.Border(segment, isEnd: true)], [], default);
        await report.RecordsAsync();
    }

    private static Instant Now(FakeTimeProvider time) => Instant.FromDateTimeOffset(time.GetUtcNow());
}

using CoMaKo.Edge.Storage;
using CoMaKo.Edge.Storage.LiteDb;
using CoMaKo.Edge.Tests.Storage;
using static CoMaKo.Edge.Tests.Storage.StoreSamples;

namespace CoMaKo.Edge.Tests.Adapters;

/// <summary>Bytes that changed in the two files of LiteDB, which itself would believe them.</summary>
public sealed class LiteDbDamageTests : IDisposable
{
    private const int FrameBytes = 8192 + 32;

    private readonly StoreFolder folder = new(LiteDbOutbox.Part);

    private string Database => Path.Combine(folder.Store, "outbox.litedb");

    private string Log => Database + "-log";

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(1, 3)] // in the last commit: it has not arrived whole
    [InlineData(1_000_000, 1)] // in the first: nothing after it can be believed
    public async Task Open_PageOfTheLogLost_EndsBeforeItsCommit(int fromEnd, long next)
    {
        await using (var store = folder.Open().Outbox)
        {
            await store.AppendAsync([Event("a")], [], default);
            await store.AppendAsync([Event("b")], [], default);
            await store.AppendAsync([Event("c")], [], default);
        }

        long pages = (new FileInfo(Log).Length - 32) / FrameBytes;
        Assert.True(pages > 3, "The log holds nothing: the test shows nothing.");
        Overwrite(Log, 32 + (Math.Max(0, pages - fromEnd) * FrameBytes), new byte[FrameBytes]);

        var opened = folder.Open();
        await using (var again = opened.Outbox)
        {
            Assert.Null(opened.SetAside);
            Assert.Equal(next, (await again.StateAsync(default)).NextSequence);
            Assert.Equal(next, await again.AppendAsync([Event("d")], [], default));
        }

        Assert.Empty(folder.Findings());
    }

    [Fact]
    public async Task Open_LogOfEarlierTimesBehindTheNewOne_IsNotRevived()
    {
        byte[] earlier;
        await using (var store = folder.Open().Outbox)
        {
            await store.AppendAsync([Event("a")], [], default);
            earlier = await File.ReadAllBytesAsync(Log);
            // Enough for the log to start over, then a little.
            for (int i = 0; i < 60; i++) await store.AppendAsync([.. Enumerable.Range(i * 50, 50).Select(j => Total(Import, j))], [], default);
        }

        long length = new FileInfo(Log).Length;
        Overwrite(Log, length, earlier.AsSpan(32));
        long next = 60 * 50 + 2;
        await using (var again = folder.Open().Outbox) Assert.Equal(next, (await again.StateAsync(default)).NextSequence);
        Assert.Empty(folder.Findings());
    }

    /// <summary>Of seven records three have lost or changed their typed row, and two typed rows belong to none: one inside, one behind all records.</summary>
    [Fact]
    public async Task Unmatched_RowsThatDoNotBelongTogether_AreNamedInOrder()
    {
        await using (var store = folder.Open().Outbox)
        {
            await store.AppendAsync([Begin(Import, FirstSegment), Total(Import, 1), Total(Import, 2), Event("a"), Total(Import, 3), Event("b"), End(Import, FirstSegment)], [], default);
        }

        using var file = LiteDbFile.Open(Database);
        Assert.Empty(file.Tables.Unmatched());
        file.InTransaction(_ =>
        {
            var (records, totals, borders) = (file.Database.GetCollection("record"), file.Database.GetCollection("total"), file.Database.GetCollection("border"));
            var begin = borders.FindById(1L);
            begin["e"] = true; // an end where the record is a begin
            borders.Update(begin);
            var total = totals.FindById(2L);
            totals.Delete(2L); // a total without its row
            total["_id"] = 4L;
            totals.Insert(total); // a row at an event
            records.Delete(5L); // a row without its record
            total["_id"] = 99L;
            totals.Insert(total);
            return 0;
        });

        Assert.Equal([1, 2, 4, 5, 99], file.Tables.Unmatched());
    }

    /// <summary>The pages change while the buffer is open: which ones an opening reads is LiteDB's chance (the levels of its skip lists), so before it either answer would be right.</summary>
    [Fact]
    public async Task Read_PageOfTheDatabaseChanged_FailsWithItsCodeAndTheNextStartSetsTheStoreAside()
    {
        await using (var store = folder.Open().Outbox)
        {
            for (int i = 0; i < 120; i++) await store.AppendAsync([.. Enumerable.Range(i * 50, 50).Select(j => Total(Import, j))], [], default);
        }

        var opened = folder.Open();
        Assert.Null(opened.SetAside);
        await using (var store = opened.Outbox)
        {
            long pages = new FileInfo(Database).Length / FrameBytes;
            for (long page = pages / 3; page < pages / 2; page++) Overwrite(Database, (page * FrameBytes) + 4000, [0xff, 0x00, 0xff]);
            Assert.Equal("CME-1704", (await Assert.ThrowsAsync<StoreException>(() => ReadAllAsync(store))).Code);
            Assert.True(store.IsDamaged);
        }

        Assert.Contains(folder.Findings(), f => f.Code == "CME-1711" && f.Text.Contains("does not match its checksum", StringComparison.Ordinal));
        var again = folder.Open();
        await again.Outbox.DisposeAsync();
        Assert.NotNull(again.SetAside);
    }

    [Fact]
    public async Task Verify_WhileTheGatewayRuns_IsRefused()
    {
        await using var store = folder.Open().Outbox;
        Assert.Equal("CME-1703", Assert.Single(folder.Findings()).Code);
    }

    private static async Task ReadAllAsync(Outbox store)
    {
        long sequence = 0;
        while (await store.ReadAfterAsync(sequence, 500, 256 * 1024, default) is { } batch) sequence = batch.ToSequence;
    }

    private static void Overwrite(string path, long at, ReadOnlySpan<byte> bytes)
    {
        using var file = new FileStream(path, FileMode.Open);
        file.Position = at;
        file.Write(bytes);
    }
}

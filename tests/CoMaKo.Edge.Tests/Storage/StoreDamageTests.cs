using CoMaKo.Edge.Storage;
using CoMaKo.Quantities;
using static CoMaKo.Edge.Tests.Storage.StoreSamples;

namespace CoMaKo.Edge.Tests.Storage;

/// <summary>Bytes that changed in the file of SQLite: one record's, the chain's, whole pages.</summary>
public sealed class StoreDamageTests : IDisposable
{
    private readonly StoreFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task ReadAfter_DamagedBytes_TravelAsTheirHashAndKeepTheChain()
    {
        byte[] chain = await FillAsync();
        folder.Damage("UPDATE record SET bytes = X'00' || substr(bytes, 2) WHERE sequence = 2");

        await using var store = folder.Open().Outbox;
        var batch = await AllAsync(store);
        Assert.Null(batch.Entries[1].Record);
        Assert.Equal(RecordChain.Hash(Encode(Total(Import, 2))), batch.Entries[1].DamagedHash!.Value.ToArray());
        Assert.Equal(Encode(Total(Import, 3)), batch.Entries[2].Record!.Value.ToArray());
        Assert.Equal(chain, batch.ChainAfter.ToArray());
    }

    [Fact]
    public async Task ReadAfter_DamagedHash_BytesProvedByTheChainTravel()
    {
        byte[] chain = await FillAsync();
        folder.Damage("UPDATE record SET hash = X'0000000000000000000000000000000000000000000000000000000000000000' WHERE sequence = 2");

        await using var store = folder.Open().Outbox;
        var batch = await AllAsync(store);
        Assert.Equal(Encode(Total(Import, 2)), batch.Entries[1].Record!.Value.ToArray());
        Assert.Equal(chain, batch.ChainAfter.ToArray());
    }

    [Fact]
    public async Task Open_DamagedChain_IsRestoredInTheSameEpoch()
    {
        byte[] chain = await FillAsync();
        var epoch = await EpochAsync();
        folder.Damage("UPDATE record SET chain = zeroblob(32) WHERE sequence = 2");

        await using var store = folder.Open().Outbox;
        Assert.Equal(epoch, (await store.StateAsync(default)).Epoch);
        Assert.Equal(chain, (await AllAsync(store)).ChainAfter.ToArray());
        Assert.Empty(folder.Findings());
    }

    [Fact]
    public async Task Open_BytesAndHashLost_StartsANewEpochWithAConsistentChain()
    {
        byte[] chain = await FillAsync();
        var epoch = await EpochAsync();
        folder.Damage("UPDATE record SET bytes = X'00', hash = zeroblob(32) WHERE sequence = 2");

        await using var store = folder.Open().Outbox;
        var batch = await AllAsync(store);
        Assert.NotEqual(epoch, batch.Epoch);
        Assert.NotEqual(chain, batch.ChainAfter.ToArray());
        Assert.Equal(batch.ChainAfter.ToArray(), (await store.ChainAtAsync(batch.ToSequence, default))!.Value.ToArray());
    }

    [Fact]
    public async Task ReadAfter_ChainDamagedBehindTheTail_IsMendedOnReading()
    {
        await using (var store = folder.Open().Outbox)
        {
            for (int i = 0; i < 30; i++) await store.AppendAsync([.. Enumerable.Range(i * 50, 50).Select(j => Total(Import, j))], [], default);
        }

        var epoch = await EpochAsync();
        folder.Damage("UPDATE record SET chain = zeroblob(32) WHERE sequence = 100");
        await using var again = folder.Open().Outbox;
        var batch = await again.ReadAfterAsync(0, 500, 256 * 1024, default);
        Assert.Equal(500, batch!.Entries.Count);
        Assert.All(batch.Entries, e => Assert.NotNull(e.Record));
        Assert.Equal(epoch, batch.Epoch);
        Assert.Empty(folder.Findings());
    }

    [Theory]
    [InlineData(0, 4096)] // header and schema
    [InlineData(4096, 200_000)] // every table
    public async Task Open_Unreadable_IsSetAsideAndANewStoreBegins(int from, int length)
    {
        await FillAsync();
        var epoch = await EpochAsync();
        Overwrite(from, length);

        var opened = folder.Open();
        await using var store = opened.Outbox;
        Assert.True(opened.Created);
        Assert.True(File.Exists(Path.Combine(opened.SetAside!, "outbox.db")));
        Assert.NotEmpty(opened.Reason!);
        Assert.NotEqual(epoch, (await store.StateAsync(default)).Epoch);
        Assert.Equal(1, await store.AppendAsync([Event("a")], [], default));
    }

    [Fact]
    public async Task Read_DamagedPageBehindTheTail_FailsWithItsCodeAndTheNextStartSetsTheStoreAside()
    {
        await using (var store = folder.Open().Outbox)
        {
            for (int i = 0; i < 40; i++) await store.AppendAsync([.. Enumerable.Range(i * 100, 100).Select(j => Total(Import, j))], [], default);
        }

        Overwrite(4096 * 30, 4096 * 60);
        var opened = folder.Open();
        Assert.Null(opened.SetAside);
        await using (var store = opened.Outbox)
        {
            Assert.False(store.IsDamaged);
            Assert.Equal("CME-1704", (await Assert.ThrowsAsync<StoreException>(() => ReadAllAsync(store))).Code);
            Assert.True(store.IsDamaged);
        }

        var again = folder.Open();
        await again.Outbox.DisposeAsync();
        Assert.NotNull(again.SetAside);
    }

    [Fact]
    public async Task Open_NewerByTwoVersions_RefusesAndChangesNothing()
    {
        await FillAsync();
        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={folder.Database};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 9";
            command.ExecuteNonQuery();
        }

        Assert.Equal("CME-1705", Assert.Throws<StoreException>(() => folder.Open()).Code);
        Assert.True(File.Exists(folder.Database));
    }

    private async Task<byte[]> FillAsync()
    {
        await using var store = folder.Open().Outbox;
        await store.AppendAsync([.. Enumerable.Range(1, 5).Select(i => Total(Import, i))], [], default);
        return (await AllAsync(store)).ChainAfter.ToArray();
    }

    private async Task<Epoch> EpochAsync()
    {
        await using var store = folder.Open().Outbox;
        return (await store.StateAsync(default)).Epoch;
    }

    private static async Task<OutboxBatch> AllAsync(Outbox store) => (await store.ReadAfterAsync(0, 500, 256 * 1024, default))!;

    private static async Task ReadAllAsync(Outbox store)
    {
        long sequence = 0;
        while (await store.ReadAfterAsync(sequence, 500, 256 * 1024, default) is { } batch) sequence = batch.ToSequence;
    }

    private void Overwrite(int from, int length)
    {
        using var file = new FileStream(folder.Database, FileMode.Open);
        byte[] noise = new byte[Math.Min(length, file.Length - from)];
        new Random(1).NextBytes(noise);
        file.Position = from;
        file.Write(noise);
    }
}

using CoMaKo.Edge.Storage;
using CoMaKo.Testing;
using static CoMaKo.Edge.Tests.Storage.StoreSamples;

namespace CoMaKo.Edge.Tests.Storage;

/// <content>A disk that is full: the reserve is given up, appends are refused whole, and all works again when there is space.</content>
public abstract partial class OutboxContract
{
    private const int Reserve = 1024 * 1024;

    [SmallDiskFact]
    public async Task Append_DiskFull_UsesTheReserveThenRefusesThenGoesOn()
    {
        using var disk = new SmallDisk(6);
        await using var store = Open(disk).Outbox;
        await store.AppendAsync([Event("before")], [], default);
        string other = disk.Fill();
        Assert.True((await store.StatusAsync(default)).HasReserve);

        var (stored, refused) = await FillAsync(store);
        Assert.Equal("CME-1701", refused.Code);
        Assert.InRange(stored, 10, 200); // what the reserve gave
        var status = await store.StatusAsync(default);
        Assert.False(status.HasReserve);
        Assert.Equal(stored + 2, status.NextSequence);
        Assert.Equal("CME-1701", (await Assert.ThrowsAsync<StoreException>(async () => await store.AppendAsync([Event(Long)], [], default))).Code);

        File.Delete(other);
        Assert.Equal(stored + 2, await store.AppendAsync([Event(Long)], [], default));
        await store.PruneAsync(Opening, clockSynced: false, default);
        Assert.True((await store.StatusAsync(default)).HasReserve);
        await store.DisposeAsync();
        Assert.Empty(folder.Part.Verify(disk.Path, null, default).Findings);
    }

    [SmallDiskFact]
    public async Task Open_DiskFull_StillReadsEverything()
    {
        using var disk = new SmallDisk(6);
        int stored;
        await using (var store = Open(disk).Outbox)
        {
            disk.Fill();
            (stored, _) = await FillAsync(store);
        }

        disk.Fill();
        var opened = Open(disk);
        await using var again = opened.Outbox;
        Assert.False(opened.Created);
        Assert.Equal(stored + 1, (await again.StateAsync(default)).NextSequence);
        Assert.Equal(Encode(Event(Long)), (await again.ReadAfterAsync(stored - 1, 500, 256 * 1024, default))!.Entries[0].Record!.Value.ToArray());
    }

    private static string Long { get; } = new('x', 12_000);

    private StoreOpened Open(SmallDisk disk) => folder.Part.Open(new StoreOptions(disk.Path) { ReserveBytes = Reserve }, Encode, folder.Time);

    private static async Task<(int Stored, StoreException Refused)> FillAsync(Outbox store)
    {
        for (int stored = 0; ; stored++)
        {
            try
            {
                await store.AppendAsync([Event(Long)], [], default);
            }
            catch (StoreException refused)
            {
                return (stored, refused);
            }
        }
    }
}

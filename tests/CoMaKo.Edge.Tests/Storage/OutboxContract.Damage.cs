using CoMaKo.Edge.Storage;
using static CoMaKo.Edge.Tests.Storage.StoreSamples;

namespace CoMaKo.Edge.Tests.Storage;

/// <content>Stores that cannot be opened: unreadable, held by another process, written by another part.</content>
public abstract partial class OutboxContract
{
    [Fact]
    public async Task Open_FilesOverwritten_IsSetAsideAndANewStoreBegins()
    {
        await folder.Open().Outbox.DisposeAsync();
        Overwrite();

        var opened = folder.Open();
        await using var store = opened.Outbox;
        Assert.True(opened.Created);
        Assert.NotEmpty(Directory.GetFiles(opened.SetAside!, "outbox.*"));
        Assert.NotEmpty(opened.Reason!);
        Assert.Equal(1, await store.AppendAsync([Event("a")], [], default));
    }

    [Fact]
    public async Task Open_FilesMissing_IsSetAsideAndANewStoreBegins()
    {
        await folder.Open().Outbox.DisposeAsync();
        foreach (string file in Directory.GetFiles(folder.Store)) File.Delete(file);
        var opened = folder.Open();
        await opened.Outbox.DisposeAsync();
        Assert.NotNull(opened.SetAside);
    }

    [Fact]
    public async Task Open_UnreadableThreeTimes_KeepsTheTwoNewest()
    {
        var aside = new List<string>();
        await folder.Open().Outbox.DisposeAsync();
        for (int i = 0; i < 3; i++)
        {
            Overwrite();
            folder.Time.Advance(TimeSpan.FromDays(1));
            var opened = folder.Open();
            await opened.Outbox.DisposeAsync();
            aside.Add(opened.SetAside!);
        }

        Assert.Equal(aside.Skip(1), Directory.GetDirectories(folder.Path, "store-unreadable-*").Order());
    }

    [Fact]
    public async Task Open_HeldByAnother_Refuses()
    {
        await using var store = folder.Open().Outbox;
        Assert.Equal("CME-1703", Assert.Throws<StoreException>(() => folder.Open()).Code);
    }

    [Fact]
    public void Open_WrittenByAnotherPart_RefusesAndLeavesItAlone()
    {
        Directory.CreateDirectory(folder.Store);
        string other = Path.Combine(folder.Store, "outbox.other");
        File.WriteAllText(other, "records");
        Assert.Equal("CME-1707", Assert.Throws<StoreException>(() => folder.Open()).Code);
        Assert.Equal("records", File.ReadAllText(other));
    }

    [Fact]
    public void Verify_NoStore_SaysSo() => Assert.Equal("CME-1717", Assert.Single(folder.Findings()).Code);

    [Fact]
    public async Task Append_AfterARefusedMark_GoesOn()
    {
        await using (var store = folder.Open().Outbox)
        {
            await store.AppendAsync([Event("a")], [], default);
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await store.SetMarkAsync(9, default));
            Assert.Equal(2, await store.AppendAsync([Event("b")], [], default));
        }

        await using (var again = folder.Open().Outbox) Assert.Equal(3, (await again.StateAsync(default)).NextSequence);
        Assert.Empty(folder.Findings());
    }

    /// <summary>Noise in the first 4 KiB of every file, as a failing card leaves it.</summary>
    private void Overwrite()
    {
        byte[] noise = new byte[4096];
        new Random(1).NextBytes(noise);
        foreach (string path in Directory.GetFiles(folder.Store, "outbox.*"))
        {
            using var file = new FileStream(path, FileMode.Open);
            file.Write(noise);
        }
    }
}

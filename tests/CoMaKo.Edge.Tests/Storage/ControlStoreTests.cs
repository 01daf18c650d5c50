using CoMaKo.Edge.Storage;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Tests.Storage;

public sealed class ControlStoreTests : IDisposable
{
    private static readonly Instant Noon = Instant.FromUtc(2026, 11, 21, 12, 0);
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("control-store");

    [Fact]
    public void State_AfterReopening_IsTheLastWritten()
    {
        using (var store = Open())
        {
            Assert.Null(store.State("limits"));
            store.SetState("limits", "1", Noon);
            store.SetState("limits", "2", Noon);
        }

        using var again = Open();
        Assert.Equal("2", again.State("limits"));
    }

    [Fact]
    public void Entries_OfTwoKinds_ComeByKindAndPage()
    {
        using var store = Open();
        store.Append([.. Enumerable.Range(0, 7).Select(i => new ControlEntry(i % 2 == 0 ? "plan" : "decision", Noon + Duration.FromMinutes(i), $"{i}"))]);

        var first = store.Newest("plan", 2);
        Assert.Equal(["6", "4"], first.Select(e => e.Body));
        Assert.Equal(["2", "0"], store.Newest("plan", 5, first[^1].Id).Select(e => e.Body));
        Assert.Equal(["1", "3"], store.Between("decision", Noon, Noon + Duration.FromMinutes(5)).Select(e => e.Body));
        Assert.Equal(2, store.DeleteEntries("plan", Noon + Duration.FromMinutes(3)));
        Assert.Equal(["6", "4"], store.Newest("plan", 9).Select(e => e.Body));
    }

    [Fact]
    public void Slots_WithAbsentValues_StayAbsent()
    {
        using var store = Open();
        var slot = QuarterHour.Containing(Noon);
        var written = new ControlSlot(slot, Power.FromWatts(812.5m), null, Power.FromWatts(-30), Power.Zero, 505);
        store.SetSlot(written with { Pv = Power.Zero });
        store.SetSlot(written);

        Assert.Equal([written], store.Slots(slot.Start, slot.End));
        Assert.Empty(store.Slots(slot.End, slot.End + Duration.FromHours(1)));
    }

    [Fact]
    public void Open_UnreadableFile_IsSetAsideAndBegunAnew()
    {
        string path = Path.Combine(directory.FullName, "control.db");
        File.WriteAllText(path, new string('x', 8192));

        var (store, aside) = SqliteControlStore.Open(directory.FullName, TimeProvider.System);
        using (store) store.SetState("a", "b", Noon);

        Assert.NotNull(aside);
        Assert.True(File.Exists(aside));
    }

    [Fact]
    public void Volatile_HasNoFile_AndRemembersWhileItLives()
    {
        using var store = SqliteControlStore.Volatile();
        store.SetState("a", "b", Noon);

        Assert.Equal("b", store.State("a"));
        Assert.Empty(directory.GetFiles());
    }

    public void Dispose() => directory.Delete(recursive: true);

    private SqliteControlStore Open() => SqliteControlStore.Open(directory.FullName, TimeProvider.System).Store;
}

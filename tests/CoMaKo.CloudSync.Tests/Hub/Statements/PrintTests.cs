using System.IO.Compression;
using System.Text;
using CoMaKo.Hub.Settlement.Statements.Prints;
using CoMaKo.Hub.Storage;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Statements;

/// <summary>A month is printed in the background, goes on where it stood, and is gone after some days.</summary>
public sealed class PrintTests
{
    private const string Anna = "2025-08.1-BK123456-0001", Ben = "2025-08.1-BK123456-0002";

    [RequiresTheory(Peer.WeasyPrint), OnSqlite, OnPostgres]
    public async Task Month_IsPrintedInTheBackground_AndFetchedWhenItIsDone(Engine engine)
    {
        await using var world = await StatementWorld.StartAsync(engine);
        Assert.Equal(404, (await world.Hub.PostAsync("/balance_groups/BK123456/months/2025-08/prints", "{}")).Code);
        await world.CloseAsync();

        var begun = await world.Hub.PostAsync("/balance_groups/BK123456/months/2025-08/prints", """{"what":"statements","language":"en"}""");
        string id = begun.Json.GetProperty("id").GetString()!;
        Assert.Equal((202, 2), (begun.Code, begun.Json.GetProperty("total").GetInt32()));
        await FinishedAsync(world, id);

        using var zip = new ZipArchive(new MemoryStream(await world.Hub.Pages.GetByteArrayAsync(new Uri($"/prints/{id}.zip", UriKind.Relative))));
        Assert.Equal([Anna + ".pdf", Ben + ".pdf"], zip.Entries.Select(entry => entry.FullName));
        Assert.All(zip.Entries, entry => Assert.InRange(entry.Length, 5_000, 500_000));
        string page = await world.Hub.Pages.GetStringAsync(new Uri($"/pages/prints/{id}", UriKind.Relative));
        Assert.Contains("max=\"2\" value=\"2\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("data-refresh", page, StringComparison.Ordinal);

        world.Hub.Clock.StepWallClock(TimeSpan.FromDays(8));
        await world.Hub.Service<PrintStore>().CleanAsync();
        Assert.Equal(404, (await world.Hub.GetAsync($"/prints/{id}")).Code);
        Assert.Equal(404, (await world.Hub.GetAsync($"/prints/{id}.zip")).Code);
    }

    /// <summary>What was made before the hub went down is not made again.</summary>
    [RequiresTheory(Peer.WeasyPrint), OnSqlite, OnPostgres]
    public async Task Print_ThatWasCutOff_GoesOnWhereItStood(Engine engine)
    {
        await using var world = await StatementWorld.StartAsync(engine);
        await world.CloseAsync();
        byte[] kept = "%PDF-1.7 made before"u8.ToArray();
        await world.Hub.Service<HubDatabase>().WriteAsync(async tx =>
        {
            long id = (await tx.Prepare("INSERT INTO mkt_print (balance_group, month, what, language, author, created_us) VALUES ($1, $2, 1, 'de', 'test', $3) RETURNING print_id")
                .Bind("BK123456").Bind(2025 * 12 + 7).Bind(world.Hub.Clock.GetUtcNow().ToUnixTimeMilliseconds() * 1000).NumberAsync())!.Value;
            await tx.InsertNewAsync(new RowSet("mkt_print_file").Add("place", [1L, 2L]).Add("number", [Anna, Ben]).Add("pdf", [kept, null]).Add("print_id", id));
            await JobQueue.PutAsync(tx, PrintStore.Kind, "1", "", 0);
        });
        using (var half = await world.Hub.Pages.GetAsync(new Uri("/prints/1.zip", UriKind.Relative))) Assert.Contains((int)half.StatusCode, (int[])[409, 200]);

        await world.Hub.Service<PrintJob>().RunDueAsync(CancellationToken.None);
        await FinishedAsync(world, "1");

        using var zip = new ZipArchive(new MemoryStream(await world.Hub.Pages.GetByteArrayAsync(new Uri("/prints/1.zip", UriKind.Relative))));
        using var first = new StreamReader(await zip.Entries[0].OpenAsync(), Encoding.ASCII);
        Assert.Equal("%PDF-1.7 made before", await first.ReadToEndAsync());
        Assert.InRange(zip.Entries[1].Length, 5_000, 500_000);
    }

    /// <summary>Of a process that was killed: the hold ends, and the next look finds the job.</summary>
    [Fact]
    public void Print_OfAKilledProcess_LiesLessThanAMinute() => Assert.True(PrintJob.Hold + PrintJob.Interval < TimeSpan.FromMinutes(1));

    private static async Task FinishedAsync(StatementWorld world, string id)
    {
        using var end = new CancellationTokenSource(TimeSpan.FromMinutes(3), TimeProvider.System);
        while (true)
        {
            var print = (await world.Hub.GetAsync($"/prints/{id}")).Json;
            Assert.False(print.TryGetProperty("error", out var error), error.ToString());
            if (print.TryGetProperty("finished_at", out _)) return;
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, end.Token);
        }
    }
}

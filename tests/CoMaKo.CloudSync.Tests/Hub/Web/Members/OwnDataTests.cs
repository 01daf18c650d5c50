using System.IO.Compression;
using System.Net;
using System.Text.Json;
using CoMaKo.Hub.Access.OwnData;
using CoMaKo.Quantities;
using CoMaKo.Testing;
using static CoMaKo.CloudSync.Tests.Hub.TestGateway;

namespace CoMaKo.CloudSync.Tests.Hub.Web.Members;

/// <summary>A member takes its data along, and asks for it to be erased.</summary>
public sealed class OwnDataTests : IAsyncLifetime
{
    private MemberScene scene = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await (scene?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Theory, OnSqlite, OnPostgres]
    public async Task Export_HoldsEverythingOfOneself_AndNothingOfOthers(Engine engine)
    {
        scene = await MemberScene.StartAsync(engine);
        foreach (string point in (string[])["ZP001", "ZP002"]) Assert.Equal(201, (await scene.Hub.PostAsync("/readings", $$"""{"metering_point":"{{point}}","timestamp":"2026-05-01T00:00:00+02:00","register_kwh":12345.6}""")).Code);
        using (await MemberScene.PostAsync(await scene.AsAsync("anna"), "/pages/my/disputes", ("subject", "day"), ("thing", "2026-05-14"), ("words", "=The washing machine, \"off\""))) { }
        var files = await ExportAsync("anna");

        Assert.Equal(["account.json", "audit.csv", "disputes.json", "participant.json", "quarter_hours_ZP001_consumption.csv", "readings.csv", "readme.txt", "settled_days.csv", "settlement_lines.csv", "statements.csv"], files.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("Anna Example", JsonDocument.Parse(files["participant.json"]).RootElement.GetProperty("name").GetString());
        Assert.Equal(1 + 31 * 96 + 48, files["quarter_hours_ZP001_consumption.csv"].Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(32, files["settled_days.csv"].Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
        decimal cost = (await scene.Hub.GetAsync($"/balance_groups/{MemberScene.Group}/report?run=2026-05.1")).Json.GetProperty("settlement").GetProperty("ZP001").GetProperty("cost_eur").GetDecimal();
        Assert.Contains(FormattableString.Invariant($",{cost}\r\n"), files["settlement_lines.csv"], StringComparison.Ordinal);
        Assert.Contains("dispute.open", files["audit.csv"], StringComparison.Ordinal);
        foreach (var (name, text) in files) Assert.All((string[])["ZP002", "ZP003", "ZP901", "bert", "Clara"], other => Assert.False(text.Contains(other, StringComparison.OrdinalIgnoreCase), $"{name} names {other}"));
        foreach (string name in files.Keys.Where(name => name != "readme.txt")) Assert.Contains(name, files["readme.txt"], StringComparison.Ordinal);
    }

    /// <summary>Sign-in and contact go at once; what settlements need stays with its day; the id must be typed.</summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task Erasure_TakesWhatMayGo_AndSaysWhatStaysUntilWhen(Engine engine)
    {
        scene = await MemberScene.StartAsync(engine);
        var anna = await scene.AsAsync("anna");
        using (var wrong = await MemberScene.PostAsync(anna, "/pages/my/data/erasure", ("confirm", "Anna"))) Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.StatusCode);
        Assert.Equal(0, scene.Hub.Place.Count("SELECT count(*) FROM web_erasure"));

        using var done = await MemberScene.PostAsync(anna, "/pages/my/data/erasure", ("confirm", "anna"));
        string text = MemberScene.Plain(MemberScene.Parse(await done.Content.ReadAsStringAsync()).QuerySelector("main")!.TextContent);

        Assert.Contains("Sign-in and keys: gone.", text, StringComparison.Ordinal);
        Assert.Contains("Quarter hours and readings: needed until Sun 1 Jul 2029, then erased.", text, StringComparison.Ordinal);
        Assert.Contains("Statements: needed until Wed 31 Dec 2036, then erased.", text, StringComparison.Ordinal);
        using (var gone = await anna.GetAsync(new Uri("/pages/my", UriKind.Relative))) Assert.Equal(HttpStatusCode.Unauthorized, gone.StatusCode);
        Assert.Equal(0, scene.Hub.Place.Count("SELECT count(*) FROM mkt_participant WHERE name = 'anna' AND title IS NOT NULL"));
        Assert.Equal(31, scene.Hub.Place.Count("SELECT count(*) FROM mkt_run_day WHERE point = 'ZP001'"));
        Assert.InRange(scene.Hub.Place.Count("SELECT count(*) FROM met_effective_day"), 4 * 31, int.MaxValue);

        // Three years and some months later nothing needs the curves any more, and the nightly round takes them.
        Assert.Equal(200, (await scene.Hub.PutAsync($"/balance_groups/{MemberScene.Group}", """{"name":"Sonnenhang","metering_points":["ZP002","ZP003","ZP901"],"valid_from":"2026-06-01"}""")).Code);
        scene.Hub.Clock.StepWallClock(TimeSpan.FromDays(1200));
        await scene.Hub.Service<Erasures>().CarryOnAllAsync(CancellationToken.None);
        Assert.Equal(0, scene.Hub.Place.Count("SELECT count(*) FROM met_effective_day e JOIN met_series s ON s.series_id = e.series_id JOIN mkt_point p ON p.point_id = s.point_id WHERE p.name = 'ZP001'"));
        Assert.InRange(scene.Hub.Place.Count("SELECT count(*) FROM met_effective_day"), 4 * 31, int.MaxValue);
        Assert.Equal(31, scene.Hub.Place.Count("SELECT count(*) FROM mkt_run_day WHERE point = 'ZP001'"));
    }

    /// <summary>A point that never took part in a settlement keeps nothing; its gateway's chain stays whole without the bytes.</summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task Erasure_OfAGatewaysRecords_KeepsTheChain(Engine engine)
    {
        scene = await MemberScene.StartAsync(engine, isClosed: false);
        var other = new RegisterId("0a01495341000000002b~1-0.1.8.0");
        var gateway = new TestGateway(null);
        gateway.Append(Begin("2026-05-01T09:50:00Z", 900), Begin("2026-05-01T09:50:00Z", 1, register: other));
        for (int i = 0; i < 3; i++) gateway.Append(Total($"2026-05-01T10:{i * 15:00}:00Z", 1_000 + i * 100), Total($"2026-05-01T10:{i * 15:00}:00Z", 5 + i, register: other));
        await scene.Hub.SyncAsync(gateway);
        Assert.Equal(201, (await scene.Hub.PutAsync("/participants/emil", """{"name":"Emil"}""")).Code);
        Assert.Equal(201, (await scene.Hub.PutAsync("/metering_points/ZP777", """{"participant":"emil","direction":"consumption"}""")).Code);
        Assert.Equal(200, (await scene.Hub.PutAsync("/metering_points/ZP777/registers", $$"""{"registers":[{"register":"{{Import}}"}]}""")).Code);
        Assert.Contains("Preliminary", await scene.TextAsync("emil", "/pages/my/day/2026-05-01"), StringComparison.Ordinal); // a point of no group has a page too

        using (await MemberScene.PostAsync(await scene.AsAsync("emil"), "/pages/my/data/erasure", ("confirm", "emil"))) { }

        Assert.Equal(1, scene.Hub.Place.Count("SELECT count(*) FROM web_erasure WHERE participant = 'emil' AND done_us IS NOT NULL"));
        Assert.Equal(3, scene.Hub.Place.Count("SELECT count(*) FROM met_total"));
        using var database = CoMaKo.Hub.HubSchema.Open(scene.Hub.Place.Address);
        var batch = (await database.WriteAsync(tx => tx.Prepare("SELECT chain_before, chain_after, records FROM ing_batch").ListAsync(row => (Before: row.Blob(0), After: row.Blob(1), Records: row.Blob(2))))).Single();
        var entries = CoMaKo.Hub.Ingest.VerifiedBatch.Decompress(batch.Records);
        Assert.Equal(3, entries.Count(entry => entry.HasDamagedSha256));
        Assert.Equal(batch.After, CoMaKo.Hub.Ingest.BatchLog.ChainAfter(batch.Before, batch.Records, entries.Count));
    }

    private async Task<Dictionary<string, string>> ExportAsync(string participant)
    {
        using var answer = await (await scene.AsAsync(participant)).GetAsync(new Uri("/pages/my/data/export.zip", UriKind.Relative));
        Assert.Equal("application/zip", answer.Content.Headers.ContentType!.MediaType);
        using var zip = new ZipArchive(await answer.Content.ReadAsStreamAsync());
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in zip.Entries)
        {
            using var text = new StreamReader(entry.Open());
            files[entry.FullName] = await text.ReadToEndAsync();
        }

        return files;
    }
}

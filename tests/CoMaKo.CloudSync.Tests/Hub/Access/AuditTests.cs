using System.Diagnostics;
using CoMaKo.Hub.Access;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Access;

/// <summary>The record of who did what, checked here and by a second program over the raw rows.</summary>
public sealed class AuditTests
{
    [Theory, OnSqlite, OnPostgres]
    public async Task Chain_OfConcurrentWriters_HasNoGapAndHolds(Engine engine)
    {
        using var hub = new TestHub(engine);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => AppendAsync(hub, $"key:{i}")));

        var (rows, brokenAt) = await Audit.ReadAsync(hub.Database);
        Assert.Equal((40, null), (rows.Count, brokenAt));
        Assert.Equal(40, rows.Select(row => row.Actor).Distinct().Count());
    }

    [Theory, OnSqlite, OnPostgres]
    [Row("UPDATE web_audit SET detail = 'another price' WHERE seq = 3", 3)]
    [Row("UPDATE web_audit SET at_us = at_us + 1 WHERE seq = 2", 2)]
    [Row("DELETE FROM web_audit WHERE seq = 4", 4)]
    [Row("DELETE FROM web_audit WHERE seq = 5", 5)]
    [Row("UPDATE web_audit SET sha256 = (SELECT sha256 FROM web_audit_head) WHERE seq = 1", 1)]
    public async Task Chain_ThatSomebodyChanged_BreaksThere(Engine engine, string change, int expected)
    {
        using var hub = new TestHub(engine);
        for (int i = 0; i < 5; i++) await AppendAsync(hub, "key:1");
        await hub.Database.WriteAsync(async tx =>
        {
            await tx.ExecuteAsync(change);
        });

        Assert.Equal(expected, (await Audit.ReadAsync(hub.Database)).BrokenAt);
    }

    [Theory, OnSqlite]
    public async Task Piece_ThatFails_LeavesNoRow(Engine engine)
    {
        using var hub = new TestHub(engine);
        await AppendAsync(hub, "key:1");
        await Assert.ThrowsAsync<InvalidOperationException>(() => hub.Database.WriteAsync(async tx =>
        {
            await Audit.AppendAsync(tx, 1, "key:2", "price.change", "BK1", "");
            throw new InvalidOperationException("The business said no.");
        }));
        await AppendAsync(hub, "key:3");

        var (rows, brokenAt) = await Audit.ReadAsync(hub.Database);
        Assert.Equal(("key:1,key:3", null), (string.Join(',', rows.Select(row => row.Actor)), brokenAt));
    }

    [RequiresFact(Peer.Python)]
    public async Task Chain_ReadByPython_IsTheOneThatIsWritten()
    {
        using var hub = new TestHub(Engine.Sqlite);
        await AppendAsync(hub, "Müller \"x\"");
        await AppendAsync(hub, "key:2");
        const string Script = """
            import hashlib, json, sqlite3, sys
            before = bytes(32)
            for seq, at, actor, action, subject, detail, sha in sqlite3.connect(sys.argv[1]).execute("select * from web_audit order by seq"):
                words = json.dumps({"seq": seq, "atUs": at, "words": [actor, action, subject, detail]}, separators=(",", ":"), ensure_ascii=False)
                before = hashlib.sha256(before + words.encode()).digest()
                assert before == sha, (seq, words)
            print("holds")
            """;
        var start = new ProcessStartInfo(Peers.Python, ["-c", Script, hub.Place.Address.ToString()]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using var python = Process.Start(start)!;
        Assert.Equal("holds", (await python.StandardOutput.ReadToEndAsync()).Trim() + (await python.StandardError.ReadToEndAsync()));
    }

    private static Task AppendAsync(TestHub hub, string actor) => hub.Database.WriteAsync(tx => Audit.AppendAsync(tx, 1_780_000_000_000_000, actor, "price.change", "BK1", "10 ct"));
}

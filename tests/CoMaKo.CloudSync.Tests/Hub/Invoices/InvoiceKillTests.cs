using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using CoMaKo.Hub;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Settlement.Invoices;
using CoMaKo.Hub.Storage;
using CoMaKo.Testing;
using Dapper;
using Xunit.Abstractions;

namespace CoMaKo.CloudSync.Tests.Hub.Invoices;

/// <summary>
/// The hub's process is killed again and again while it makes a month's documents, at random moments and in the middle of its transaction.
/// No number is missing or there twice, and no statement has some of its documents only. <c>COMAKO_FULL=1</c> for more kills.
/// </summary>
public sealed partial class InvoiceKillTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const string Group = "BK123456";

    private static readonly int Kills = Environment.GetEnvironmentVariable("COMAKO_FULL") == "1" ? 60 : 6; // on each engine

    /// <summary>More than are done between two kills.</summary>
    private static readonly int Members = 80 * Kills;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1), Patience = TimeSpan.FromMinutes(2);

    private readonly Random random = new(20250801);
    private readonly Dictionary<string, string> seen = []; // number and hash of what stood once
    private RunningHub hub = null!;
    private HubDatabase database = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        database?.Dispose();
        await (hub?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    [Theory, OnSqlite, OnPostgres]
    [Trait("Category", "Slow")]
    public async Task Numbers_HaveNoGap_AndNoStatementIsHalfInvoiced_WhereverTheHubIsKilled(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine, new RequestRates(100_000, 1000, 100_000, 1000), services =>
        {
            foreach (var own in services.Where(each => each.ImplementationType == typeof(InvoiceJob)).ToList()) services.Remove(own); // only the killed process makes documents
        });
        database = HubSchema.Open(hub.Place.Address);
        await CloseMonthAsync();
        int atWork = 0, inside = 0, left = Members;
        for (int kill = 0; kill < Kills && left > 0; kill++)
        {
            if (kill % 2 == 0) await KillAsync(AfterAsync);
            else if (await KillAsync(WhileWritingAsync)) inside++;
            int now = await CheckAsync();
            if (now > 0) atWork++;
            left = now;
        }

        await KillAsync(async process => { await UntilAsync(async () => await WaitingAsync() == 0, process); return false; });
        Assert.Equal(0, await CheckAsync());
        var (invoices, credits) = (await CountAsync("SELECT count(*) FROM mkt_invoice WHERE kind = 1"), await CountAsync("SELECT count(*) FROM mkt_invoice WHERE kind = 2"));
        Assert.Equal((Members, (Members + 4) / 5), (invoices, credits));
        Assert.Equal("""{"statements":0,"documents":0,"gaps":[]}""", (await hub.PostAsync("/invoices", "{}")).Text);
        output.WriteLine($"{atWork} of {Kills} kills while documents waited, {inside} of them inside the transaction; {invoices} invoices, {credits} credit notes");
        Assert.True(atWork >= Kills / 3, $"Only {atWork} of {Kills} kills came before all was done.");
        Assert.True(inside > 0, $"Only {inside} of {Kills} kills hit the transaction.");
    }

    /// <summary>Members with a meter each, every fifth with a plant as well; one quarter hour is settled.</summary>
    private async Task CloseMonthAsync()
    {
        var (points, values, ids) = (new StringBuilder("id,participant,direction\n"), new StringBuilder("metering_point,direction,start,kwh\n"), new List<string>());
        for (int i = 0; i < Members; i++)
        {
            points.Append(CultureInfo.InvariantCulture, $"C{i:0000},M{i:0000},consumption\n");
            values.Append(CultureInfo.InvariantCulture, $"C{i:0000},consumption,2025-08-01T10:00:00Z,{1 + i % 7}\n");
            ids.Add($"C{i:0000}");
            if (i % 5 != 0) continue;
            points.Append(CultureInfo.InvariantCulture, $"G{i:0000},M{i:0000},generation\n");
            values.Append(CultureInfo.InvariantCulture, $"G{i:0000},generation,2025-08-01T10:00:00Z,50\n");
            ids.Add($"G{i:0000}");
        }

        Assert.Equal(200, (await hub.PostAsync("/metering_points", points.ToString(), "text/csv")).Code);
        Assert.Equal(201, (await hub.PutAsync($"/balance_groups/{Group}", JsonSerializer.Serialize(new { name = "Kill", metering_points = ids }))).Code);
        Assert.Equal(200, (await hub.PutAsync("/cooperative/tax_profiles", """{"tax_profiles":[{"treatment":"standard","rate_percent":19}]}""")).Code);
        Assert.Equal(200, (await hub.PostAsync("/consumption", values.ToString(), "text/csv")).Code);
        Assert.Contains("final", (await hub.PostAsync($"/balance_groups/{Group}/months/2025-08/confirmation", """{"reason":"One quarter hour."}""")).Text, StringComparison.Ordinal);
        string[] members = [.. Enumerable.Range(0, Members).Select(i => $"M{i:0000}")];
        await database.WriteAsync(async tx =>
        {
            var parties = new RowSet("mkt_party").Add("participant", members);
            foreach (string field in (string[])["name", "street", "postal_code", "city", "tax_number"]) parties.Add(field, [.. members.Select(member => $"{field} {member}")]);
            await tx.InsertNewAsync(parties.Add("changed_us", 0));
        });
        Assert.Equal(200, (await hub.PutAsync("/invoicing", """{"from_month":"2025-08","cooperative":{"name":"Sonnenhang eG","street":"Am Hang 1","postal_code":"83022","city":"Rosenheim","tax_number":"156/123/45678"}}""")).Code);
    }

    /// <summary>Starts the hub's process and kills it when the moment has come.</summary>
    private async Task<bool> KillAsync(Func<RunningProcess, Task<bool>> moment)
    {
        var start = RunningProcess.Describe(
            "CoMaKo.Hub", "comako-hub", "run", "--data", hub.Place.Folder, "--port", "0", "--sync-port", "0", "--loopback", "--clock", $"2026-06-01T10:00:00Z/1/{TimeProvider.System.GetUtcNow():yyyy-MM-ddTHH:mm:ssZ}");
        start.Environment["DATABASE_URL"] = hub.Place.Url ?? "";
        await using var process = RunningProcess.Start(start);
        bool hit = await moment(process);
        await process.KillAsync();
        await UntilAsync(async () => !await IsWritingAsync(process.Id), null); // a server notices only then that nobody is there any more
        return hit;
    }

    /// <summary>After the first documents of this process, a random part of what a transaction's worth takes.</summary>
    private async Task<bool> AfterAsync(RunningProcess process)
    {
        int before = await WaitingAsync();
        await UntilAsync(async () => await WaitingAsync() < before || await IsWritingAsync(process.Id), process);
        await Task.Delay(TimeSpan.FromMilliseconds(random.Next(100)), TimeProvider.System);
        return false;
    }

    /// <summary>Inside the transaction that takes the numbers.</summary>
    private async Task<bool> WhileWritingAsync(RunningProcess process)
    {
        int before = await WaitingAsync();
        if (random.Next(2) == 0) await UntilAsync(async () => await WaitingAsync() < before, process); // not always the first one
        bool hit = false;
        await UntilAsync(async () => (hit = await IsWritingAsync(process.Id)) || await WaitingAsync() == 0, process);
        return hit;
    }

    /// <summary>Whether documents are being written: SQLite's write lock of the process, or the server's lock on the series.</summary>
    private async Task<bool> IsWritingAsync(int process)
    {
        if (hub.Place.Url is null) return WriteLock().Matches(await File.ReadAllTextAsync("/proc/locks")).Any(held => held.Groups[1].Value == process.ToString(CultureInfo.InvariantCulture));
        return await CountAsync("SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE c.relname = 'mkt_invoice_series' AND l.mode = 'RowExclusiveLock' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())") > 0;
    }

    /// <summary>Byte 120 of the shared memory file is who writes to the log (walformat of SQLite, "locks").</summary>
    [GeneratedRegex(@"POSIX +ADVISORY +WRITE (\d+) \S+ 120 120\b", RegexOptions.None, 1000)]
    private static partial Regex WriteLock();

    private async Task<int> WaitingAsync() => await CountAsync("SELECT (SELECT count(*) FROM mkt_statement) - (SELECT count(*) FROM mkt_invoiced)");

    private async Task<int> CountAsync(string sql)
    {
        await using var reader = await database.OpenReaderAsync();
        return (int)await reader.ExecuteScalarAsync<long>(sql);
    }

    /// <summary>What the database must look like at any moment.</summary>
    /// <returns>Statements without documents.</returns>
    private async Task<int> CheckAsync()
    {
        await using var reader = await database.OpenReaderAsync();
        var documents = (await reader.QueryAsync<(long Statement, string Number, string Series, long Place, long Kind, byte[] Content, string Sha256)>(
            "SELECT statement_id, number, series, place, kind, content, sha256 FROM mkt_invoice ORDER BY invoice_id")).ToList();
        var invoiced = (await reader.QueryAsync<(long Statement, string Participant)>("SELECT d.statement_id, s.participant FROM mkt_invoiced d JOIN mkt_statement s ON s.statement_id = d.statement_id")).ToList();
        var last = (await reader.QueryAsync<(string, long)>("SELECT series, last FROM mkt_invoice_series WHERE series <> ''")).ToDictionary();

        foreach (var series in documents.GroupBy(each => each.Series)) Assert.Equal(Enumerable.Range(1, (int)last[series.Key]).Select(place => (long)place), series.Select(each => each.Place));
        Assert.Equal(documents.Select(each => each.Series).Distinct().Order(StringComparer.Ordinal), last.Keys.Order(StringComparer.Ordinal));
        var made = documents.ToLookup(each => each.Statement, each => each.Kind);
        Assert.All(invoiced, each => Assert.Equal(int.Parse(each.Participant[1..], CultureInfo.InvariantCulture) % 5 == 0 ? [1L, 2L] : [1L], made[each.Statement]));
        Assert.Equal(invoiced.Count, made.Count);
        foreach (var document in documents)
        {
            Assert.Equal(document.Sha256, Convert.ToHexStringLower(SHA256.HashData(document.Content)));
            Assert.Equal(document.Number, InvoiceContent.Parse(document.Content).Number);
            if (!seen.TryAdd(document.Number, document.Sha256)) Assert.Equal(seen[document.Number], document.Sha256);
        }

        Assert.Equal(seen.Count, documents.Count); // nothing that stood is gone
        var told = (await reader.QueryAsync<string>("SELECT detail FROM web_audit WHERE action = 'invoices.make'")).Sum(detail => int.Parse(detail.Split(' ')[0], CultureInfo.InvariantCulture));
        Assert.Equal(documents.Count, told);
        return Members - invoiced.Count;
    }

    private static async Task UntilAsync(Func<Task<bool>> holds, RunningProcess? process)
    {
        long started = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            Assert.True(process?.HasExited != true && Stopwatch.GetElapsedTime(started) < Patience, process?.Output);
            await Task.Delay(Tick, TimeProvider.System);
        }
    }
}

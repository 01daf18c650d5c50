using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CoMaKo.Hub;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Curves;
using CoMaKo.Testing;
using Dapper;
using NodaTime;
using Xunit.Abstractions;

namespace CoMaKo.CloudSync.Tests.Hub.Settlement;

/// <summary>
/// The agent's process is killed at random moments while months are closed and corrected, again and again. What is stored in the end is checked by a
/// program in another language that settles the same input itself.
/// </summary>
public sealed class AgentKillTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly int Cycles = Environment.GetEnvironmentVariable("COMAKO_FULL") == "1" ? 150 : 6;
    private static readonly LocalDate First = new(2025, 6, 1);
    private static readonly LocalDate End = new(2025, 9, 1);
    private static readonly (string Point, string Direction)[] Series = [("A", "consumption"), ("B", "consumption"), ("C", "consumption"), ("C", "generation"), ("P9", "generation")];

    private readonly Dictionary<(string Point, string Direction, LocalDate Day), int[]> truth = [];
    private readonly Random random = new(20250601);

    /// <summary>Milliseconds that the last whole run worked on this machine: kills spread over all of them.</summary>
    private int work;

    private HubDatabase database = null!;
    private RunningHub hub = null!; // its clock stands at 2026-06-01, and its own agent never wakes

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        database?.Dispose();
        await (hub?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    [RequiresTheory(Peer.Python), OnSqlite, OnPostgres]
    [Trait("Category", "Slow")]
    public async Task Agent_KilledAtRandomMoments_LeavesNoWrongMissingOrDoubleSettlement(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);
        database = HubSchema.Open(hub.Place.Address);
        await LoadAsync();
        var published = new Dictionary<long, string>();
        int killed = 0;
        await RunAsync(InstantOf(0), killAfter: null);
        for (int cycle = 0; cycle < Cycles; cycle++)
        {
            if (cycle % 3 == 2) await RunAsync(InstantOf(cycle), killAfter: null); // what it began is corrected next time
            else if (await RunAsync(InstantOf(cycle), killAfter: random.Next(work))) killed++;
            Check(published);
            await DeliverAsync([.. Enumerable.Range(0, 1 + random.Next(3)).Select(_ => (Series[random.Next(Series.Length)], First.PlusDays(random.Next(92))))]);
        }

        await RunAsync(InstantOf(Cycles), killAfter: null);
        Check(published);
        string stored = Dump();
        await RunAsync(InstantOf(Cycles), killAfter: null);
        Assert.Equal(stored, Dump()); // nothing is settled twice

        string file = Path.Combine(hub.Place.Folder, "runs.json");
        await File.WriteAllTextAsync(file, stored);
        var (code, text) = await PythonAsync(file);
        output.WriteLine($"{killed} of {Cycles} killed while at work, {published.Count} runs published. {text}");
        Assert.True(code == 0, text);
        Assert.True(killed >= Cycles / 4, $"Only {killed} of {Cycles} were killed before they were done.");
        Assert.True(published.Count > 3, "No correction was published.");
    }

    /// <summary>From before the first month close to long after the last.</summary>
    private static Instant InstantOf(int cycle) => TestGateway.At("2025-07-05T10:00:00Z") + Duration.FromDays(300) * cycle / Cycles;

    private async Task LoadAsync()
    {
        foreach (var (point, direction) in ((string, string)[])[("A", "consumption"), ("B", "consumption"), ("C", "both"), ("P9", "generation")])
            await hub.PutAsync($"/metering_points/{point}", $$"""{"participant":"{{point}}","direction":"{{direction}}"}""");
        Assert.Equal(201, (await hub.PutAsync("/balance_groups/BK123456", """{"name":"Kill","metering_points":["A","B","C","P9"],"price_ct_per_kwh":9.8765}""")).Code);
        for (var month = First; month < End; month = month.PlusMonths(1))
            await DeliverAsync([.. Enumerable.Range(0, Period.DaysBetween(month, month.PlusMonths(1))).SelectMany(i => Series.Select(series => (series, month.PlusDays(i))))]);
    }

    /// <summary>Fresh values for whole days.</summary>
    private async Task DeliverAsync(IReadOnlyList<((string Point, string Direction) Series, LocalDate Day)> days)
    {
        var csv = new StringBuilder("metering_point,direction,start,kwh\n");
        foreach (var ((point, direction), day) in days.Distinct())
        {
            var slots = MarketDay.Slots(MarketDay.Number(day));
            int[] wh = truth[(point, direction, day)] = [.. slots.Select(_ => random.Next(direction == "generation" ? 900 : 400))];
            for (int i = 0; i < wh.Length; i++) csv.Append(CultureInfo.InvariantCulture, $"{point},{direction},{slots[i].Start},{wh[i] / 1000m:0.000}\n");
        }

        Assert.Equal(200, (await hub.PostAsync("/consumption", csv.ToString(), "text/csv")).Code);
    }

    /// <summary>Starts the agent.</summary>
    /// <param name="killAfter">Milliseconds after it took up the group; absent: it may finish.</param>
    /// <returns>Whether it was killed before it was done.</returns>
    private async Task<bool> RunAsync(Instant now, int? killAfter)
    {
        await database.WriteAsync(async tx => { await tx.ExecuteAsync("UPDATE web_lease SET held_until_us = 0"); }); // the time that the lease of a dead process runs on
        var start = RunningProcess.Describe("CoMaKo.Hub", "comako-hub", "settle", "--data", hub.Place.Folder, "--clock", $"{now}/0.001/{TimeProvider.System.GetUtcNow():yyyy-MM-ddTHH:mm:ssZ}");
        if (hub.Place.Url is { } url) start.Environment["DATABASE_URL"] = url;
        await using var agent = RunningProcess.Start(start);
        await UntilAsync(agent, "settling");
        if (killAfter is { } pause)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(pause), TimeProvider.System);
            bool wasAtWork = !agent.HasExited && !agent.Output.Contains("settled", StringComparison.Ordinal);
            if (!agent.HasExited) await agent.KillAsync();
            return wasAtWork;
        }

        long started = TimeProvider.System.GetTimestamp();
        while (!agent.HasExited && TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromMinutes(2)) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        Assert.True(await agent.StopAsync() == 0, agent.Output);
        work = 1 + (int)TimeProvider.System.GetElapsedTime(started).TotalMilliseconds;
        return false;
    }

    private static async Task UntilAsync(RunningProcess agent, string word)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (!agent.Output.Contains(word, StringComparison.Ordinal))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromMinutes(2), agent.Output);
            Assert.False(agent.HasExited && !agent.Output.Contains(word, StringComparison.Ordinal) && TimeProvider.System.GetElapsedTime(started) > TimeSpan.FromSeconds(30), agent.Output);
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }

    /// <summary>What was published once is there still, unchanged.</summary>
    private void Check(Dictionary<long, string> published)
    {
        using var reader = database.OpenReaderAsync().AsTask().GetAwaiter().GetResult();
        var lines = reader.Query<(long Run, string Text)>("""
            SELECT r.run_id, r.month || ' ' || r.sequence || ' ' || r.result_hash || ' ' || coalesce(l.line || ' ' || l.kind || ' ' || l.point || ' ' || l.wh || ' ' || l.cents, '')
            FROM mkt_run r LEFT JOIN mkt_line l ON l.run_id = r.run_id WHERE r.published_us IS NOT NULL ORDER BY r.run_id, l.line
            """).GroupBy(row => row.Run).ToDictionary(run => run.Key, run => string.Join('\n', run.Select(row => row.Text)));
        foreach (var (run, text) in published) Assert.Equal(text, lines.GetValueOrDefault(run));
        foreach (var (run, text) in lines) published[run] = text;
    }

    private string Dump()
    {
        using var reader = database.OpenReaderAsync().AsTask().GetAwaiter().GetResult();
        var months = new JsonArray();
        for (var month = First; month < End; month = month.PlusMonths(1))
        {
            long number = month.Year * 12 + month.Month - 1;
            var runs = reader.Query<(long Id, long Sequence, long Kind, long? Published)>("SELECT run_id, sequence, kind, published_us FROM mkt_run WHERE month = @number ORDER BY sequence", new { number }).ToList();
            months.Add(new JsonObject
            {
                ["scenario"] = Scenario(month),
                ["runs"] = new JsonArray([.. runs.Select(run => new JsonObject { ["sequence"] = run.Sequence, ["kind"] = run.Kind, ["published"] = run.Published is not null, ["lines"] = Lines(reader, run.Id) })]),
                ["days"] = runs.Count == 0 ? new JsonObject() : Days(reader, runs[^1].Id),
            });
        }

        return months.ToJsonString();
    }

    private JsonObject Scenario(LocalDate month) => new()
    {
        ["from"] = Text(month),
        ["to"] = Text(month.PlusMonths(1)),
        ["points"] = JsonNode.Parse("""[{"id":"A","directions":"consumption"},{"id":"B","directions":"consumption"},{"id":"C","directions":"both"},{"id":"P9","directions":"generation"}]"""),
        ["memberships"] = JsonNode.Parse("""[{"point":"A","from":"1970-01-01"},{"point":"B","from":"1970-01-01"},{"point":"C","from":"1970-01-01"},{"point":"P9","from":"1970-01-01"}]"""),
        ["keys"] = JsonNode.Parse("""[{"method":"dynamic","weights":{}}]"""),
        ["prices"] = JsonNode.Parse("""[{"internal":98765}]"""),
        ["series"] = new JsonArray([.. truth.Where(each => each.Key.Day >= month && each.Key.Day < month.PlusMonths(1)).Select(each => new JsonObject
        {
            ["point"] = each.Key.Point, ["direction"] = each.Key.Direction, ["day"] = Text(each.Key.Day), ["wh"] = JsonSerializer.SerializeToNode(each.Value), ["status"] = new string('M', each.Value.Length),
        })]),
    };

    private static JsonArray Lines(System.Data.IDbConnection reader, long run) => new([.. reader
        .Query<(long Kind, string Point, long From, long To, long Wh, long Price, long Cents)>("SELECT kind, point, from_day, to_day, wh, price, cents FROM mkt_line WHERE run_id = @run ORDER BY line", new { run })
        .Select(line => new JsonArray(line.Kind, line.Point, Text(MarketDay.Date((int)line.From)), Text(MarketDay.Date((int)line.To)), line.Wh, line.Price, line.Cents))]);

    private static JsonObject Days(System.Data.IDbConnection reader, long run) => new(reader
        .Query<(string Point, long Day, long Used, long Generated, long Allocated, long Credited, long Grid, long Surplus)>("SELECT point, day, used, generated, allocated, credited, grid, surplus FROM mkt_run_day WHERE run_id = @run ORDER BY point, day", new { run })
        .GroupBy(row => row.Point).Select(point => KeyValuePair.Create(point.Key, (JsonNode?)new JsonObject(point.Select(row =>
            KeyValuePair.Create(Text(MarketDay.Date((int)row.Day)), (JsonNode?)new JsonArray(row.Used, row.Generated, row.Allocated, row.Credited, row.Grid, row.Surplus)))))));

    private static string Text(LocalDate day) => NodaTime.Text.LocalDatePattern.Iso.Format(day);

    private static async Task<(int Code, string Text)> PythonAsync(string file)
    {
        var start = new ProcessStartInfo(Peers.Python, [Repository.At("tests", "CoMaKo.CloudSync.Tests", "peers", "check_runs.py"), file]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using var python = Process.Start(start)!;
        string text = await python.StandardOutput.ReadToEndAsync() + await python.StandardError.ReadToEndAsync();
        await python.WaitForExitAsync();
        return (python.ExitCode, text);
    }
}

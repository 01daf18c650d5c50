using System.Text.Json;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Statements;

/// <summary>Statements are made with their run, never change, and belong to one participant.</summary>
public sealed class StatementTests
{
    private const string Anna = "2025-08.1-BK123456-0001", Ben = "2025-08.1-BK123456-0002";

    [Theory, OnSqlite, OnPostgres]
    public async Task FinalRun_MakesOneStatementPerParticipant_WhoseSumsAreTheRuns(Engine engine)
    {
        await using var world = await StatementWorld.StartAsync(engine);
        await world.CloseAsync();

        var list = (await world.Hub.GetAsync("/statements")).Json.GetProperty("items").EnumerateArray().ToList();
        var run = (await world.Hub.GetAsync("/balance_groups/BK123456/runs/2025-08.1")).Json.GetProperty("lines").EnumerateArray().ToList();

        Assert.Equal([Ben, Anna], list.Select(each => each.GetProperty("number").GetString()!));
        Assert.Equal(["Ben & Söhne GmbH", "Anna Äpfel"], list.Select(each => each.GetProperty("name").GetString()!));
        Assert.Equal(run.Sum(Amount), list.Sum(Amount));
        var all = new List<string>();
        foreach (string number in (string[])[Anna, Ben])
        {
            var statement = (await world.Hub.GetAsync($"/statements/{number}")).Json;
            Assert.Equal(statement.GetProperty("lines").EnumerateArray().Sum(Amount), Amount(statement));
            all.AddRange(statement.GetProperty("lines").EnumerateArray().Select(Line));
        }

        Assert.Equal(run.Select(Line).Order(StringComparer.Ordinal), all.Order(StringComparer.Ordinal));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Correction_SaysWhatItChanges_AndWhatTheMonthComesTo(Engine engine)
    {
        await using var world = await StatementWorld.StartAsync(engine);
        await world.CloseAsync();
        await world.CorrectAsync(400_000);

        var first = (await world.Hub.GetAsync($"/statements/{Anna}")).Json;
        var second = (await world.Hub.GetAsync("/statements/2025-08.2-BK123456-0001")).Json;

        Assert.Equal("anna", second.GetProperty("participant").GetString());
        Assert.Equal(Amount(first), second.GetProperty("before_eur").GetDecimal());
        Assert.Equal(Amount(first) + Amount(second), second.GetProperty("month_eur").GetDecimal());
        Assert.True(Amount(second) < 0); // less came from neighbours
        Assert.Equal(second.GetProperty("month_eur").GetDecimal(), (await world.Hub.GetAsync("/balance_groups/BK123456/report?run=2025-08.2")).Json.GetProperty("settlement").GetProperty("ZP001").GetProperty("cost_eur").GetDecimal());
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Statement_IsNeverChanged_ByWhateverProgram(Engine engine)
    {
        await using var world = await StatementWorld.StartAsync(engine);
        await world.CloseAsync();
        string before = (await world.Hub.GetAsync($"/statements/{Anna}")).Text;
        await world.PutAsync("/participants/anna", """{"name":"Anna Birne"}""");
        using var database = CoMaKo.Hub.HubSchema.Open(world.Hub.Place.Address);

        foreach (string sql in (string[])["UPDATE mkt_statement SET cents = 0", "DELETE FROM mkt_statement"])
            Assert.Contains("CMH-2350", (await Assert.ThrowsAnyAsync<Exception>(() => database.WriteAsync(async tx => { await tx.ExecuteAsync(sql); }))).Message, StringComparison.Ordinal);

        Assert.Equal(before, (await world.Hub.GetAsync($"/statements/{Anna}")).Text);
    }

    [Theory, OnSqlite]
    public async Task Members_SeeTheirOwn(Engine engine)
    {
        await using var world = await StatementWorld.StartAsync(engine);
        await world.CloseAsync();
        using var anna = await world.MemberAsync("anna");

        foreach (string filter in (string[])["", "?participant=ben", "?month=2025-08"])
        {
            using var list = JsonDocument.Parse(await anna.GetStringAsync(new Uri("/statements" + filter, UriKind.Relative)));
            Assert.Equal([Anna], list.RootElement.GetProperty("items").EnumerateArray().Select(each => each.GetProperty("number").GetString()!));
        }

        foreach (string end in (string[])["", ".json", ".csv"])
        {
            Assert.Equal(200, (int)(await anna.GetAsync(new Uri($"/statements/{Anna}{end}", UriKind.Relative))).StatusCode);
            Assert.Equal(404, (int)(await anna.GetAsync(new Uri($"/statements/{Ben}{end}", UriKind.Relative))).StatusCode);
        }
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task List_IsNarrowedByItsAddress(Engine engine)
    {
        await using var world = await StatementWorld.StartAsync(engine);
        await world.CloseAsync();

        Assert.Equal(2, await CountAsync("?month=2025-08&balance_group=BK123456&payment=open"));
        Assert.Equal(0, await CountAsync("?month=2025-09"));
        Assert.Equal(1, await CountAsync("?participant=ben"));
        Assert.Equal(0, await CountAsync("?payment=paid"));
        Assert.Equal((400, "CMH-2353"), Problem(await world.Hub.GetAsync("/statements?month=August")));
        Assert.Equal((404, "CMH-2352"), Problem(await world.Hub.GetAsync("/statements/2025-08.1-BK123456-0009")));
        var first = (await world.Hub.GetAsync("/statements?limit=1")).Json;
        var second = (await world.Hub.GetAsync($"/statements?limit=1&cursor={first.GetProperty("next").GetString()}")).Json;
        Assert.Equal(Anna, second.GetProperty("items")[0].GetProperty("number").GetString());
        Assert.False(second.TryGetProperty("next", out _));

        async Task<int> CountAsync(string query) => (await world.Hub.GetAsync("/statements" + query)).Json.GetProperty("items").GetArrayLength();
    }

    /// <summary>Ben's plant is taxed, the cooperative is a small business: what he pays has no tax, as Anna's has none, what he is credited has his.</summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task Tax_FollowsTheProfileOfWhoSupplies(Engine engine)
    {
        await using var world = await StatementWorld.StartAsync(engine);
        using (var database = CoMaKo.Hub.HubSchema.Open(world.Hub.Place.Address))
            await database.WriteAsync(async tx => { await tx.ExecuteAsync("INSERT INTO mkt_tax_version (participant_id, from_day, treatment, rate_basis_points) SELECT participant_id, 0, 2, 1900 FROM mkt_participant WHERE name = 'ben'"); await tx.ExecuteAsync("INSERT INTO mkt_own_tax_version (from_day, treatment, rate_basis_points) VALUES (0, 3, 0)"); });
        await world.CloseAsync();

        var tax = (await world.Hub.GetAsync($"/statements/{Ben}")).Json.GetProperty("tax").EnumerateArray().ToList();
        var none = (await world.Hub.GetAsync($"/statements/{Anna}")).Json.GetProperty("tax").EnumerateArray().Single();

        Assert.Equal(["charge", "credit"], tax.Select(each => each.GetProperty("side").GetString()!));
        Assert.Equal((-100.00m, -19.00m), (tax[1].GetProperty("net_eur").GetDecimal(), tax[1].GetProperty("tax_eur").GetDecimal()));
        Assert.Equal(("small_business", 0m), (tax[0].GetProperty("treatment").GetString(), tax[0].GetProperty("tax_eur").GetDecimal()));
        Assert.Equal(("small_business", 0m), (none.GetProperty("treatment").GetString(), none.GetProperty("tax_eur").GetDecimal()));
    }

    [RequiresFact(Peer.Postgres)]
    public async Task Statements_OfBothEngines_AreTheSameBytes()
    {
        Assert.Equal(await AllAsync(Engine.Sqlite), await AllAsync(Engine.Postgres));

        static async Task<string> AllAsync(Engine engine)
        {
            await using var world = await StatementWorld.StartAsync(engine);
            await world.CloseAsync();
            await world.CorrectAsync(400_000);
            var texts = new List<string>();
            foreach (var each in (await world.Hub.GetAsync("/statements")).Json.GetProperty("items").EnumerateArray())
                foreach (string end in (string[])[".json", ".csv", ".csv?language=de"]) texts.Add((await world.Hub.GetAsync($"/statements/{each.GetProperty("number").GetString()}{end}")).Text);
            Assert.Equal(4 * 3, texts.Count);
            return string.Join('\n', texts);
        }
    }

    private static decimal Amount(JsonElement each) => each.GetProperty("amount_eur").GetDecimal();

    private static string Line(JsonElement line) => string.Join('|', ((string[])["kind", "point", "from", "to", "amount_eur"]).Select(name => line.GetProperty(name).ToString()));

    private static (int Status, string Code) Problem(RestAnswer answer) => (answer.Code, answer.Json.GetProperty("code").GetString()!);
}

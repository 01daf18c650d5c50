using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Statements;

/// <summary>What becomes of a statement's amount: by hand with a reason, or by CSV, all or nothing.</summary>
public sealed class PaymentTests
{
    private const string Anna = "2025-08.1-BK123456-0001", Ben = "2025-08.1-BK123456-0002";

    [Theory, OnSqlite, OnPostgres]
    public async Task Payment_GoesThroughItsStates_WithAuthorAndAudit(Engine engine)
    {
        await using var world = await StatementWorld.StartAsync(engine);
        await world.CloseAsync(); // anna owes 36.78

        Assert.Equal(200, await PostAsync(world, $$"""{"number":"{{Anna}}","state":"announced","due_on":"2026-06-10","reason":"Letter sent."}"""));
        Assert.Equal("announced", await StateAsync(world, Anna));
        Assert.Equal(200, await PostAsync(world, $$"""{"number":"{{Anna}}","amount_eur":10,"day":"2026-06-01","reason":"Bank statement."}"""));
        Assert.Equal("partly_paid", await StateAsync(world, Anna));
        world.Hub.Clock.StepWallClock(TimeSpan.FromDays(10));
        Assert.Equal("overdue", await StateAsync(world, Anna));
        Assert.Equal(1, (await world.Hub.GetAsync("/statements?payment=overdue")).Json.GetProperty("items").GetArrayLength());
        Assert.Equal(422, await PostAsync(world, $$"""{"number":"{{Anna}}","state":"paid","amount_eur":27,"reason":"Too much."}"""));
        Assert.Equal(200, await PostAsync(world, $$"""{"number":"{{Anna}}","state":"paid","reason":"Bank statement."}"""));
        Assert.Equal("paid", await StateAsync(world, Anna));
        Assert.Equal(422, await PostAsync(world, $$"""{"number":"{{Anna}}","state":"waived","reason":"A mistake."}"""));
        Assert.Equal(200, await PostAsync(world, $$"""{"number":"{{Anna}}","state":"open","reason":"The bank took it back."}"""));

        var rows = (await world.Hub.GetAsync($"/statements/{Anna}/payments")).Json.GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(["announced", "partly_paid", "paid", "open"], rows.Select(row => row.GetProperty("state").GetString()!));
        Assert.Equal([10m, 26.78m, 36.78m], rows.Where(row => row.TryGetProperty("amount_eur", out _)).Select(row => row.GetProperty("amount_eur").GetDecimal()));
        Assert.Equal(4, world.Hub.Place.Count("SELECT count(*) FROM web_audit WHERE action LIKE 'payment.%'"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Csv_IsTakenAsAWholeOrNotAtAll(Engine engine)
    {
        await using var world = await StatementWorld.StartAsync(engine);
        await world.CloseAsync();

        var wrong = await world.Hub.PostAsync("/payments", $"number;date;amount\n{Anna};2026-06-01;30,00\n{Anna};2026-06-01;30,00\nX-1;2026-06-01;1,00\n{Ben};32.06.2026;1,00\n", "text/csv");
        Assert.Equal((422, "5 date CMH-2383"), (wrong.Code, wrong.Findings));
        wrong = await world.Hub.PostAsync("/payments", $"number;date;amount\n{Anna};2026-06-01;30,00\n{Anna};2026-06-02;30,00\nX-1;2026-06-01;1,00\n", "text/csv");
        Assert.Equal((422, "3 amount CMH-2382, 4 number CMH-2352"), (wrong.Code, wrong.Findings)); // only 6.78 are open after row 2
        Assert.Equal(0, world.Hub.Place.Count("SELECT count(*) FROM mkt_payment"));
        Assert.Equal("""{"created":2}""", (await world.Hub.PostAsync("/payments?dry_run=true", $"number;date;amount\n{Anna};2026-06-01;30,00\n{Anna};01.06.2026;6,78\n", "text/csv")).Text);
        Assert.Equal(0, world.Hub.Place.Count("SELECT count(*) FROM mkt_payment"));
        Assert.Equal("""{"created":2}""", (await world.Hub.PostAsync("/payments", $"number;date;amount\n{Anna};2026-06-01;30,00\n{Anna};01.06.2026;6,78\n", "text/csv")).Text);
        Assert.Equal("paid", await StateAsync(world, Anna));
    }

    /// <summary>A file that is sent twice, or repeats days of the one before, must not pay twice; a second equal payment is noted by hand.</summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task Csv_SentAgain_PaysOnlyOnce(Engine engine)
    {
        await using var world = await StatementWorld.StartAsync(engine);
        await world.CloseAsync();
        string file = $"number;date;amount\n{Anna};2026-06-01;10,00\n";
        Assert.Equal(200, (await world.Hub.PostAsync("/payments", file, "text/csv")).Code);

        var again = await world.Hub.PostAsync("/payments", file, "text/csv");
        Assert.Equal((422, "2 amount CMH-2385"), (again.Code, again.Findings));
        var twice = await world.Hub.PostAsync("/payments", $"number;date;amount\n{Anna};2026-06-02;5,00\n{Anna};2026-06-02;5,00\n", "text/csv");
        Assert.Equal((422, "3 amount CMH-2385"), (twice.Code, twice.Findings));
        Assert.Equal(200, await PostAsync(world, $$"""{"number":"{{Anna}}","amount_eur":10,"day":"2026-06-01","reason":"Paid twice on that day."}"""));
        Assert.Equal(2, world.Hub.Place.Count("SELECT count(*) FROM mkt_payment"));

        Assert.Equal(200, await PostAsync(world, $$"""{"number":"{{Anna}}","state":"paid","reason":"Bank statement."}"""));
        Assert.Equal(200, await PostAsync(world, $$"""{"number":"{{Anna}}","state":"open","reason":"The bank took it all back."}"""));
        Assert.Equal(200, (await world.Hub.PostAsync("/payments", file, "text/csv")).Code); // that day's sum is not noted any more
    }

    /// <summary>What the cooperative pays out counts the same way.</summary>
    [Theory, OnSqlite]
    public async Task Credit_IsPaidOut(Engine engine)
    {
        await using var world = await StatementWorld.StartAsync(engine);
        await world.CloseAsync();
        decimal amount = (await world.Hub.GetAsync($"/statements/{Ben}")).Json.GetProperty("amount_eur").GetDecimal();

        Assert.True(amount < 0);
        Assert.Equal(200, await PostAsync(world, FormattableString.Invariant($$"""{"number":"{{Ben}}","state":"paid","amount_eur":{{-amount}},"reason":"Paid out."}""")));
        Assert.Equal("paid", await StateAsync(world, Ben));
        Assert.Equal(200, (await world.Hub.GetAsync("/pages/work")).Code);
    }

    /// <summary>The page's two forms, as a browser without script sends them.</summary>
    [Theory, OnSqlite]
    public async Task Page_TakesOneByHand_AndAFile(Engine engine)
    {
        await using var world = await StatementWorld.StartAsync(engine);
        await world.CloseAsync();

        using var wrong = await world.Hub.Pages.PostAsync(new Uri("/pages/payments", UriKind.Relative), new FormUrlEncodedContent(new Dictionary<string, string> { ["number"] = Anna, ["state"] = "partly_paid", ["amount_eur"] = "99,00", ["reason"] = "Bank statement." }));
        string refused = await wrong.Content.ReadAsStringAsync();
        Assert.Equal(422, (int)wrong.StatusCode);
        Assert.Contains("CMH-2382", refused, StringComparison.Ordinal);
        Assert.Contains("99,00", refused, StringComparison.Ordinal); // what was typed stays
        using var right = await world.Hub.Pages.PostAsync(new Uri("/pages/payments", UriKind.Relative), new FormUrlEncodedContent(new Dictionary<string, string> { ["number"] = Anna, ["state"] = "partly_paid", ["amount_eur"] = "30,00", ["reason"] = "Bank statement." }));
        Assert.Equal(303, (int)right.StatusCode);
        using var file = new MultipartFormDataContent { { new StringContent($"number;date;amount\n{Anna};2026-06-01;6,78\n"), "file", "bank.csv" } };
        using var taken = await world.Hub.Pages.PostAsync(new Uri("/pages/payments/file", UriKind.Relative), file);
        Assert.Equal(303, (int)taken.StatusCode);
        Assert.Equal("paid", await StateAsync(world, Anna));
        Assert.Contains(Ben, (await world.Hub.GetAsync("/pages/payments")).Text, StringComparison.Ordinal);
    }

    private static async Task<int> PostAsync(StatementWorld world, string json) => (await world.Hub.PostAsync("/payments", json)).Code;

    private static async Task<string> StateAsync(StatementWorld world, string number) =>
        (await world.Hub.GetAsync("/statements")).Json.GetProperty("items").EnumerateArray().Single(each => each.GetProperty("number").GetString() == number).GetProperty("payment").GetString()!;
}

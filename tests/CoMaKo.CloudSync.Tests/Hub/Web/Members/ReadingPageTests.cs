using System.Net;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Web.Members;

/// <summary>Readings typed into the form: the same store and rules as over REST, with a question before what is unusual.</summary>
public sealed class ReadingPageTests : IAsyncLifetime
{
    private const string Address = "/pages/my/readings";
    private MemberScene scene = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await (scene?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Theory, OnSqlite, OnPostgres]
    public async Task Reading_IsAccepted_SaysWhatItMeans_AndIsThatOfTheRestInterface(Engine engine)
    {
        scene = await MemberScene.StartAsync(engine, isClosed: false);
        Assert.Equal("/pages/my/readings?done=1", (await EnterAsync("12345,6", "2026-05-01", "12:00")).Location);
        var (status, _, location) = await EnterAsync("12445.6", "2026-05-11", "12:00");

        Assert.Equal(HttpStatusCode.SeeOther, status);
        string text = MemberScene.Plain((await scene.PageAsync("anna", location!)).QuerySelector("main")!.TextContent);
        Assert.Contains("Accepted: 12,445.600 kWh on 11 May, 12:00.", text, StringComparison.Ordinal);
        Assert.Contains("That makes 100.000 kWh since 1 May, 12:00, 10.000 kWh a day.", text, StringComparison.Ordinal);
        var stored = (await scene.Hub.GetAsync("/readings/ZP001")).Json.GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(["12345.600 form used", "12445.600 form used"], stored.Select(each => $"{each.GetProperty("register_kwh").GetRawText()} {each.GetProperty("origin").GetString()} {each.GetProperty("state").GetString()}"));
        Assert.Equal("2026-05-11T10:00:00Z", stored[1].GetProperty("timestamp").GetString());
    }

    /// <summary>Unusual values are asked about and stored only after the second post.</summary>
    [Theory, OnSqlite]
    [Row("12300", "2026-05-20", "is less than the 12,345.600 kWh of 1 May, 12:00", "not_used")]
    [Row("13345", "2026-05-20", "a day. Usual is", "used")]
    [Row("12345,7", "2026-05-01", "There is", "used")]
    public async Task UnusualReading_IsAskedAbout_AndStoredWhenConfirmed(Engine engine, string value, string day, string question, string state)
    {
        scene = await MemberScene.StartAsync(engine, isClosed: false);
        Assert.Equal(200, (await scene.Hub.PutAsync("/metering_points/ZP001", """{"participant":"anna","direction":"consumption","annual_kwh":3500}""")).Code);
        await EnterAsync("12345,6", "2026-05-01", "12:00");
        var (status, text, _) = await EnterAsync(value, day, "12:00");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("Are you sure?", text, StringComparison.Ordinal);
        Assert.Contains(question == "There is" ? "there is a reading of 12,345.600 kWh already" : question, text, StringComparison.Ordinal);
        Assert.Single((await scene.Hub.GetAsync("/readings/ZP001")).Json.GetProperty("items").EnumerateArray());
        Assert.Equal(HttpStatusCode.SeeOther, (await EnterAsync(value, day, "12:00", ("confirm", "yes"))).Status);
        Assert.Equal(state, (await scene.Hub.GetAsync("/readings/ZP001")).Json.GetProperty("items").EnumerateArray().Last().GetProperty("state").GetString());
    }

    [Theory, OnSqlite]
    [Row("abc", "2026-05-20", "12:00", "CMH-1625"), Row("1.234,5", "2026-05-20", "12:00", "CMH-1625"), Row("1e3", "2026-05-20", "12:00", "CMH-1625"), Row("-5", "2026-05-20", "12:00", "CMH-1625"), Row("1.2345", "2026-05-20", "12:00", "CMH-1607")]
    [Row("100", "2026-06-01", "12:01", "CMH-3110"), Row("100", "2026-13-01", "12:00", "CMH-1609"), Row("100", "2026-03-29", "02:30", "CMH-1706"), Row("100", "2014-12-31", "12:00", "CMH-1704")]
    public async Task WrongReading_IsRefusedInWords_AndKeepsWhatWasTyped(Engine engine, string value, string day, string time, string code)
    {
        scene = await MemberScene.StartAsync(engine, isClosed: false);
        var (status, text, _) = await EnterAsync(value, day, time);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains(code, text, StringComparison.Ordinal);
        Assert.Empty((await scene.Hub.GetAsync("/readings/ZP001")).Json.GetProperty("items").EnumerateArray());
    }

    /// <summary>A neighbour's point cannot be written to, nor its reading corrected or shown.</summary>
    [Theory, OnSqlite]
    public async Task ForeignPoint_IsUnknown(Engine engine)
    {
        scene = await MemberScene.StartAsync(engine, isClosed: false);
        Assert.Equal(201, (await scene.Hub.PostAsync("/readings", """{"metering_point":"ZP002","timestamp":"2026-05-01T00:00:00+02:00","register_kwh":777.7}""")).Code);

        Assert.Contains("CMH-1701", (await EnterAsync("900", "2026-05-20", "12:00", ("series", "ZP002/consumption"))).Text, StringComparison.Ordinal);
        foreach (string query in (string[])["", "?done=1", "?correct=1"]) Assert.DoesNotContain("777.7", await scene.TextAsync("anna", Address + query), StringComparison.Ordinal);
        Assert.Single((await scene.Hub.GetAsync("/readings/ZP002")).Json.GetProperty("items").EnumerateArray());
    }

    /// <summary>A day, a reading or a month is disputed; the operator answers, once, and the member reads it. Nobody else sees it.</summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task Dispute_IsOpenedListedAndAnswered(Engine engine)
    {
        scene = await MemberScene.StartAsync(engine, isClosed: false);
        var anna = await scene.AsAsync("anna");
        using (var sent = await MemberScene.PostAsync(anna, "/pages/my/disputes", ("subject", "day"), ("thing", "2026-05-14"), ("words", "The washing machine\nwas off."), ("believed", "1,5"))) Assert.Equal("/pages/my/disputes?sent=1", sent.Headers.Location!.OriginalString);
        using (var twice = await MemberScene.PostAsync(anna, "/pages/my/disputes", ("subject", "day"), ("thing", "2026-05-14"), ("words", "The washing machine\nwas off."))) Assert.Equal(HttpStatusCode.SeeOther, twice.StatusCode);
        foreach (var (subject, thing, words, code) in ((string, string, string, string)[])[("day", "yesterday", "x", "CMH-1762"), ("reading", "999", "x", "CMH-1762"), ("statement", "2026-05.1/BK123456/2", "x", "CMH-1762"), ("day", "2026-05-14", "", "CMH-1763"), ("day", "2026-05-14", new string('x', 2001), "CMH-1763")])
        {
            using var refused = await MemberScene.PostAsync(anna, "/pages/my/disputes", ("subject", subject), ("thing", thing), ("words", words));
            Assert.Equal((HttpStatusCode.UnprocessableEntity, true), (refused.StatusCode, (await refused.Content.ReadAsStringAsync()).Contains(code, StringComparison.Ordinal)));
        }

        Assert.Contains("The washing machine", await scene.TextAsync("anna", "/pages/my/disputes"), StringComparison.Ordinal);
        Assert.DoesNotContain("washing", await scene.TextAsync("bert", "/pages/my/disputes") + await scene.TextAsync("bert", "/disputes"), StringComparison.Ordinal);
        Assert.Contains("anna disputes something", await scene.Hub.Pages.GetStringAsync(new Uri("/pages/work", UriKind.Relative)) is var work && work.Contains("anna erhebt Einwand", StringComparison.Ordinal) ? "anna disputes something" : work, StringComparison.Ordinal);
        Assert.Contains("washing", (await scene.Hub.GetAsync("/pages/disputes")).Text, StringComparison.Ordinal);
        Assert.Equal(404, (await scene.Hub.PostAsync("/disputes/77/answer", """{"decision":"accepted","reason":"so be it"}""")).Code);
        Assert.Equal("rejected", (await scene.Hub.PostAsync("/disputes/1/answer", """{"decision":"rejected","reason":"The meter was read again: it is right."}""")).Json.GetProperty("state").GetString());
        Assert.Equal("CMH-1766", (await scene.Hub.PostAsync("/disputes/1/answer", """{"decision":"accepted","reason":"no"}""")).Json.GetProperty("code").GetString());
        Assert.Contains("The meter was read again", await scene.TextAsync("anna", "/pages/my/disputes"), StringComparison.Ordinal);
        Assert.Equal(2, scene.Hub.Place.Count("SELECT count(*) FROM web_audit WHERE action LIKE 'dispute.%'"));
    }

    private async Task<(HttpStatusCode Status, string Text, string? Location)> EnterAsync(string value, string day, string time, params (string Name, string Value)[] more)
    {
        var fields = new Dictionary<string, string> { ["series"] = "ZP001/consumption", ["kind"] = "register", ["value"] = value, ["day"] = day, ["time"] = time };
        foreach (var (name, text) in more) fields[name] = text;
        using var answer = await MemberScene.PostAsync(await scene.AsAsync("anna"), Address, [.. fields.Select(field => (field.Key, field.Value))]);
        return (answer.StatusCode, MemberScene.Plain(WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync())), answer.Headers.Location?.OriginalString);
    }
}

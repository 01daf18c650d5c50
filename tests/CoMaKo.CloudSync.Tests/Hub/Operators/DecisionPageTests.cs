using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using CoMaKo.CloudSync.Tests.Hub.Web;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Operators;

/// <summary>What waits for an operator's word is decided on its page, and then is gone from the work list.</summary>
public sealed class DecisionPageTests : IAsyncLifetime
{
    private RunningHub hub = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await (hub?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Theory, OnSqlite, OnPostgres]
    public async Task Decisions_TakeTheirCausesOffTheWorkList(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);
        await SampleCooperative.FillAsync(hub);

        Assert.Equal((303, "/pages/anomalies?done=decided&point=ZP003"), await SendAsync(await FormOfAsync("/pages/anomalies?point=ZP003"), ("reason", "One digit too many."), ("kwh", "0,142")));
        Assert.Equal((303, "/pages/anomalies?done=decided&point=ZP001"), await SendAsync(await FormOfAsync("/pages/anomalies?point=ZP001"), ("reason", "Oven on.")));
        foreach (string what in (string[])["conflicts", "records"])
            Assert.Equal((303, "/pages/parked?done=seen"), await SendAsync(await FormOfAsync("/pages/parked", $"#{what} form"), ("reason", "Clock set.")));

        var kinds = (await hub.GetAsync("/work")).Json.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("kind").GetString());
        Assert.Equal(["gateway.silent", "month.gap", "month.gap"], kinds);
        var slot = (await hub.GetAsync("/metering_points/ZP003/load_curve?from=2026-06-01")).Json.GetProperty("items")[32];
        Assert.Equal(("operator_decision", 0.142m), (slot.GetProperty("source").GetString(), slot.GetProperty("kwh").GetDecimal()));
        Assert.Contains("One digit too many.", (await PageAsync("/pages/anomalies?state=corrected")).QuerySelector(".findings")!.TextContent, StringComparison.Ordinal);
        Assert.Empty((await PageAsync("/pages/parked")).QuerySelectorAll(".findings"));
        Assert.Equal(2, (await PageAsync("/pages/parked?seen=all")).QuerySelectorAll(".findings").Length);
    }

    [Theory, OnSqlite]
    public async Task Decisions_WithoutReasonOrWithWrongNumbers_SayWhatIsWrong(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);
        await SampleCooperative.FillAsync(hub);
        var form = await FormOfAsync("/pages/anomalies?point=ZP003");

        Assert.Equal("reason CMH-1604", await RefusalAsync(form));
        Assert.Equal("kwh CMH-1605", await RefusalAsync(form, ("reason", "x"), ("kwh", "1.000,5")));
        Assert.Equal("kwh CMH-1607", await RefusalAsync(form, ("reason", "x"), ("kwh", "0,12345")));
        Assert.Equal("reason CMH-1604", await RefusalAsync(await FormOfAsync("/pages/parked", "#records form")));
        Assert.Contains("anomaly.error", (await hub.GetAsync("/work")).Text, StringComparison.Ordinal);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Job_ThatWasGivenUp_IsTriedAgain(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);
        await hub.Service<CoMaKo.Hub.Storage.HubDatabase>().WriteAsync(async tx =>
            await tx.ExecuteAsync("INSERT INTO web_job (kind, job_key, payload, state, error, due_us) VALUES ('errand', 'a', '', 2, 'no paper', 0), ('errand', 'b', '', 2, 'no paper', 0), ('errand', 'b', '', 0, NULL, 0)"));

        foreach (int _ in Enumerable.Range(0, 2)) Assert.Equal((303, "/pages/jobs?done=retried"), await SendAsync(await FormOfAsync("/pages/jobs", "form[action$=retry]")));

        Assert.Equal((2, 2), ((int)hub.Place.Count("SELECT count(*) FROM web_job WHERE kind = 'errand'"), (int)hub.Place.Count("SELECT count(*) FROM web_job WHERE kind = 'errand' AND state = 0")));
        Assert.Contains("No job was given up", (await PageAsync("/pages/jobs")).QuerySelector(".sentence")!.TextContent, StringComparison.Ordinal);
    }

    private async Task<IHtmlFormElement> FormOfAsync(string path, string selector = "main form[method=post]") => (IHtmlFormElement)(await PageAsync(path)).QuerySelector(selector)!;

    /// <summary>Sends a form as it stands on its page, with some fields filled in.</summary>
    private async Task<HttpResponseMessage> PostAsync(IHtmlFormElement form, (string Name, string Value)[] fields)
    {
        var values = form.QuerySelectorAll("input").OfType<IHtmlInputElement>().ToDictionary(input => input.Name!, input => input.Value);
        foreach (var (name, value) in fields)
        {
            Assert.Contains(name, values.Keys);
            values[name] = value;
        }

        using var content = new FormUrlEncodedContent(values);
        return await hub.Pages.PostAsync(new Uri(form.GetAttribute("action")!, UriKind.Relative), content);
    }

    private async Task<(int Status, string? Location)> SendAsync(IHtmlFormElement form, params (string Name, string Value)[] fields)
    {
        using var answer = await PostAsync(form, fields);
        return ((int)answer.StatusCode, answer.Headers.Location?.OriginalString);
    }

    private async Task<string> RefusalAsync(IHtmlFormElement form, params (string Name, string Value)[] fields)
    {
        using var answer = await PostAsync(form, fields);
        Assert.Equal(422, (int)answer.StatusCode);
        return FormProblem.Of(new HtmlParser().ParseDocument(await answer.Content.ReadAsStringAsync()));
    }

    private async Task<IHtmlDocument> PageAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Accept-Language", "en");
        using var answer = await hub.Pages.SendAsync(request);
        return new HtmlParser().ParseDocument(await answer.Content.ReadAsStringAsync());
    }
}

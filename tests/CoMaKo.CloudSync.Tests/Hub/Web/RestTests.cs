using System.Net;
using System.Text.Json;
using CoMaKo.Contracts.V1;
using CoMaKo.Contracts.Wire;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Ingest;
using CoMaKo.Testing;
using Microsoft.AspNetCore.Routing;
using static CoMaKo.CloudSync.Tests.Hub.TestGateway;

namespace CoMaKo.CloudSync.Tests.Hub.Web;

/// <summary>The hub as a whole: gRPC in, REST out.</summary>
public sealed class RestTests : IAsyncLifetime
{
    private RunningHub hub = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await (hub?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Theory, OnSqlite, OnPostgres]
    public async Task Health_IsExactlyOk(Engine engine)
    {
        await StartAsync(engine);
        Assert.Equal("""{"status":"ok","db":"connected"}""", await hub.Pages.GetStringAsync(new Uri("/health", UriKind.Relative)));
        Assert.Equal("""{"status":"ok"}""", await hub.Pages.GetStringAsync(new Uri("/health/live", UriKind.Relative)));
        Assert.Equal("""{"status":"ok","db":"connected"}""", await hub.Pages.GetStringAsync(new Uri("/health/ready", UriKind.Relative)));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task LoadCurve_Json_ShowsValuesAndGaps(Engine engine)
    {
        await StartAsync(engine);
        var curve = await JsonAsync($"/load_curves/{Import}?from=2026-06-01T09:00:00Z&to=2026-06-01T11:00:00%2B01:00");

        Assert.Equal("Wh", curve.GetProperty("unit").GetString());
        Assert.Equal(
            """
            [{"start":"2026-06-01T09:00:00Z","wh":100,"quality":"measured","version":1,"source":"gateway"},{"start":"2026-06-01T09:15:00Z","wh":150,"quality":"measured","version":1,"source":"gateway"},{"start":"2026-06-01T09:30:00Z","quality":"missing","version":1,"source":"gateway"},{"start":"2026-06-01T09:45:00Z","quality":"missing","version":1,"source":"gateway"}]
            """, curve.GetProperty("items").GetRawText());
        Assert.Equal("""[{"from":"2026-06-01T09:30:00Z","to":"2026-06-01T10:00:00Z","wh":250,"reason":"missing"}]""", curve.GetProperty("gaps").GetRawText());
    }

    [Theory, OnSqlite]
    [Row(".csv", "*/*")]
    [Row("", "text/csv")]
    public async Task LoadCurve_Csv_HasOneRowPerSlot(Engine engine, string suffix, string accept)
    {
        await StartAsync(engine);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/load_curves/{Import}{suffix}?from=2026-06-01T09:00:00Z&to=2026-06-01T09:45:00Z");
        request.Headers.Add("Accept", accept);
        using var response = await hub.Pages.SendAsync(request);

        Assert.Equal("text/csv", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(
            "slot_start,wh,quality,version,source\n2026-06-01T09:00:00Z,100,measured,1,gateway\n2026-06-01T09:15:00Z,150,measured,1,gateway\n2026-06-01T09:30:00Z,,missing,1,gateway\n",
            await response.Content.ReadAsStringAsync());
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task LoadCurve_WithoutTimes_IsTodayUpToNow(Engine engine)
    {
        await StartAsync(engine);
        var items = (await JsonAsync($"/load_curves/{Import}")).GetProperty("items");

        Assert.Equal("2026-05-31T22:00:00Z", items[0].GetProperty("start").GetString()); // midnight in Berlin
        Assert.Equal(48, items.GetArrayLength()); // 10:00 UTC is noon there
    }

    [Theory, OnSqlite]
    [Row("/load_curves/ff~1-0.1.8.0", HttpStatusCode.NotFound, "CMH-1401")]
    [Row("/load_curves/x?from=yesterday", HttpStatusCode.BadRequest, "CMH-1403")]
    [Row("/load_curves/x?from=2026-06-01T09:01:00Z", HttpStatusCode.BadRequest, "CMH-1403")]
    [Row("/load_curves/x?from=2026-06-01&to=2026-05-01", HttpStatusCode.UnprocessableEntity, "CMH-1404")]
    [Row("/load_curves/x?from=2020-06-01&to=2026-05-01", HttpStatusCode.UnprocessableEntity, "CMH-1404")]
    [Row("/gateways/gw-2", HttpStatusCode.NotFound, "CMH-1402")]
    [Row("/gateways?limit=0", HttpStatusCode.BadRequest, "CMH-1405")]
    [Row("/gateways?cursor=%25", HttpStatusCode.BadRequest, "CMH-1406")]
    [Row("/nothing", HttpStatusCode.NotFound, "CMH-1407")]
    public async Task WrongRequests_AreProblemsWithTheirCode(Engine engine, string path, HttpStatusCode status, string code)
    {
        await StartAsync(engine);
        using var response = await hub.Pages.GetAsync(new Uri(path, UriKind.Relative));

        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(code, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("code").GetString());
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Gateways_ShowContactBacklogAndPages(Engine engine)
    {
        await StartAsync(engine);
        using (var connection = hub.Connect("gw-1"))
        {
            await connection.UnaryAsync(
                EdgeSyncMethods.Report, new GatewayStatus { NextSequence = 9, AckedSequence = 4, OldestWaitingUnixUs = 1_780_000_000_000_000, ClockState = "exact", BuildingName = "Lindenhof 7" },
                TimeSpan.FromSeconds(10), CancellationToken.None);
        }

        await hub.SyncAsync(new TestGateway(null, "gw-2").Append(Begin("09:01", 1, register: new("0b~1-0.1.8.0"))));
        var first = await JsonAsync("/gateways?limit=1");
        var second = await JsonAsync($"/gateways?limit=1&cursor={first.GetProperty("next").GetString()}");

        var gateway = first.GetProperty("items")[0];
        Assert.Equal("gw-1", gateway.GetProperty("gateway").GetString());
        Assert.Equal("2026-06-01T10:00:00Z", gateway.GetProperty("last_contact").GetString());
        Assert.Equal(4, gateway.GetProperty("waiting_records").GetInt64());
        Assert.Equal("gw-2", second.GetProperty("items")[0].GetProperty("gateway").GetString());
        Assert.False(second.TryGetProperty("next", out _));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Registers_ShowTheirLastTotal(Engine engine)
    {
        await StartAsync(engine);
        var register = (await JsonAsync("/registers")).GetProperty("items")[0];

        Assert.Equal(Import.Value, register.GetProperty("register").GetString());
        Assert.Equal("settlement", register.GetProperty("role").GetString());
        Assert.Equal("2026-06-01T10:00:00Z", register.GetProperty("last_slot_end").GetString());
        Assert.Equal(1500, register.GetProperty("last_total_wh").GetInt64());
    }

    [Theory, OnSqlite]
    public async Task OpenApi_NamesEveryPath_AndWhatNeedsAKey(Engine engine)
    {
        await StartAsync(engine);
        var paths = (await JsonAsync("/openapi/v1.json")).GetProperty("paths");
        var table = hub.Endpoints.Where(endpoint => endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is null && !endpoint.IsOnSyncListener() && endpoint.Metadata.GetMetadata<HttpMethodMetadata>() is not null)
            .Select(endpoint => (Path: "/" + endpoint.RoutePattern.RawText!.TrimStart('/'), Method: endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0].ToLowerInvariant(), Policy: endpoint.Metadata.GetMetadata<AccessPolicy>()!))
            .Where(endpoint => !endpoint.Path.StartsWith("/openapi/", StringComparison.Ordinal)).ToList();

        Assert.Equal(table.Select(endpoint => endpoint.Path).Distinct().Order(StringComparer.Ordinal), paths.EnumerateObject().Select(path => path.Name).Order(StringComparer.Ordinal));
        Assert.Superset(new HashSet<string>(["/health", "/gateways", "/load_curves/{register}", "/readings", "/consumption", "/balance_groups/{id}/report"]), table.Select(endpoint => endpoint.Path).ToHashSet());
        Assert.All(table, endpoint =>
        {
            var operation = paths.GetProperty(endpoint.Path).GetProperty(endpoint.Method);
            Assert.Equal(!endpoint.Policy.Roles.HasFlag(Roles.Anonymous), operation.TryGetProperty("security", out _));
            Assert.NotEmpty(operation.GetProperty("summary").GetString()!);
        });
    }

    [RequiresFact(Peer.Promtool)]
    public async Task Metrics_PassPromtool()
    {
        await StartAsync(Engine.Sqlite);
        string text = await hub.Pages.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        Assert.Contains("comako_hub_ingest_records_total 4\n", text, StringComparison.Ordinal);
        using var promtool = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("promtool", "check metrics") { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true })!;
        await promtool.StandardInput.WriteAsync(text);
        promtool.StandardInput.Close();
        string complaints = await promtool.StandardError.ReadToEndAsync() + await promtool.StandardOutput.ReadToEndAsync();
        await promtool.WaitForExitAsync();
        Assert.Equal("", complaints);
    }

    [Theory, OnSqlite]
    public async Task Listeners_AreApart(Engine engine)
    {
        await StartAsync(engine);
        using var http2 = new HttpClient { BaseAddress = hub.SyncAddress, DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var page = await http2.GetAsync(new Uri("/health", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, page.StatusCode);
        using var call = await hub.Pages.PostAsync(new Uri(EdgeSyncMethods.Hello.Path, UriKind.Relative), content: null);
        Assert.Equal(HttpStatusCode.NotFound, call.StatusCode);
    }

    [Theory, OnSqlite]
    public async Task Calls_WithoutIdentity_AreUnauthenticated(Engine engine)
    {
        await StartAsync(engine);
        using var connection = new GrpcConnection(hub.SyncAddress);
        var refused = await Assert.ThrowsAsync<GrpcStatusException>(() =>
            connection.UnaryAsync(EdgeSyncMethods.Report, new GatewayStatus(), TimeSpan.FromSeconds(10), CancellationToken.None));
        Assert.Equal(GrpcStatusCode.Unauthenticated, refused.Status);
    }

    private async Task StartAsync(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine); // its clock stands at 2026-06-01 10:00 UTC
        var ack = await hub.SyncAsync(new TestGateway(null).Append(
            Begin("09:01", 1000), Total("09:15", 1100), Total("09:30", 1250), Total("10:00", 1500, quality: Quantities.Quality.Derived)));
        Assert.Equal(4, ack.Mark.AckedSequence);
    }

    private async Task<JsonElement> JsonAsync(string path) =>
        JsonDocument.Parse(await hub.Pages.GetStringAsync(new Uri(path, UriKind.Relative))).RootElement;
}

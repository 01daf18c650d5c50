using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using CoMaKo.Testing;

namespace CoMaKo.Edge.Tests.Diagnostics;

/// <summary>The local API, health and metrics.</summary>
public sealed class ApiTests
{
    [Fact]
    public async Task Status_SaysWhatThePageSays()
    {
        await using var host = await PageHost.StartAsync(Scenes.Offline, PageTests.Noon);
        var status = await JsonAsync(host, "/api/status");
        Assert.Equal("gw-0417", (string?)status["gateway"]);
        Assert.Equal(78, (int?)status["sync"]!["backlog"]);
        Assert.Equal("CME-1802", (string?)status["sync"]!["fault"]!["code"]);
        Assert.Equal("synchronised", (string?)status["clock"]!["trust"]);
        Assert.Equal("stale", (string?)status["devices"]![0]!["state"]);
        Assert.Equal(11, (int?)status["devices"]![0]!["frames"]!["crc"]);
        Assert.Equal(1200, (double?)status["devices"]![0]!["ageSeconds"]);
    }

    [Fact]
    public async Task Readings_AreExactAndSigned()
    {
        await using var host = await PageHost.StartAsync(Scenes.Normal, PageTests.Noon);
        var grid = (await JsonAsync(host, "/api/readings"))[0]!;
        Assert.Equal("fresh", (string?)grid["freshness"]);
        Assert.Equal("2026-06-05T11:42:06.4Z", (string?)grid["at"]);
        Assert.Equal("""{"measurand":"activePower","value":-1240,"unit":"W"}""", grid["values"]![0]!.ToJsonString());
        Assert.Equal("""{"measurand":"activeEnergyImport","obis":"1-0:1.8.0*255","value":4821312.7,"unit":"Wh"}""", grid["values"]![1]!.ToJsonString());
    }

    [Fact]
    public async Task Intervals_LeaveOutWhatIsMissing()
    {
        await using var host = await PageHost.StartAsync(Scenes.Normal, PageTests.Noon);
        var day = await JsonAsync(host, "/api/intervals");
        Assert.Equal("2026-06-05", (string?)day["day"]);
        Assert.Equal(96, (int?)day["slots"]);
        var slots = day["registers"]![0]!["slots"]!.AsArray();
        Assert.Equal(53, slots.Count);
        Assert.Null(slots[31]!["energyWh"]); // its start total is missing
        Assert.Equal("measured", (string?)slots[31]!["quality"]);
        Assert.Equal((long?)slots[1]!["totalWh"] - (long?)slots[0]!["totalWh"], (long?)slots[1]!["energyWh"]);
        Assert.Equal(100, (int?)(await JsonAsync(host, "/api/intervals?day=2025-10-26"))["slots"]);
    }

    [Theory]
    [InlineData("/api/intervals?day=today", HttpStatusCode.BadRequest, "CME-1402")]
    [InlineData("/api/intervals?day=9999-12-31", HttpStatusCode.BadRequest, "CME-1402")]
    [InlineData("/api/frames/grid-meter/77", HttpStatusCode.NotFound, "CME-1403")]
    [InlineData("/api/frames/nobody/x", HttpStatusCode.NotFound, "CME-1403")]
    [InlineData("/api/nothing", HttpStatusCode.NotFound, "CME-1404")]
    [InlineData("/events?topics=prices", HttpStatusCode.BadRequest, "CME-1401")]
    public async Task WrongRequest_GetsProblemDetailsWithACode(string address, HttpStatusCode status, string code)
    {
        await using var host = await PageHost.StartAsync(Scenes.Normal, PageTests.Noon);
        using var response = await host.GetAsync(address);
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(code, (string?)(await response.Content.ReadFromJsonAsync<JsonNode>())!["code"]);
    }

    [Fact]
    public async Task FrameDownload_IsTheFrame()
    {
        await using var host = await PageHost.StartAsync(Scenes.Normal, PageTests.Noon);
        host.Capture();
        Assert.Equal(PageHost.Sample.Bytes, await host.Client.GetByteArrayAsync(new Uri("/api/frames/grid-meter/8", UriKind.Relative)));
    }

    [Fact]
    public async Task Health_IsOfTheGatewayNotOfItsMeters()
    {
        await using var silent = await PageHost.StartAsync(Scenes.Offline, PageTests.Noon);
        foreach (string address in (string[])["/health", "/health/live", "/health/ready"])
            Assert.Equal(HttpStatusCode.OK, (await silent.GetAsync(address)).StatusCode);
        await using var broken = await PageHost.StartAsync(building => { Scenes.Fault(building); building.LoopList.RemoveAt(1); }, PageTests.Noon);
        Assert.Equal(HttpStatusCode.OK, (await broken.GetAsync("/health/live")).StatusCode);
        using var ready = await broken.GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.StartsWith("CME-1701", (string?)(await ready.Content.ReadFromJsonAsync<JsonNode>())!["components"]!["store"], StringComparison.Ordinal);
    }

    [RequiresFact(Peer.Promtool)]
    public async Task Metrics_InEveryState_PleasePromtool()
    {
        foreach (var (name, scene) in Scenes.All)
        {
            await using var host = await PageHost.StartAsync(scene, PageTests.Noon);
            string text = await host.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative));
            var (exit, output) = await CheckAsync(text);
            Assert.True(exit == 0, $"{name}: {output}");
            if (name == "normal") Assert.Contains("comako_edge_meter_power_watts{meter=\"grid-meter\",phase=\"all\"} -1240\n", text, StringComparison.Ordinal);
            Assert.Equal(name is not ("fault" or "empty"), text.Contains("comako_edge_enclosure_temperature_celsius{sensor=\"sht3x (hwmon1)\"} 31.4\n", StringComparison.Ordinal));
            if (name == "fault") Assert.Contains("comako_edge_enclosure_age_seconds{sensor=\"sht3x (hwmon1)\"} 180\n", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Assets_AreCompressedAndKeptForAYear()
    {
        await using var host = await PageHost.StartAsync(Scenes.Normal, PageTests.Noon);
        string address = (await host.PageAsync("/")).QuerySelector("link[rel=stylesheet]")!.GetAttribute("href")!;
        var sizes = new Dictionary<string, long>();
        foreach (string encoding in (string[])["br", "gzip;q=0.8", "identity", "br;q=0"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.TryAddWithoutValidation("Accept-Encoding", encoding);
            using var response = await host.Client.SendAsync(request);
            Assert.Equal(TimeSpan.FromDays(365), response.Headers.CacheControl!.MaxAge);
            Assert.Equal(encoding switch { "br" => "br", "gzip;q=0.8" => "gzip", _ => "" }, string.Join(',', response.Content.Headers.ContentEncoding));
            sizes[encoding] = (await response.Content.ReadAsByteArrayAsync()).Length;
        }

        Assert.True(sizes["br"] < sizes["gzip;q=0.8"] && sizes["gzip;q=0.8"] < sizes["identity"] / 2);
        Assert.Equal(HttpStatusCode.NotFound, (await host.GetAsync("/assets/page.css")).StatusCode);
    }

    private static async Task<JsonNode> JsonAsync(PageHost host, string address) => (await host.Client.GetFromJsonAsync<JsonNode>(new Uri(address, UriKind.Relative)))!;

    private static async Task<(int Exit, string Output)> CheckAsync(string metrics)
    {
        var start = new ProcessStartInfo("promtool", ["check", "metrics"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(metrics);
        process.StandardInput.Close();
        string output = await process.StandardOutput.ReadToEndAsync() + await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output);
    }
}

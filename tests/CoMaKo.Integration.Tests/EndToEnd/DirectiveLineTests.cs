using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using CoMaKo.Testing;

namespace CoMaKo.Integration.Tests.EndToEnd;

/// <summary>Hub and gateway as real processes: what the hub directs is what the gateway reckons with.</summary>
public sealed class DirectiveLineTests
{
    private const string Tariff = """

        tariff:
          energy: { spot: true, markup: 1.8 ct }
          levies: 6.4 ct
          gridFee: { standard: 8.9 ct }
          vat: 19 %
          export: { price: 7.9 ct }
        """;

    /// <summary>10 and 20 ct/kWh by turns, and what the tariff puts on top: (energy + 1.8 + 6.4 + 8.9 ct) × 1.19.</summary>
    [Fact]
    [Trait("Category", "Slow")]
    public async Task Prices_ThatTheHubIssues_AreInTheGatewaysPlan()
    {
        await using var line = new LiveLine(2, new(2026, 6, 1, 8, 1, 0, TimeSpan.Zero));
        await line.StartSimulatorAsync("--control", "--inverter", "setpoint");
        string text = await File.ReadAllTextAsync(line.BuildingFile);
        await File.WriteAllTextAsync(line.BuildingFile, text + Tariff);
        await line.StartHubAsync();
        await line.StartEdgeAsync();
        string gateway = "";
        await line.UntilAsync("the hub knows the gateway", async () =>
        {
            gateway = (await line.HubAsync("/gateways")).GetProperty("items").EnumerateArray().Select(each => each.GetProperty("gateway").GetString()!).FirstOrDefault("");
            return gateway.Length > 0;
        });
        using var http = await OperatorAsync(line);
        string path = $"/gateways/{gateway}/directives";
        string values = string.Join(',', Enumerable.Range(0, 160).Select(i => i % 2 == 0 ? "0.1" : "0.2"));
        await PostAsync(http, path, $$$$"""{"id":"day-ahead","kind":"prices","valid_until":"2026-06-03T00:00:00Z","content":{"eurPerKwh":{"start":"2026-06-01T08:00:00Z","values":[{{{{values}}}}]}}}""");
        // A year old: the gateway knows that nobody trades these any more, and says so.
        await PostAsync(http, path, """{"id":"stale","kind":"prices","valid_until":"2026-06-03T00:00:00Z","content":{"eurPerKwh":{"start":"2025-06-01T08:00:00Z","values":[0.1]}}}""");
        await PostAsync(http, path, """{"id":"dim","kind":"limit","valid_until":"2026-06-03T00:00:00Z","content":{"limit":"dim-14a","watts":4200}}""");

        await line.UntilAsync("the gateway has answered", async () => (await line.HubAsync(path)).GetProperty("items").EnumerateArray().All(each => each.GetProperty("state").GetString() is "accepted" or "rejected"), seconds: 120);
        var states = (await line.HubAsync(path)).GetProperty("items").EnumerateArray().ToDictionary(each => each.GetProperty("id").GetString()!, each => each);
        Assert.Equal(("accepted", "rejected", "accepted"), (State("day-ahead"), State("stale"), State("dim")));
        Assert.Contains("more than 30 days ago", states["stale"].GetProperty("reason").GetString(), StringComparison.Ordinal);
        JsonElement plan = default;
        await line.UntilAsync("the plan has the prices", async () =>
        {
            plan = await line.EdgeAsync("/api/plan");
            return plan.EnumerateArray().Count(IsPriced) >= 100;
        }, seconds: 120);

        foreach (var slot in plan.EnumerateArray().Where(IsPriced))
        {
            bool isEven = slot.GetProperty("start").GetDateTimeOffset().ToUnixTimeSeconds() / 900 % 2 == 0; // 08:00 is
            Assert.Equal(isEven ? 0.32249 : 0.44149, slot.GetProperty("importPrice").GetDouble(), 4);
        }

        string? State(string id) => states[id].GetProperty("state").GetString();
    }

    /// <summary>Planned with a price that was published, not one that is expected.</summary>
    private static bool IsPriced(JsonElement slot) =>
        slot.TryGetProperty("planned", out var planned) && planned.ValueKind == JsonValueKind.Object && !slot.GetProperty("isPriceExpected").GetBoolean() && slot.GetProperty("importPrice").ValueKind == JsonValueKind.Number;

    private static async Task<HttpClient> OperatorAsync(LiveLine line)
    {
        string file = Path.Combine(line.Folder, "key");
        await using var process = RunningProcess.Start(RunningProcess.Describe("CoMaKo.Hub", "comako-hub", "key", "create", "--data", line.HubData, "--role", "Operator", "--name", "test", "--file", file));
        await line.UntilAsync("there is a key", () => Task.FromResult(process.HasExited && File.Exists(file)));
        var http = new HttpClient { BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{line.HubPort}")) };
        http.DefaultRequestHeaders.Add("X-Api-Key", (await File.ReadAllTextAsync(file)).Trim());
        return http;
    }

    private static async Task PostAsync(HttpClient http, string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using var response = await http.PostAsync(new Uri(path, UriKind.Relative), content);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }
}

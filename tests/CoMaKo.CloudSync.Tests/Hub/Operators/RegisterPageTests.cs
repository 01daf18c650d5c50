using CoMaKo.Hub.Access;
using CoMaKo.Testing;
using static CoMaKo.CloudSync.Tests.Hub.TestGateway;

namespace CoMaKo.CloudSync.Tests.Hub.Operators;

/// <summary>The form by which an operator says which registers form a point's curve; the REST interface says what became of it.</summary>
public sealed class RegisterPageTests
{
    private const string Old = "0a01495341000000417a~1-0.1.8.0";
    private const string New = "0a01495341000000233a~1-0.1.8.0";

    [Theory, OnSqlite, OnPostgres]
    public async Task Register_IsAssigned_Replaced_Joined_AndEnded(Engine engine)
    {
        await using var hub = await StartAsync(engine);
        using var client = await hub.SignedInAsync(Roles.Operator);

        Assert.Equal("303 /pages/points/ZP001?done=registers", await SendAsync(client, ("register", Old), ("factor", "1"), ("change", "instead")));
        Assert.Equal($"{Old} 1 ..", await StoredAsync(hub));
        Assert.StartsWith("303", await SendAsync(client, ("register", New), ("from", "2026-05-10"), ("factor", "1"), ("change", "instead")), StringComparison.Ordinal);
        Assert.Equal($"{New} 1 2026-05-10.. | {Old} 1 ..2026-05-10", await StoredAsync(hub));
        Assert.StartsWith("303", await SendAsync(client, ("register", Old), ("from", "2026-05-20"), ("factor", "-1"), ("change", "also")), StringComparison.Ordinal);
        Assert.Equal($"{New} 1 2026-05-10.. | {Old} 1 ..2026-05-10 | {Old} -1 2026-05-20..", await StoredAsync(hub));
        Assert.StartsWith("303", await SendAsync(client, ("register", New), ("from", "2026-05-25"), ("change", "end")), StringComparison.Ordinal);
        Assert.Equal($"{New} 1 2026-05-10..2026-05-25 | {Old} 1 ..2026-05-10 | {Old} -1 2026-05-20..", await StoredAsync(hub));
    }

    [Theory, OnSqlite]
    public async Task Register_ThatIsUnknown_OrWithoutItsDirection_IsRefused_AndWhatWasTypedStays(Engine engine)
    {
        await using var hub = await StartAsync(engine);
        using var client = await hub.SignedInAsync(Roles.Operator);

        string page = await SendAsync(client, ("register", "no~such"), ("from", "2026-05-10"), ("factor", "-1"), ("change", "also"));
        Assert.Contains("<a href=\"#registers-register\">Register</a> CMH-1401", page, StringComparison.Ordinal);
        Assert.Contains("value=\"no~such\"", page, StringComparison.Ordinal);
        Assert.Contains("value=\"2026-05-10\"", page, StringComparison.Ordinal);
        Assert.Contains("direction</span> CMH-1702", await SendAsync(client, ("register", Old), ("direction", "generation")), StringComparison.Ordinal);
        Assert.Contains("<a href=\"#registers-from\">Valid from</a> CMH-1609", await SendAsync(client, ("register", Old), ("from", "tomorrow")), StringComparison.Ordinal);
        Assert.Equal("", await StoredAsync(hub));
    }

    private static async Task<RunningHub> StartAsync(Engine engine)
    {
        var hub = await RunningHub.StartAsync(engine);
        Assert.Equal(201, (await hub.PutAsync("/metering_points/ZP001", """{"participant":"P001","direction":"consumption"}""")).Code);
        await hub.SyncAsync(new TestGateway(null, "gw-0417").Append(Begin("06:01", 2000, register: new(Old)), Total("06:15", 2130, register: new(Old))));
        await hub.SyncAsync(new TestGateway(null, "gw-0233").Append(Begin("06:01", 1000, register: new(New)), Total("06:15", 1100, register: new(New))));
        return hub;
    }

    /// <summary>Status with the address that it leads to, or the page.</summary>
    private static async Task<string> SendAsync(HttpClient client, params (string Name, string Value)[] fields)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/pages/points/ZP001/registers") { Content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value))) };
        request.Headers.Add("Accept-Language", "en");
        using var answer = await client.SendAsync(request);
        return answer.Headers.Location is { } location ? $"{(int)answer.StatusCode} {location.OriginalString}" : await answer.Content.ReadAsStringAsync();
    }

    private static async Task<string> StoredAsync(RunningHub hub) => string.Join(" | ", (await hub.GetAsync("/metering_points/ZP001/registers")).Json.GetProperty("registers").EnumerateArray()
        .Select(each => $"{each.GetProperty("register").GetString()} {each.GetProperty("factor").GetInt32()} {TextOf(each, "from")}..{TextOf(each, "to")}"));

    private static string? TextOf(System.Text.Json.JsonElement row, string name) => row.TryGetProperty(name, out var value) ? value.GetString() : null;
}

using System.Globalization;
using System.Text;
using CoMaKo.Hub.Access;
using CoMaKo.Settlement.Allocation;
using CoMaKo.Settlement.Curves;
using CoMaKo.Testing;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace CoMaKo.CloudSync.Tests.Hub.Statements;

/// <summary>A running hub with a small group whose August 2025 can be closed: ZP001 and ZP002 consume, ZP901 generates; anna owns ZP001, ben ZP002 and ZP901.</summary>
internal sealed class StatementWorld : IAsyncDisposable
{
    public const string Group = "BK123456";
    public static readonly LocalDate Day = new(2025, 8, 1);

    private StatementWorld(RunningHub hub) => Hub = hub;

    public RunningHub Hub { get; }

    public static async Task<StatementWorld> StartAsync(Engine engine, Action<IServiceCollection>? replace = null)
    {
        var world = new StatementWorld(await RunningHub.StartAsync(engine, new RequestRates(100_000, 1000, 100_000, 1000), replace));
        await world.PutAsync("/participants/anna", """{"name":"Anna Äpfel"}""");
        await world.PutAsync("/participants/ben", """{"name":"Ben & Söhne GmbH","kind":"company"}""");
        await world.PutAsync("/metering_points/ZP001", """{"participant":"anna","direction":"consumption"}""");
        await world.PutAsync("/metering_points/ZP002", """{"participant":"ben","direction":"consumption"}""");
        await world.PutAsync("/metering_points/ZP901", """{"participant":"ben","direction":"generation"}""");
        await world.PutAsync($"/balance_groups/{Group}", """{"name":"GreenCoop Energy","metering_points":["ZP001","ZP002","ZP901"]}""");
        return world;
    }

    /// <summary>The month with one day of values, the rest taken as it is.</summary>
    public async Task CloseAsync()
    {
        await DeliverAsync(("ZP001", "consumption", 510_200), ("ZP002", "consumption", 877_000), ("ZP901", "generation", 1_000_000));
        Assert.Contains("final", (await Hub.PostAsync($"/balance_groups/{Group}/months/2025-08/confirmation", """{"reason":"One day only."}""")).Text, StringComparison.Ordinal);
    }

    /// <summary>Another generation of the day, published at once.</summary>
    public async Task CorrectAsync(long wh)
    {
        await DeliverAsync(("ZP901", "generation", wh));
        Assert.Contains("delta_published", (await Hub.PostAsync($"/balance_groups/{Group}/runs", """{"month":"2025-08","publish":true}""")).Text, StringComparison.Ordinal);
    }

    public async Task DeliverAsync(params (string Point, string Direction, long Wh)[] series)
    {
        var csv = new StringBuilder("metering_point,direction,start,kwh\n");
        var slots = MarketDay.Slots(MarketDay.Number(Day));
        foreach (var (point, direction, total) in series)
        {
            long[] wh = LargestRemainder.Distribute(total, [.. slots.Select((_, i) => 1L + i % 7)]);
            for (int i = 0; i < wh.Length; i++) csv.Append(CultureInfo.InvariantCulture, $"{point},{direction},{slots[i].Start},{wh[i] / 1000m:0.000}\n");
        }

        Assert.Equal(200, (await Hub.PostAsync("/consumption", csv.ToString(), "text/csv")).Code);
    }

    /// <summary>A member's own client.</summary>
    public async Task<HttpClient> MemberAsync(string participant) => Hub.Client((await Hub.Keys.CreateAsync(new KeyWish(Roles.Member, participant, participant), "test")).Text);

    public async Task PutAsync(string path, string json) => Assert.InRange((await Hub.PutAsync(path, json)).Code, 200, 201);

    public ValueTask DisposeAsync() => Hub.DisposeAsync();
}

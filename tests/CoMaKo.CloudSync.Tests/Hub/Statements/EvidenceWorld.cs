using CoMaKo.Contracts.Wire;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Statements;

/// <summary>A month whose values come in all ways: ZP001 (anna) from a gateway that also reads ZP003 (cara), ZP002 and ZP901 (ben) as CSV, ZP004 (anna) from readings.</summary>
internal static class EvidenceWorld
{
    public const string Anna = "2025-08.1-BK123456-0001";
    private static readonly RegisterId Other = new("0a01495341000000002b~1-0.1.8.0");

    public static async Task<StatementWorld> StartAsync(Engine engine, int days = 1)
    {
        var world = await StatementWorld.StartAsync(engine);
        await world.PutAsync("/participants/cara", """{"name":"Cara"}""");
        await world.PutAsync("/metering_points/ZP003", """{"participant":"cara","direction":"consumption"}""");
        await world.PutAsync("/metering_points/ZP004", """{"participant":"anna","direction":"consumption"}""");
        await world.PutAsync($"/balance_groups/{StatementWorld.Group}", """{"name":"GreenCoop Energy","metering_points":["ZP001","ZP002","ZP003","ZP004","ZP901"]}""");
        await SendAsync(world, days);
        await world.PutAsync("/metering_points/ZP001/registers", $$"""{"registers":[{"register":"{{TestGateway.Import}}"}]}""");
        await world.PutAsync("/metering_points/ZP003/registers", $$"""{"registers":[{"register":"{{Other}}"}]}""");
        await world.DeliverAsync(("ZP002", "consumption", 87_700), ("ZP901", "generation", 100_000), ("ZP004", "consumption", 4_000));
        await world.DeliverAsync(("ZP004", "consumption", 5_000)); // a second version of the import
        return world;
    }

    /// <summary>Closes the month; nothing is measured on most of its days.</summary>
    public static async Task CloseAsync(StatementWorld world) =>
        Assert.Contains("final", (await world.Hub.PostAsync($"/balance_groups/{StatementWorld.Group}/months/2025-08/confirmation", """{"reason":"A few days only."}""")).Text, StringComparison.Ordinal);

    public static async Task<byte[]> EvidenceAsync(HttpClient client, string number, string query = "") => await client.GetByteArrayAsync(new Uri($"/statements/{number}/evidence{query}", UriKind.Relative));

    /// <summary>Totals of two meters; the service starts anew once, one border is missing, one total comes twice with another value.</summary>
    private static async Task SendAsync(StatementWorld world, int days)
    {
        var gateway = new TestGateway(null);
        var first = StatementWorld.Day;
        long begin = MarketDay.Slots(MarketDay.Number(first))[0].StartUnixSeconds;
        gateway.Append(Border(TestGateway.Import, 1, begin - 1000, 1_000_000, SegmentReason.Commissioned), Border(Other, 1, begin - 1000, 2_000_000, SegmentReason.Commissioned));
        long wh = 1_000_000, segment = 1;
        for (int slot = 0; slot <= days * 96; slot++)
        {
            long end = begin + slot * 900L;
            if (slot == 40)
            {
                segment = (end - 600) * 1_000_000;
                gateway.Append(Border(TestGateway.Import, segment, end - 600, wh, SegmentReason.Resumed), Border(Other, segment, end - 600, 2 * wh, SegmentReason.Resumed));
            }

            if (slot != 61) gateway.Append(new RegisterTotal(TestGateway.Import, segment, end, new Energy(wh), Quality.Measured, 200), new RegisterTotal(Other, segment, end, new Energy(2 * wh), Quality.Measured, 200));
            if (slot == 70) gateway.Append(new RegisterTotal(TestGateway.Import, segment, end, new Energy(wh + 1), Quality.Measured, 200));
            wh += 300 + slot % 11;
        }

        using var connection = world.Hub.Connect(gateway.Id.Value);
        await connection.UnaryAsync(EdgeSyncMethods.Hello, gateway.Hello(), TimeSpan.FromSeconds(10), CancellationToken.None);
        for (long from = 1; from <= gateway.Last; from += 50)
            await connection.UnaryAsync(EdgeSyncMethods.Push, gateway.Batch(from, Math.Min(gateway.Last, from + 49)), TimeSpan.FromSeconds(10), CancellationToken.None);
    }

    private static RegisterSegment Border(RegisterId register, long segment, long at, long wh, SegmentReason reason) => new(
        register, segment, false, NodaTime.Instant.FromUnixTimeSeconds(at), new Energy(wh), reason, register.Value.Split('~')[0], ObisCode.ActiveEnergyImport, 1_000_000, 100_000, SettlementRole.Settlement);
}

using CoMaKo.Quantities;
using CoMaKo.Testing;
using static CoMaKo.CloudSync.Tests.Hub.TestGateway;

namespace CoMaKo.CloudSync.Tests.Hub.Metering;

/// <summary>From a gateway's registers to what counts at a metering point.</summary>
public sealed class AssignmentTests : IAsyncLifetime
{
    private static readonly RegisterId Second = new("0b~1-0.1.8.0");

    private RunningHub hub = null!; // its clock stands at 2026-06-01 10:00 UTC

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await (hub?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Theory, OnSqlite, OnPostgres]
    public async Task Registers_OfAPoint_FormItsCurveAndLateTotalsCorrectIt(Engine engine)
    {
        await StartAsync(engine);
        Assert.Equal(200, (await AssignAsync($$"""{"register":"{{Import}}"},{"register":"{{Second}}","factor":-1}""")).Code);
        Assert.Equal("0.060, 0.100, -", await CurveAsync()); // 100 − 40, 150 − 50; the third slot has no total of the second register

        hub.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal("0.060, 0.100, -", await CurveAsync());
        Assert.Equal(1, hub.Place.Count("SELECT count(*) FROM met_effective_day"));
        await hub.SyncAsync(Gateway().Append(Total("09:45", 1450), Total("09:45", 630, register: Second)));
        Assert.Equal("0.060, 0.100, 0.160", await CurveAsync());
        Assert.Equal(2, hub.Place.Count("SELECT max(version) FROM met_effective_day"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Registers_TakenAway_LeaveNoValueAndMeterOperatorsValuesCount(Engine engine)
    {
        await StartAsync(engine);
        hub.Clock.Advance(TimeSpan.FromDays(1));
        await AssignAsync($$"""{"register":"{{Import}}"}""");
        Assert.Equal("0.100, 0.150, -", await CurveAsync());
        await hub.PostAsync("/consumption?source=meter_operator", """[{"metering_point":"ZP001","start":"2026-06-01T09:15:00Z","kwh":0.149}]""");
        await hub.PostAsync("/consumption", """[{"metering_point":"ZP001","start":"2026-06-01T09:00:00Z","kwh":0.7},{"metering_point":"ZP001","start":"2026-06-01T09:30:00Z","kwh":0.8}]""");
        Assert.Equal("0.100, 0.149, 0.800", await CurveAsync());

        await AssignAsync("");
        Assert.Equal("0.700, 0.149, 0.800", await CurveAsync());
    }

    [Theory, OnSqlite]
    [Row("""{"register":"x~1"}""", "registers[0].register CMH-1401")]
    [Row("""{"register":"x","factor":0,"from":"2026-02-01","to":"2026-02-01","direction":"generation"}""", "registers[0].direction CMH-1702, registers[0].factor CMH-1731, registers[0].to CMH-1732")]
    public async Task Registers_WithMistakes_AreRefused(Engine engine, string register, string findings)
    {
        await StartAsync(engine);
        Assert.Equal(findings, (await AssignAsync(register)).Findings);
    }

    private Task<RestAnswer> AssignAsync(string registers) => hub.PutAsync("/metering_points/ZP001/registers", $$"""{"registers":[{{registers}}]}""");

    private static TestGateway Gateway() => new TestGateway(null).Append(
        Begin("09:01", 1000), Begin("09:01", 500, register: Second), Total("09:15", 1100), Total("09:15", 540, register: Second), Total("09:30", 1250), Total("09:30", 590, register: Second));

    private async Task StartAsync(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);
        await hub.SyncAsync(Gateway());
        Assert.Equal(201, (await hub.PutAsync("/metering_points/ZP001", """{"participant":"A","direction":"consumption"}""")).Code);
    }

    private async Task<string> CurveAsync() => string.Join(", ", (await hub.GetAsync("/metering_points/ZP001/load_curve?from=2026-06-01T09:00:00Z&to=2026-06-01T09:45:00Z"))
        .Json.GetProperty("items").EnumerateArray().Select(item => item.TryGetProperty("kwh", out var kwh) ? kwh.GetRawText() : "-"));
}

using CoMaKo.Hub;
using CoMaKo.Hub.Events;
using CoMaKo.Hub.Settlement.Agent;
using CoMaKo.Hub.Settlement.Balancing;
using CoMaKo.Hub.Settlement.Report;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Allocation;
using CoMaKo.Settlement.Runs;
using CoMaKo.Testing;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;

namespace CoMaKo.CloudSync.Tests.Hub.Settlement;

/// <summary>The settlement of one group on a real database, with inputs that a test sets and a clock that it moves.</summary>
internal sealed class SettlementBench : IDisposable
{
    public const string Name = "BK123456";

    private readonly TestDatabase place;

    public SettlementBench(Engine engine, AgentRules? rules = null)
    {
        place = new TestDatabase(engine);
        Database = HubSchema.Open(place.Address);
        (Forecasts, Prices, Runs, Writer) = (new ForecastStore(Database, Clock), new PriceStore(Database, Clock), new RunReader(Database), new RunWriter(Database, Clock, new EventOutbox(hasBroker: false)));
        Settlement = new GroupSettlement(Inputs, Forecasts, Prices);
        Reports = new ReportReader(new Previews(Settlement), Inputs, Runs, Clock);
        (Notes, Leases) = (new AgentNotes(Database), new GroupLeases(Database));
        Agent = new BalanceGroupAgent(Inputs, Settlement, Runs, Writer, Prices, Notes, Clock, rules ?? AgentRules.Default);
        Job = new AgentJob(Agent, Inputs, Leases, Notes, AgentRules.Default, Clock, NullLogger<AgentJob>.Instance);
    }

    public FakeTimeProvider Clock { get; } = new();

    public MemoryInputs Inputs { get; } = new();

    public HubDatabase Database { get; }

    public ForecastStore Forecasts { get; }

    public PriceStore Prices { get; }

    public RunReader Runs { get; }

    public RunWriter Writer { get; }

    public GroupSettlement Settlement { get; }

    public ReportReader Reports { get; }

    public AgentNotes Notes { get; }

    public GroupLeases Leases { get; }

    public BalanceGroupAgent Agent { get; }

    public AgentJob Job { get; }

    /// <summary>ZP001 and ZP002 consume, ZP901 generates, dynamic at 10 ct, members from <paramref name="from"/> on.</summary>
    public void UseSmallGroup(LocalDate from) => Inputs.Group = new GroupTerms(
        Name, [new SettlementPoint("ZP001", PointDirections.Consumption), new SettlementPoint("ZP002", PointDirections.Consumption), new SettlementPoint("ZP901", PointDirections.Generation)],
        [new Membership("ZP001", from), new Membership("ZP002", from), new Membership("ZP901", from)],
        [new KeyVersion(null, AllocationMethod.Dynamic, new Dictionary<string, long>())], [new PriceVersion(null, 100_000)]);

    /// <summary>A month in which every slot has 100, 200 and 250 Wh.</summary>
    public void FillMonth(YearMonth month)
    {
        Inputs.Fill("ZP001", EnergyDirection.Consumption, month.First(), month.End(), 100);
        Inputs.Fill("ZP002", EnergyDirection.Consumption, month.First(), month.End(), 200);
        Inputs.Fill("ZP901", EnergyDirection.Generation, month.First(), month.End(), 250);
    }

    /// <summary>Moves the clock to an instant.</summary>
    public void GoTo(string instant) => Clock.StepWallClock(TestGateway.At(instant).ToDateTimeOffset() - Clock.GetUtcNow());

    public Task<MonthOutcome> SettleAsync(YearMonth month, bool publish = false) => Leases.HoldAsync(Name, (lease, _) => Agent.SettleAsync(lease, Name, month, publish));

    /// <summary>Runs of a month: sequence, kind, sum of cents and number of lines.</summary>
    public async Task<string> RunsOfAsync(YearMonth month)
    {
        var texts = new List<string>();
        foreach (var run in await Runs.OfMonthAsync(Name, month))
        {
            var lines = await Runs.LinesAsync(run.RunId);
            texts.Add(FormattableString.Invariant($"{run.Name} {run.Kind}{(run.IsPublished ? "" : " draft")} {lines.Sum(line => line.Cents)} {lines.Count}"));
        }

        return string.Join(", ", texts);
    }

    public async Task<long> CountAsync(string table)
    {
        await using var reader = await Database.OpenReaderAsync();
        return await reader.ExecuteScalarAsync<long>($"SELECT count(*) FROM {table}");
    }

    public void Dispose()
    {
        Job.Dispose();
        Database.Dispose();
        place.Dispose();
    }
}

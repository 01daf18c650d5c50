using System.Diagnostics;
using System.Globalization;
using CoMaKo.Hub;
using CoMaKo.Hub.Events;
using CoMaKo.Hub.Metering;
using CoMaKo.Hub.Settlement;
using CoMaKo.Hub.Settlement.Agent;
using CoMaKo.Hub.Settlement.Balancing;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Runs;
using CoMaKo.Testing;
using Dapper;

namespace CoMaKo.Benchmarks.Settlement;

/// <summary>
/// The agent settles a month of 10 000 members from effective days in PostgreSQL into a run in PostgreSQL, the process on one core, the server (with its
/// commits on the disk) beside it. Median of three, then one run that replaces another. Exit code 1 where a bound is missed. Argument: members.
/// </summary>
internal static class PostgresSettlementBenchmark
{
    private const int Turns = 3;
    private const double MostSeconds = 10;
    private const double MostComputing = 3;
    private const double MostMegabytes = 512;

    public static async Task<int> RunAsync(string[] arguments)
    {
        int members = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 10_000;
        using var server = new PostgresCluster();
        using var database = HubSchema.Open(DatabaseAddress.Parse(server.UrlOf(server.CreateDatabase())).Value!);
        await StoredMonth.WriteAsync(database, members);
        if (OperatingSystem.IsLinux()) Process.GetCurrentProcess().ProcessorAffinity = 1;
        var clock = new ModelTimeProvider(new DateTimeOffset(2026, 11, 2, 4, 0, 0, TimeSpan.Zero), 0.001, TimeProvider.System.GetUtcNow());
        var inputs = new MarketInputs(database, new PointCurves(database, new LoadCurves(database, clock), clock), clock);
        var agent = AgentOn(database, inputs, clock);
        ForgetPeak();
        var turns = new List<(double Wall, double Cpu, double Server)>();
        for (int turn = 0; turn < Turns; turn++)
        {
            await ClearAsync(database);
            turns.Add(await SettleAsync(agent, new GroupLeases(database), server, MonthOutcome.Provisional));
        }

        double peak = PeakMegabytes();
        await StoredMonth.WriteDayAsync(database, [.. Enumerable.Range(1, members).Select(id => (long)StoredMonth.DirectionsOf(id))], StoredMonth.Month.OnDayOfMonth(5), 2, new Random(2));
        var replaced = await SettleAsync(agent, new GroupLeases(database), server, MonthOutcome.Provisional);
        var unchanged = await SettleAsync(agent, new GroupLeases(database), server, MonthOutcome.Unchanged);
        double computing = await ComputeAsync(inputs);
        var (wall, cpu, serverCpu) = turns.OrderBy(turn => turn.Wall).ElementAt(Turns / 2);
        Print("settlement.postgres.month", wall, "s", MostSeconds);
        new Figure("settlement.postgres.month.cpu", Math.Round(cpu, 2), "CPU s").Print();
        new Figure("settlement.postgres.month.server.cpu", Math.Round(serverCpu, 2), "CPU s").Print();
        Print("settlement.postgres.computing", computing, "CPU s", MostComputing);
        Print("settlement.postgres.memory.peak", peak, "MB", MostMegabytes);
        new Figure("settlement.postgres.replace", Math.Round(replaced.Wall, 2), "s").Print();
        new Figure("settlement.postgres.replace.server.cpu", Math.Round(replaced.Server, 2), "CPU s").Print();
        new Figure("settlement.postgres.unchanged", Math.Round(unchanged.Wall, 2), "s").Print();
        return wall < MostSeconds && computing < MostComputing && peak < MostMegabytes ? 0 : 1;
    }

    private static void Print(string name, double value, string unit, double bound) => new Figure(name, Math.Round(value, 2), unit, bound, Math.Round(value / bound, 2)).Print();

    private static BalanceGroupAgent AgentOn(HubDatabase database, ISettlementInputs inputs, TimeProvider clock)
    {
        var prices = new PriceStore(database, clock);
        return new BalanceGroupAgent(
            inputs, new GroupSettlement(inputs, new ForecastStore(database, clock), prices), new RunReader(database), new RunWriter(database, clock, new EventOutbox(hasBroker: false)),
            prices, new AgentNotes(database), clock, AgentRules.Default);
    }

    private static async Task<(double Wall, double Cpu, double Server)> SettleAsync(BalanceGroupAgent agent, GroupLeases leases, PostgresCluster server, MonthOutcome expected)
    {
        double before = ServerCpuSeconds(server);
        long started = TimeProvider.System.GetTimestamp();
        double cpu = CpuSeconds();
        var outcome = await leases.HoldAsync(StoredMonth.Group, (lease, _) => agent.SettleAsync(lease, StoredMonth.Group, StoredMonth.Month));
        if (outcome != expected) throw new InvalidOperationException($"{outcome} instead of {expected}.");
        return (TimeProvider.System.GetElapsedTime(started).TotalSeconds, CpuSeconds() - cpu, ServerCpuSeconds(server) - before);
    }

    /// <summary>Settlement and the hash of its canonical form, from day rows that lie in memory.</summary>
    private static async Task<double> ComputeAsync(MarketInputs inputs)
    {
        var (from, to) = (StoredMonth.Month.OnDayOfMonth(1), StoredMonth.Month.PlusMonths(1).OnDayOfMonth(1));
        var terms = (await inputs.TermsAsync(StoredMonth.Group, from, to))!;
        var rows = new List<SeriesRow>();
        await foreach (var row in inputs.RowsAsync(StoredMonth.Group, from, to)) rows.Add(row);
        GC.Collect();
        double start = CpuSeconds();
        var result = SettlementRun.Settle(terms.Group, from, to, new DayReading(terms.Group, rows.ToAsyncEnumerable(), isConfirmed: false, deviations: null).Days(from, to));
        _ = SettlementJson.Hash(result);
        return CpuSeconds() - start;
    }

    private static Task ClearAsync(HubDatabase database) => database.WriteAsync(async tx =>
    {
        await tx.AllowAsync(TimeSpan.FromMinutes(2));
        foreach (string table in (string[])["mkt_line", "mkt_run_day", "mkt_run_point", "mkt_run_input", "mkt_run", "mkt_month"]) await tx.ExecuteAsync($"TRUNCATE {table} CASCADE");
    });

    private static double CpuSeconds() => Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds;

    /// <summary>All that the server's processes have used so far: its sessions, which the hub keeps open, and those that write beside them.</summary>
    private static double ServerCpuSeconds(PostgresCluster server)
    {
        using var connection = server.Connect("postgres");
        double seconds = 0;
        foreach (int session in connection.Query<int>("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()"))
        {
            try
            {
                using var process = Process.GetProcessById(session);
                seconds += process.TotalProcessorTime.TotalSeconds;
            }
            catch (ArgumentException)
            {
                // It has ended meanwhile.
            }
        }

        return seconds;
    }

    /// <summary>What was needed to write the month into the database does not count.</summary>
    private static void ForgetPeak()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        File.WriteAllText("/proc/self/clear_refs", "5");
    }

    private static double PeakMegabytes() =>
        long.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1000.0;
}

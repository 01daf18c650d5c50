using CoMaKo.Benchmarks.Settlement;
using CoMaKo.Hub;
using CoMaKo.Hub.Events;
using CoMaKo.Hub.Metering;
using CoMaKo.Hub.Settlement;
using CoMaKo.Hub.Settlement.Agent;
using CoMaKo.Hub.Settlement.Balancing;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Storage;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.Benchmarks.Pages;

/// <summary>The database that pages are read from: days written as the hub writes them, months settled by the hub's own agent, and what people left behind.</summary>
internal static class PagesSeed
{
    private const string Unfinished = "unfinished";
    private static readonly LocalDate Today = new(2026, 11, 20);

    /// <summary>The address of a hub's database with so many members and months; made unless the server has kept it.</summary>
    public static async Task<DatabaseAddress> DatabaseAsync(PostgresCluster server, TimeProvider clock, int members, int months)
    {
        string name = FormattableString.Invariant($"hub_{members}x{months}");
        if (!server.HasDatabase(name))
        {
            if (server.HasDatabase(Unfinished)) server.DropDatabase(Unfinished);
            long started = TimeProvider.System.GetTimestamp();
            server.RenameDatabase(server.CreateDatabase(), Unfinished);
            using (var database = HubSchema.Open(AddressOf(server, Unfinished))) await FillAsync(database, clock, members, months);
            server.RenameDatabase(Unfinished, name);
            new Figure("pages.seed", Math.Round(TimeProvider.System.GetElapsedTime(started).TotalSeconds), "s").Print();
        }

        return AddressOf(server, name);
    }

    private static DatabaseAddress AddressOf(PostgresCluster server, string name) => DatabaseAddress.Parse(server.UrlOf(name)).Value!;

    private static async Task FillAsync(HubDatabase database, TimeProvider clock, int members, int months)
    {
        var first = new LocalDate(Today.Year, Today.Month, 1).PlusMonths(1 - months);
        int days = Period.DaysBetween(first, Today), done = 0;
        await StoredMonth.WriteAsync(database, members, first, Today, () => Tell($"day {++done} of {days} stored"));
        var inputs = new MarketInputs(database, new PointCurves(database, new LoadCurves(database, clock), clock), clock);
        var (prices, notes) = (new PriceStore(database, clock), new AgentNotes(database));
        var agent = new BalanceGroupAgent(
            inputs, new GroupSettlement(inputs, new ForecastStore(database, clock), prices), new RunReader(database), new RunWriter(database, clock, new EventOutbox(hasBroker: false)),
            prices, notes, clock, AgentRules.Default);
        var leases = new GroupLeases(database);
        for (var month = RunMonth.Of(first); month <= RunMonth.Of(Today); month = month.PlusMonths(1))
        {
            var outcome = await leases.HoldAsync(StoredMonth.Group, (lease, _) => agent.SettleAsync(lease, StoredMonth.Group, month));
            Tell($"{month}: {outcome}");
        }

        // The night's work is done: a hub that starts in the middle of the day has nothing to settle.
        await leases.HoldAsync(StoredMonth.Group, async (lease, _) =>
        {
            await notes.SetNightAsync(lease, StoredMonth.Group, CoMaKo.Settlement.Curves.MarketDay.Number(Today));
            return true;
        });
        await PagesLife.WriteAsync(database, Today, months);
        await database.WriteAsync(async tx =>
        {
            await tx.AllowAsync(TimeSpan.FromMinutes(5));
            await tx.ExecuteAsync("ANALYZE (SKIP_LOCKED)");
        });
        Console.Error.WriteLine();
    }

    private static void Tell(string progress)
    {
        if (!Console.IsErrorRedirected) Console.Error.Write($"\r{progress}        ");
        else Console.Error.WriteLine(progress);
    }
}

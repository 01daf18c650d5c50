using CoMaKo.Hub.Settlement.Agent;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Runs;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.CloudSync.Tests.Hub.Settlement;

/// <summary>How a month goes from open to final, and what corrections make of it.</summary>
public sealed class BalanceGroupAgentTests : IDisposable
{
    private static readonly YearMonth June = new(2026, 6);

    /// <summary>8 July 2026 is no eighth working day: that is Friday 10 July, at 03:00 in Berlin.</summary>
    private const string BeforeClose = "2026-07-10T00:59:00Z";
    private const string Close = "2026-07-10T01:00:00Z";
    private SettlementBench bench = null!;

    public void Dispose() => bench?.Dispose();

    [Theory, OnSqlite, OnPostgres]
    public async Task Month_IsProvisionalUntilItsClose_ThenFinal(Engine engine)
    {
        Begin(engine, BeforeClose);

        Assert.Equal(MonthOutcome.Provisional, await bench.SettleAsync(June));
        Assert.Equal(MonthOutcome.Unchanged, await bench.SettleAsync(June));
        Assert.Equal("2026-06.0 Provisional draft 0 3", await bench.RunsOfAsync(June));
        bench.GoTo(Close);
        Assert.Equal(MonthOutcome.Final, await bench.SettleAsync(June));
        Assert.Equal(MonthOutcome.Unchanged, await bench.SettleAsync(June));

        // 2 880 slots; 250 of 300 Wh are allocated 83/167: 720 kWh at 10 ct.
        Assert.Equal("2026-06.1 Final 0 3", await bench.RunsOfAsync(June));
        var lines = await bench.Runs.PublishedLinesAsync(SettlementBench.Name, June);
        Assert.Equal([2390, 4810, -7200], lines.Select(line => line.Cents));
        Assert.Equal([239_040L, 480_960L, 720_000L], lines.Select(line => line.Wh));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task ProvisionalRun_IsReplacedAsAWhole(Engine engine)
    {
        Begin(engine, BeforeClose);
        await bench.SettleAsync(June);
        bench.Inputs.Put("ZP001", EnergyDirection.Consumption, new LocalDate(2026, 6, 3), [.. Enumerable.Repeat(50L, 96)]);

        Assert.Equal(MonthOutcome.Provisional, await bench.SettleAsync(June));

        Assert.Equal((1, 3, 3 * 30), (await bench.CountAsync("mkt_run"), await bench.CountAsync("mkt_line"), await bench.CountAsync("mkt_run_day")));
        Assert.Equal(5, await bench.CountAsync("mkt_run_input")); // the corrected series in three pieces: 1–2 June, 3 June, the rest
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task OpenSlot_KeepsTheMonthOpen_UntilAnOperatorConfirms(Engine engine)
    {
        Begin(engine, Close);
        bench.Inputs.Put("ZP001", EnergyDirection.Consumption, new LocalDate(2026, 6, 3), [.. Enumerable.Repeat(100L, 96)], [.. Enumerable.Range(0, 96).Select(i => i == 5 ? ValueStatus.Absent : ValueStatus.Measured)]);
        Assert.Equal(MonthOutcome.Provisional, await bench.SettleAsync(June));
        Assert.Equal(1, (await bench.Runs.OfMonthAsync(SettlementBench.Name, June))[0].OpenSlots);
        Assert.Equal(MonthOutcome.Unchanged, await bench.SettleAsync(June));

        var outcome = await bench.Leases.HoldAsync(SettlementBench.Name, async (lease, _) =>
        {
            await bench.Writer.ConfirmAsync(lease, SettlementBench.Name, June, "key:operator", "The meter was away.");
            return await bench.Agent.SettleAsync(lease, SettlementBench.Name, June);
        });

        Assert.Equal(MonthOutcome.Final, outcome);
        var run = (await bench.Runs.OfMonthAsync(SettlementBench.Name, June))[0];
        Assert.Equal((RunKind.Final, 0), (run.Kind, run.OpenSlots));
        Assert.Equal("The meter was away.", (await bench.Runs.NoteAsync(SettlementBench.Name, June)).Confirmation?.Reason);
        // Without ZP001 in one slot, ZP002 takes its 200 of 250 Wh: 719.95 kWh.
        Assert.Equal(-719_950, -(await bench.Runs.PublishedLinesAsync(SettlementBench.Name, June)).Where(line => line.Kind == LineKind.SharedGeneration).Sum(line => line.Wh));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Correction_WaitsForTheNextClose_AndFinalPlusDeltasIsAFreshSettlement(Engine engine)
    {
        Begin(engine, Close);
        await bench.SettleAsync(June);
        bench.Inputs.Put("ZP901", EnergyDirection.Generation, new LocalDate(2026, 6, 3), [.. Enumerable.Repeat(400L, 96)]);

        Assert.Equal(MonthOutcome.Delta, await bench.SettleAsync(June));
        Assert.Equal("2026-06.1 Final 0 3, 2026-06.2 Delta draft 0 3", await bench.RunsOfAsync(June));
        bench.Inputs.Put("ZP901", EnergyDirection.Generation, new LocalDate(2026, 6, 4), [.. Enumerable.Repeat(0L, 96)]);
        Assert.Equal(MonthOutcome.Delta, await bench.SettleAsync(June));
        bench.GoTo("2026-08-12T01:00:00Z"); // the close of July
        Assert.Equal(MonthOutcome.DeltaPublished, await bench.SettleAsync(June));
        Assert.Equal(MonthOutcome.Unchanged, await bench.SettleAsync(June));

        Assert.Equal("2026-06.1 Final 0 3, 2026-06.2 Delta 0 3", await bench.RunsOfAsync(June));
        var fresh = (await bench.Settlement.SettleAsync(SettlementBench.Name, June.First(), June.End(), SettlementChoice.Preview))!;
        Assert.Equal(fresh.Result.Lines, DeltaRun.Sum(await bench.Runs.PublishedLinesAsync(SettlementBench.Name, June)));
        Assert.Equal(fresh.ResultHash, (await bench.Runs.OfMonthAsync(SettlementBench.Name, June))[^1].ResultHash);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Correction_ThatIsTakenBack_LeavesNothing(Engine engine)
    {
        Begin(engine, Close);
        await bench.SettleAsync(June);
        bench.Inputs.Put("ZP901", EnergyDirection.Generation, new LocalDate(2026, 6, 3), [.. Enumerable.Repeat(400L, 96)]);
        await bench.SettleAsync(June);
        bench.Inputs.Put("ZP901", EnergyDirection.Generation, new LocalDate(2026, 6, 3), [.. Enumerable.Repeat(250L, 96)]);

        Assert.Equal(MonthOutcome.Unchanged, await bench.SettleAsync(June));
        Assert.Equal("2026-06.1 Final 0 3", await bench.RunsOfAsync(June));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Correction_IsPublishedAtOnce_WhenAskedFor(Engine engine)
    {
        Begin(engine, Close);
        await bench.SettleAsync(June);
        bench.Inputs.Group = bench.Inputs.Group with { Prices = [new PriceVersion(null, 100_000), new PriceVersion(new LocalDate(2026, 6, 16), 120_000)] };

        Assert.Equal(MonthOutcome.DeltaPublished, await bench.SettleAsync(June, publish: true));

        var all = await bench.Runs.PublishedLinesAsync(SettlementBench.Name, June);
        Assert.Equal(0, all.Sum(line => line.Cents));
        Assert.Equal(3600 + 4320, all.Where(line => line.Kind == LineKind.SharedEnergy).Sum(line => line.Cents)); // 360 kWh at 10 ct and 360 at 12 ct
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task PublishedRun_CannotBeChangedByAnyStatement(Engine engine)
    {
        Begin(engine, Close);
        await bench.SettleAsync(June);

        foreach (string statement in (string[])["UPDATE mkt_line SET cents = 0", "DELETE FROM mkt_line", "UPDATE mkt_run SET published_us = NULL", "DELETE FROM mkt_run_day", "UPDATE mkt_run_day SET used = 0",
            "UPDATE mkt_run_point SET substituted_wh = 0", "DELETE FROM mkt_run_point", "UPDATE mkt_run_input SET version = version + 1", "DELETE FROM mkt_run_input"])
        {
            var refused = await Assert.ThrowsAsync<HubDatabaseException>(() => bench.Database.WriteAsync(async tx => { await tx.ExecuteAsync(statement); }));
            Assert.Contains("CMH-2301", refused.Message, StringComparison.Ordinal);
        }
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Run_GoesNotBeforeItsRows(Engine engine)
    {
        Begin(engine, BeforeClose);
        await bench.SettleAsync(June);
        string[] tables = ["mkt_run_input", "mkt_run_point", "mkt_run_day", "mkt_line", "mkt_run_sum"];
        foreach (string kept in tables)
        {
            await Assert.ThrowsAsync<HubDatabaseException>(() => bench.Database.WriteAsync(async tx =>
            {
                foreach (string other in tables.Where(table => table != kept)) await tx.ExecuteAsync($"DELETE FROM {other}");
                await tx.ExecuteAsync("DELETE FROM mkt_run");
            }));
        }

        await bench.Database.WriteAsync(async tx =>
        {
            foreach (string table in (string[])[.. tables, "mkt_run"]) await tx.ExecuteAsync($"DELETE FROM {table}");
        });
        Assert.Equal(0, await bench.CountAsync("mkt_run"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Owner_WhoseLeaseIsGone_WritesNothing(Engine engine)
    {
        Begin(engine, Close);
        var leases = new Leases(bench.Database);
        var old = (await leases.TryTakeAsync("settlement:" + SettlementBench.Name, "first", TimeSpan.FromMicroseconds(1)))!;
        await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        await bench.SettleAsync(June); // takes the lease over, closes the month and gives it back

        bench.Inputs.Put("ZP901", EnergyDirection.Generation, new LocalDate(2026, 6, 3), [.. Enumerable.Repeat(400L, 96)]);
        await Assert.ThrowsAsync<LeaseLostException>(() => bench.Agent.SettleAsync(old, SettlementBench.Name, June));
        Assert.Equal("2026-06.1 Final 0 3", await bench.RunsOfAsync(June));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Group_ThatAnotherSettles_IsBusy(Engine engine)
    {
        Begin(engine, Close);

        await bench.Leases.HoldAsync(SettlementBench.Name, async (_, _) =>
        {
            await Assert.ThrowsAsync<GroupBusyException>(() => bench.SettleAsync(June));
            Assert.Equal(0, await bench.Job.RunDueAsync(CancellationToken.None));
            return true;
        });

        Assert.Equal(1, await bench.Job.RunDueAsync(CancellationToken.None));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Night_IsDoneOnce_AndCaughtUpWhenMissed(Engine engine)
    {
        Begin(engine, "2026-06-20T00:30:00Z"); // 02:30 in Berlin: still the night before
        Assert.Equal(1, await bench.Job.RunDueAsync(CancellationToken.None));
        Assert.Equal(0, await bench.Job.RunDueAsync(CancellationToken.None));
        bench.GoTo("2026-07-14T12:00:00Z"); // the nights of a long outage
        Assert.Equal(1, await bench.Job.RunDueAsync(CancellationToken.None));
        Assert.Equal(0, await bench.Job.RunDueAsync(CancellationToken.None));

        Assert.Equal("2026-06.1 Final 0 3", await bench.RunsOfAsync(June));
        Assert.Equal("2026-07.0 Provisional draft 0 0", await bench.RunsOfAsync(new YearMonth(2026, 7)));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Corrections_ReachThreeYearsBack(Engine engine)
    {
        bench = new SettlementBench(engine);
        bench.UseSmallGroup(new LocalDate(2023, 6, 1));
        bench.FillMonth(new YearMonth(2023, 6));
        bench.FillMonth(new YearMonth(2023, 7));
        bench.GoTo("2026-07-14T12:00:00Z");

        await bench.Job.RunDueAsync(CancellationToken.None);

        Assert.Equal("", await bench.RunsOfAsync(new YearMonth(2023, 6)));
        Assert.Equal("2023-07.1 Final 0 3", await bench.RunsOfAsync(new YearMonth(2023, 7)));
    }

    /// <summary>19 % on what the cooperative charges, whoever receives it, and on what is credited to the plant's owner from the middle of the month on.</summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task Tax_IsALineOfItsOwn_OnBothSides(Engine engine)
    {
        Begin(engine, Close);
        bench.Inputs.Terms = bench.Inputs.Terms! with
        {
            PersonOf = new Dictionary<string, string> { ["ZP001"] = "anna", ["ZP002"] = "ben", ["ZP901"] = "sun" },
            TaxOf = new Dictionary<string, IReadOnlyList<TaxProfile>>
            {
                [TaxRules.Cooperative] = [new TaxProfile(null, TaxTreatment.Standard, 1900)],
                ["ben"] = [new TaxProfile(null, TaxTreatment.SmallBusiness)],
                ["sun"] = [new TaxProfile(null, TaxTreatment.None), new TaxProfile(new LocalDate(2026, 6, 16), TaxTreatment.Standard, 1900)],
            },
        };

        Assert.Equal(MonthOutcome.Final, await bench.SettleAsync(June));

        var taxes = (await bench.Runs.PublishedLinesAsync(SettlementBench.Name, June)).Where(line => line.Kind >= LineKind.Tax);
        // 23.90 and 48.10 EUR of energy; half of 72.00 EUR of credit.
        Assert.Equal([(LineKind.Tax, "anna", 454L), (LineKind.Tax, "ben", 914L), (LineKind.CreditTax, "sun", -684L)], taxes.Select(line => (line.Kind, line.Point, line.Cents)));
    }

    [Theory, OnSqlite]
    public async Task Month_OfACooperativeThatClosesByHand_WaitsForTheConfirmation(Engine engine)
    {
        Begin(engine, Close, AgentRules.Default with { ClosesByItself = false });
        Assert.Equal(MonthOutcome.Provisional, await bench.SettleAsync(June));
        bench.GoTo("2026-08-12T01:00:00Z");
        Assert.Equal(MonthOutcome.Unchanged, await bench.SettleAsync(June));

        Assert.Equal(MonthOutcome.Final, await bench.Leases.HoldAsync(SettlementBench.Name, async (lease, _) =>
        {
            await bench.Writer.ConfirmAsync(lease, SettlementBench.Name, June, "key:operator", "Looked at.");
            return await bench.Agent.SettleAsync(lease, SettlementBench.Name, June);
        }));
    }

    private void Begin(Engine engine, string now, AgentRules? rules = null)
    {
        bench = new SettlementBench(engine, rules);
        bench.UseSmallGroup(June.First());
        bench.FillMonth(June);
        bench.GoTo(now);
    }
}

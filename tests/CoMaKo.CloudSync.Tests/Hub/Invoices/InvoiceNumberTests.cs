using CoMaKo.CloudSync.Tests.Hub.Statements;
using CoMaKo.Hub;
using CoMaKo.Hub.Settlement.Invoices;
using CoMaKo.Hub.Settlement.Statements;
using CoMaKo.Hub.Storage;
using CoMaKo.Testing;
using Dapper;

namespace CoMaKo.CloudSync.Tests.Hub.Invoices;

/// <summary>Numbers of a series have no gap and come once, whoever takes them at once, gives up or is cut off.</summary>
public sealed class InvoiceNumberTests
{
    private const int Replicas = 3;

    /// <summary>Thrown after numbers were taken.</summary>
    private sealed class GivenUp : Exception;

    [Theory, OnSqlite, OnPostgres]
    public async Task Numbers_HaveNoGap_WhateverHappensBetween(Engine engine)
    {
        await using var world = await StatementWorld.StartAsync(engine);
        await world.CloseAsync();
        await InvoiceTests.FillAsync(world);
        await world.Hub.PostAsync("/invoices", "{}");
        var reader = world.Hub.Service<InvoiceReader>();
        string number = (await reader.ListAsync(new InvoiceFilter(Kind: InvoiceKind.Invoice), null, 1))[0].Number;
        var (known, content) = (await reader.FindAsync(number))!.Value;
        var head = (await world.Hub.Service<StatementReader>().HeadAsync(known.Statement))!;
        int each = Environment.GetEnvironmentVariable("COMAKO_FULL") == "1" ? 2000 : 60;
        int written = 0, givenUp = 0, cutOff = 0;
        using var stop = new CancellationTokenSource();
        var cutting = engine == Engine.Postgres ? CutOffAsync(world.Hub.Place.Address, stop.Token) : Task.CompletedTask;

        await Task.WhenAll(Enumerable.Range(0, Replicas).Select(seed => Task.Run(async () =>
        {
            using var database = HubSchema.Open(world.Hub.Place.Address);
            var random = new Random(seed);
            for (int i = 0; i < each; i++)
            {
                var kinds = Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(2) == 0 ? InvoiceKind.Invoice : InvoiceKind.CreditNote).ToList();
                bool givesUp = random.Next(3) == 0;
                try
                {
                    await database.WriteAsync(async tx =>
                    {
                        var numbers = await InvoiceNumbers.OpenAsync(tx, content.IssuedOn);
                        foreach (var kind in kinds) await InvoiceWriter.WriteAsync(tx, numbers, head, content with { Kind = kind }, null, known.IssuedUs);
                        if (givesUp) throw new GivenUp();
                    });
                    Interlocked.Add(ref written, kinds.Count);
                }
                catch (GivenUp)
                {
                    Interlocked.Increment(ref givenUp);
                }
                catch (Exception cut) when (engine == Engine.Postgres && cut is HubDatabaseException or System.Data.Common.DbException)
                {
                    Interlocked.Increment(ref cutOff);
                }
            }
        })));
        await stop.CancelAsync();
        await cutting;

        using var looking = HubSchema.Open(world.Hub.Place.Address);
        await using var connection = await looking.OpenReaderAsync();
        var series = (await connection.QueryAsync<(string Series, long Count, long Distinct, long Least, long Most)>(
            "SELECT series, count(*), count(DISTINCT place), min(place), max(place) FROM mkt_invoice GROUP BY series ORDER BY series")).ToList();
        Assert.Equal(2, series.Count);
        Assert.All(series, one => Assert.Equal((one.Count, 1L, one.Count), (one.Distinct, one.Least, one.Most)));
        Assert.Equal(series.Select(one => one.Most), await connection.QueryAsync<long>("SELECT last FROM mkt_invoice_series WHERE series <> '' ORDER BY series"));
        Assert.InRange(series.Sum(one => one.Count), written, written + 3 + 3 * cutOff); // of what was cut off nobody knows whether it was written
        Assert.True(givenUp > each / 3 && written > each, $"{written} written, {givenUp} given up, {cutOff} cut off");
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Replicas_ThatMakeAtOnce_MakeEachDocumentOnce(Engine engine)
    {
        await using var world = await StatementWorld.StartAsync(engine);
        await world.CloseAsync();
        await world.CorrectAsync(400_000);
        await InvoiceTests.FillAsync(world);

        await Task.WhenAll(Enumerable.Range(0, Replicas).Select(i => Task.Run(async () =>
        {
            using var database = HubSchema.Open(world.Hub.Place.Address);
            var statements = new StatementReader(database, new CoMaKo.Hub.Settlement.Runs.RunReader(database), world.Hub.Clock);
            await new InvoiceMaker(database, statements, new PartyStore(database, world.Hub.Clock), world.Hub.Clock).RunAsync("replica", CancellationToken.None);
        })));

        var all = await world.Hub.Service<InvoiceReader>().ListAsync(new InvoiceFilter(), null, 100);
        Assert.Equal(9, all.Count);
        Assert.Equal(3, all.Count(one => one.Cancels is null && one.CancelledBy is null));
    }

    /// <summary>Ends connections of others in the middle of what they do, as a server that fails does.</summary>
    private static async Task CutOffAsync(DatabaseAddress address, CancellationToken stop)
    {
        using var database = HubSchema.Open(address);
        while (!stop.IsCancellationRequested)
        {
            await using var connection = await database.OpenReaderAsync();
            await connection.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active' AND query LIKE '%mkt_invoice%'");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
        }
    }
}

using System.Data;
using System.Data.Common;
using Dapper;
using Npgsql;

namespace CoMaKo.Hub.Storage;

/// <summary>A server that several replicas share: a pool of writing connections, one of reading ones, no state in a session between transactions.</summary>
internal sealed class PostgresDatabase : HubDatabase
{
    /// <summary>Any number that no other program on the same database takes: "CoMaKo" as bytes.</summary>
    private const long MigrationLock = 0x436f4d614b6f;

    /// <summary>Defaults, which the address may overrule. The buffer: curves come by megabytes, and each filling of it costs a turn of two threads.</summary>
    private const string Defaults =
        "Application Name=comako-hub;Timeout=10;Command Timeout=20;Tcp Keepalive=true;No Reset On Close=true;Max Auto Prepare=200;Auto Prepare Min Usages=2;Read Buffer Size=65536";

    /// <summary>A commit is on the disk before it is answered; nothing holds locks for longer than a batch may take.</summary>
    private const string WriterSettings = "-c synchronous_commit=on -c statement_timeout=10000 -c idle_in_transaction_session_timeout=10000";

    /// <summary>A day of ten thousand curves (5 MB) is sorted in memory, not on the disk.</summary>
    private const string ReaderSettings = "-c default_transaction_read_only=on -c statement_timeout=60000 -c work_mem=16MB";

    private readonly NpgsqlDataSource writers;
    private readonly NpgsqlDataSource readers;
    private readonly PostgresListener listener;

    private PostgresDatabase(DatabaseAddress address)
        : base(address)
    {
        writers = SourceOf(address, WriterSettings, connections: 16);
        readers = SourceOf(address, ReaderSettings, connections: 8);
        listener = new PostgresListener(address, Signals);
    }

    public static new PostgresDatabase Open(DatabaseAddress address, IReadOnlyList<MigrationScript> scripts)
    {
        var database = new PostgresDatabase(address);
        try
        {
            using var connection = database.OpenWriterAsync().GetAwaiter().GetResult();
            CheckKeepsCommits(connection);
            Migrate(connection, scripts);
            return database;
        }
        catch (NpgsqlException failure)
        {
            database.Dispose();
            throw PostgresFaults.Of(failure);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    private protected override async ValueTask<DbConnection> ConnectReaderAsync() => await readers.OpenConnectionAsync();

    private protected override async Task<T> RunAsync<T>(Func<HubTransaction, ValueTask<T>> work)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await TryAsync(work);
            }
            catch (NpgsqlException failure)
            {
                if (attempt == PostgresFaults.MostAttempts || !PostgresFaults.MayRepeat(failure)) throw PostgresFaults.Of(failure);
            }

            await Task.Delay(PostgresFaults.PauseAfter(attempt), TimeProvider.System);
        }
    }

    public override Task NextSignal(string topic)
    {
        listener.Start();
        return base.NextSignal(topic);
    }

    protected override void Dispose(bool disposing)
    {
        listener.Dispose();
        writers.Dispose();
        readers.Dispose();
    }

    private async Task<T> TryAsync<T>(Func<HubTransaction, ValueTask<T>> work)
    {
        await using var connection = await OpenWriterAsync();
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted);
        var tx = new PostgresTransaction(connection, transaction);
        var result = await work(tx);
        try
        {
            await tx.CommitAsync();
        }
        catch (NpgsqlException unknown) when (!PostgresFaults.IsRefusal(unknown))
        {
            throw new HubDatabaseException(HubFault.OutcomeUnknown, unknown);
        }

        return result;
    }

    /// <summary>A server that refuses the connection itself is as good as away.</summary>
    private async Task<NpgsqlConnection> OpenWriterAsync()
    {
        try
        {
            return await writers.OpenConnectionAsync();
        }
        catch (PostgresException refused) when (!PostgresFaults.MayRepeat(refused))
        {
            throw new HubDatabaseException(HubFault.Unavailable, refused);
        }
    }

    private static NpgsqlDataSource SourceOf(DatabaseAddress address, string settings, int connections)
    {
        var builder = new NpgsqlDataSourceBuilder(FormattableString.Invariant($"{Defaults};Maximum Pool Size={connections};{address.Connection}"));
        builder.ConnectionStringBuilder.Options = $"{settings} {builder.ConnectionStringBuilder.Options}";
        return builder.Build();
    }

    /// <exception cref="InvalidOperationException">An acknowledged reading could be lost in a power cut.</exception>
    private static void CheckKeepsCommits(NpgsqlConnection connection)
    {
        foreach (string setting in (string[])["fsync", "synchronous_commit"])
            if (connection.QuerySingle<string>($"SHOW {setting}") == "off")
                throw new InvalidOperationException($"CMH-2013. The database server runs with {setting} = off, so that a power cut can lose what the hub has acknowledged. Set it to on.");
    }

    /// <summary>Replicas that start at once take turns; the schema changes in one transaction or not at all.</summary>
    private static void Migrate(NpgsqlConnection connection, IReadOnlyList<MigrationScript> scripts)
    {
        using var transaction = connection.BeginTransaction();
        connection.Execute("SET LOCAL statement_timeout = 0", transaction: transaction);
        connection.Execute("SELECT pg_advisory_xact_lock(@key)", new { key = MigrationLock }, transaction, commandTimeout: 0);
        var migrator = new Migrator(connection, "", transaction);
        migrator.Run(migrator.Missing(scripts), transaction);
        transaction.Commit();
    }
}

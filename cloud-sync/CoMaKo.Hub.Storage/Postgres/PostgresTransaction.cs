using System.Data.Common;
using Dapper;
using Npgsql;

namespace CoMaKo.Hub.Storage;

/// <summary>
/// A transaction on a server, <c>READ COMMITTED</c>: each statement sees what was committed before it began. Statements that may run later are
/// sent with the next one that is waited for, and the last of them with the commit.
/// </summary>
public sealed class PostgresTransaction : HubTransaction
{
    /// <summary>From here on one binary COPY into a passing table is faster than arrays in a message.</summary>
    internal const int MostArrayRows = 10_000;

    private readonly NpgsqlConnection connection;
    private readonly NpgsqlTransaction transaction;
    private readonly PostgresRow row = new();
    private readonly List<Action<IHubRow>> receivers = [];
    private NpgsqlBatch? pending;
    private int? timeoutSeconds;
    private int staged;
    private bool hasFailed;

    internal PostgresTransaction(NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        (this.connection, this.transaction) = (connection, transaction);
    }

    internal override DbConnection Connection => connection;

    public override HubEngine Engine => HubEngine.Postgres;

    public override string ClockSql => "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

    public override PostgresStatement Prepare(string sql) => new(this, sql);

    public override async ValueTask SendAsync()
    {
        if (pending is not { } batch) return;
        pending = null;
        if (timeoutSeconds is { } seconds) batch.Timeout = seconds;
        try
        {
            await using (batch) await ReceiveAsync(batch);
        }
        catch
        {
            hasFailed = true;
            throw;
        }
        finally
        {
            receivers.Clear();
        }
    }

    public override ValueTask<int> ExecuteAsync(string sql, object? values = null) =>
        WatchedAsync(async () => await connection.ExecuteAsync(sql, values, transaction, timeoutSeconds));

    public override ValueTask<IReadOnlyList<T>> QueryAsync<T>(string sql, object? values = null) =>
        WatchedAsync<IReadOnlyList<T>>(async () => (await connection.QueryAsync<T>(sql, values, transaction, timeoutSeconds)).AsList());

    public override async ValueTask<int> InsertNewAsync(RowSet rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count == 0) return 0;
        string names = string.Join(", ", rows.Columns.Select(column => column.Name));
        if (rows.Count > MostArrayRows)
        {
            string stage = FormattableString.Invariant($"stage_{++staged}");
            await WatchedAsync(async () => await BinaryCopy.StageAsync(connection, stage, rows));
            return await Prepare($"INSERT INTO {rows.Table} ({names}) SELECT {names} FROM {stage} ON CONFLICT DO NOTHING").RunAsync();
        }

        string arrays = string.Join(", ", rows.Columns.Select((column, i) => FormattableString.Invariant($"${i + 1}::{BinaryCopy.TypeOf(column.Values)}[]")));
        var insert = Prepare($"INSERT INTO {rows.Table} ({names}) SELECT * FROM unnest({arrays}) ON CONFLICT DO NOTHING");
        foreach (var (_, values) in rows.Columns) insert.Bind(values);
        return await insert.RunAsync();
    }

    public override async ValueTask InsertAllAsync(RowSet rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count > 0) await WatchedAsync(async () => await BinaryCopy.IntoAsync(connection, rows.Table, rows));
    }

    public override void Signal(string topic)
    {
        var notify = new NpgsqlBatchCommand("SELECT pg_notify($1, $2)");
        notify.Parameters.Add(new NpgsqlParameter<string> { TypedValue = PostgresListener.Channel });
        notify.Parameters.Add(new NpgsqlParameter<string> { TypedValue = topic });
        Add(notify, static _ => { });
    }

    public override async ValueTask AllowAsync(TimeSpan time)
    {
        await ExecuteAsync(FormattableString.Invariant($"SET LOCAL statement_timeout = {(long)time.TotalMilliseconds}"));
        timeoutSeconds = (int)time.TotalSeconds + 10;
    }

    internal void Add(NpgsqlBatchCommand command, Action<IHubRow>? receiver = null)
    {
        if (hasFailed) throw new InvalidOperationException("CMH-2014. A statement of this transaction failed; nothing can follow it.");
        pending ??= new NpgsqlBatch(connection, transaction);
        pending.BatchCommands.Add(command);
        if (receiver is not null) receivers.Add(receiver);
    }

    internal async ValueTask<int> RunAsync(NpgsqlBatchCommand command)
    {
        Add(command);
        await SendAsync();
        return Math.Max(0, command.RecordsAffected);
    }

    /// <summary>Commits, together with what still waits.</summary>
    internal async ValueTask CommitAsync()
    {
        // A server answers the commit of a failed transaction with a rollback and no error.
        if (hasFailed) throw new InvalidOperationException("CMH-2014. A statement of this transaction failed; it cannot be committed.");
        if (pending is null)
        {
            await transaction.CommitAsync();
            return;
        }

        Add(new NpgsqlBatchCommand("COMMIT"));
        await SendAsync();
    }

    private async ValueTask ReceiveAsync(NpgsqlBatch batch)
    {
        if (receivers.Count == 0)
        {
            await batch.ExecuteNonQueryAsync();
            return;
        }

        await using var reader = await batch.ExecuteReaderAsync();
        row.Reader = reader;
        foreach (var receiver in receivers)
        {
            while (await reader.ReadAsync()) receiver(row);
            await reader.NextResultAsync();
        }

        while (await reader.NextResultAsync())
        {
            // Nobody asked for these rows; an error behind them counts.
        }
    }

    private async ValueTask<T> WatchedAsync<T>(Func<Task<T>> run)
    {
        await SendAsync();
        if (hasFailed) throw new InvalidOperationException("CMH-2014. A statement of this transaction failed; nothing can follow it.");
        try
        {
            return await run();
        }
        catch
        {
            hasFailed = true;
            throw;
        }
    }
}

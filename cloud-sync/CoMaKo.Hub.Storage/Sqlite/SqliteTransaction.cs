using System.Data.Common;
using Dapper;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace CoMaKo.Hub.Storage;

/// <summary>A piece of the file engine's one writer. Everything completes at once; prepared statements are kept for the life of the connection.</summary>
public sealed class SqliteTransaction : HubTransaction, IDisposable
{
    private readonly SqliteConnection connection;
    private readonly Dictionary<string, SqliteStatement> statements = [];

    internal SqliteTransaction(SqliteConnection connection) => this.connection = connection;

    internal override DbConnection Connection => connection;

    public override HubEngine Engine => HubEngine.Sqlite;

    public override string ClockSql => "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)";

    /// <summary>To be woken after the commit.</summary>
    internal List<string> Topics { get; } = [];

    internal bool IsOpen => raw.sqlite3_get_autocommit(connection.Handle) == 0;

    /// <inheritdoc/>
    /// <exception cref="SqliteException">The text is wrong.</exception>
    public override SqliteStatement Prepare(string sql)
    {
        if (!statements.TryGetValue(sql, out var statement))
        {
            statement = new SqliteStatement(connection.Handle!, sql);
            statements.Add(sql, statement);
        }

        return statement.Reset();
    }

    public override ValueTask SendAsync() => ValueTask.CompletedTask;

    public override async ValueTask<int> ExecuteAsync(string sql, object? values = null) => await connection.ExecuteAsync(sql, values);

    public override async ValueTask<IReadOnlyList<T>> QueryAsync<T>(string sql, object? values = null) => (await connection.QueryAsync<T>(sql, values)).AsList();

    public override ValueTask<int> InsertNewAsync(RowSet rows) => new(Insert(rows, " ON CONFLICT DO NOTHING"));

    public override ValueTask InsertAllAsync(RowSet rows)
    {
        Insert(rows, "");
        return ValueTask.CompletedTask;
    }

    public override void Signal(string topic) => Topics.Add(topic);

    public override ValueTask AllowAsync(TimeSpan time) => ValueTask.CompletedTask;

    public void Dispose()
    {
        foreach (var statement in statements.Values) statement.Dispose();
        statements.Clear();
    }

    private int Insert(RowSet rows, string conflict)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count == 0) return 0;
        var insert = Prepare($"INSERT INTO {rows.Table} ({string.Join(", ", rows.Columns.Select(column => column.Name))}) VALUES ({string.Join(", ", rows.Columns.Select(_ => "?"))}){conflict}");
        int inserted = 0;
        for (int row = 0; row < rows.Count; row++)
        {
            foreach (var (_, values) in rows.Columns) Bind(insert, values, row);
            inserted += insert.Run();
        }

        return inserted;
    }

    private static void Bind(SqliteStatement insert, Array column, int row) => _ = column switch
    {
        long[] numbers => insert.Bind(numbers[row]),
        long?[] numbers => insert.Bind(numbers[row]),
        string?[] texts => insert.Bind(texts[row]),
        byte[]?[] blobs => insert.Bind(blobs[row]),
        _ => throw new ArgumentException($"No column of {column.GetType()}.", nameof(column)),
    };
}

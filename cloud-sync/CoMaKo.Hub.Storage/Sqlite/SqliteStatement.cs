using System.Globalization;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace CoMaKo.Hub.Storage;

/// <summary>
/// A prepared statement without the layers of ADO.NET: ingest binds millions of integers (DECISIONS.md has the figures).
/// Besides the common calls it has plain ones for loops over many rows.
/// </summary>
public sealed class SqliteStatement : HubStatement, IHubRow, IDisposable
{
    private readonly sqlite3 database;
    private readonly sqlite3_stmt statement;
    private int bound;

    internal SqliteStatement(sqlite3 database, string sql)
    {
        this.database = database;
        Check(raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out statement));
        CheckOrder(sql);
    }

    public override SqliteStatement Bind(long value)
    {
        Check(raw.sqlite3_bind_int64(statement, ++bound, value));
        return this;
    }

    public override SqliteStatement Bind(long? value) => value is { } present ? Bind(present) : BindNull();

    public override SqliteStatement Bind(string? value)
    {
        if (value is null) return BindNull();
        Check(raw.sqlite3_bind_text(statement, ++bound, value));
        return this;
    }

    public override SqliteStatement Bind(byte[]? value) => value is null ? BindNull() : Bind(value.AsSpan());

    public override SqliteStatement Bind(ReadOnlySpan<byte> value)
    {
        Check(raw.sqlite3_bind_blob(statement, ++bound, value));
        return this;
    }

    public override ValueTask<int> RunAsync() => new(Run());

    public override void Later() => Run();

    public override void Later<T>(ICollection<T> rows, Func<IHubRow, T> read)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(read);
        while (Step()) rows.Add(read(this));
        Reset();
    }

    public override ValueTask<List<T>> ListAsync<T>(Func<IHubRow, T> read)
    {
        var rows = new List<T>();
        Later(rows, read);
        return new(rows);
    }

    /// <summary>Runs the statement to its end and makes it ready for the next values.</summary>
    /// <returns>Rows inserted, updated or deleted.</returns>
    public int Run()
    {
        while (Step())
        {
        }

        Reset();
        return raw.sqlite3_changes(database);
    }

    /// <summary>Goes to the next row. Take what you need from it, then <see cref="Reset"/> or step to the end.</summary>
    /// <returns>Whether there is a row.</returns>
    public bool Step()
    {
        int code = raw.sqlite3_step(statement);
        if (code == raw.SQLITE_ROW) return true;
        if (code == raw.SQLITE_DONE) return false;
        var failure = new SqliteException(raw.sqlite3_errmsg(database).utf8_to_string(), code & 0xff, raw.sqlite3_extended_errcode(database));
        Reset();
        throw failure;
    }

    public SqliteStatement Reset()
    {
        _ = raw.sqlite3_reset(statement); // repeats the error of the last step, which was thrown there
        bound = 0;
        return this;
    }

    public bool IsNull(int column) => raw.sqlite3_column_type(statement, column) == raw.SQLITE_NULL;

    public long Int64(int column) => raw.sqlite3_column_int64(statement, column);

    public string Text(int column) => raw.sqlite3_column_text(statement, column).utf8_to_string();

    public byte[] Blob(int column) => raw.sqlite3_column_blob(statement, column).ToArray();

    public void Dispose() => statement.Dispose();

    private SqliteStatement BindNull()
    {
        Check(raw.sqlite3_bind_null(statement, ++bound));
        return this;
    }

    /// <summary>SQLite counts values by their first use, PostgreSQL by their number: the text must make both the same.</summary>
    private void CheckOrder(string sql)
    {
        for (int i = 1; i <= raw.sqlite3_bind_parameter_count(statement); i++)
        {
            string? name = raw.sqlite3_bind_parameter_name(statement, i).utf8_to_string();
            if (name is null || name.Length == 0 || name[0] == '?' || name == string.Create(CultureInfo.InvariantCulture, $"${i}")) continue;
            statement.Dispose();
            throw new ArgumentException($"Values are numbered in the order of their first use: {sql}", nameof(sql));
        }
    }

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK) throw new SqliteException(raw.sqlite3_errmsg(database).utf8_to_string(), code & 0xff, code);
    }
}

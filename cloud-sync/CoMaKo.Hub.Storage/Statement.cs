using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace CoMaKo.Hub.Storage;

/// <summary>
/// A prepared statement without the layers of ADO.NET: ingest binds millions of integers (DECISIONS.md has the figures).
/// Values are bound in the order of their places; absent values are NULL.
/// </summary>
public sealed class Statement : IDisposable
{
    private readonly sqlite3 database;
    private readonly sqlite3_stmt statement;
    private int bound;

    internal Statement(sqlite3 database, string sql)
    {
        this.database = database;
        Check(raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out statement));
    }

    public Statement Bind(long value)
    {
        Check(raw.sqlite3_bind_int64(statement, ++bound, value));
        return this;
    }

    public Statement Bind(long? value) => value is { } present ? Bind(present) : BindNull();

    public Statement Bind(string? value)
    {
        if (value is null) return BindNull();
        Check(raw.sqlite3_bind_text(statement, ++bound, value));
        return this;
    }

    public Statement Bind(ReadOnlySpan<byte> value)
    {
        Check(raw.sqlite3_bind_blob(statement, ++bound, value));
        return this;
    }

    public Statement BindNull()
    {
        Check(raw.sqlite3_bind_null(statement, ++bound));
        return this;
    }

    /// <summary>Runs the statement to its end and makes it ready for the next values.</summary>
    public void Run()
    {
        while (Step())
        {
        }

        Reset();
    }

    /// <summary>Goes to the next row. Take what you need from it, then <see cref="Reset"/> or step to the end.</summary>
    /// <returns>Whether there is a row.</returns>
    public bool Step()
    {
        int code = raw.sqlite3_step(statement);
        if (code == raw.SQLITE_ROW) return true;
        if (code == raw.SQLITE_DONE) return false;
        string message = raw.sqlite3_errmsg(database).utf8_to_string();
        Reset();
        throw new SqliteException(message, code & 0xff, code);
    }

    public Statement Reset()
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

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK) throw new SqliteException(raw.sqlite3_errmsg(database).utf8_to_string(), code & 0xff, code);
    }
}

using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace CoMaKo.Hub.Storage;

/// <summary>What a writer may do inside its transaction: prepared statements, kept for the life of the connection.</summary>
public sealed class HubTransaction : IDisposable
{
    private readonly SqliteConnection connection;
    private readonly Dictionary<string, Statement> statements = [];

    internal HubTransaction(SqliteConnection connection) => this.connection = connection;

    /// <summary>Rows that the last INSERT, UPDATE or DELETE changed.</summary>
    public int Changes => raw.sqlite3_changes(connection.Handle);

    /// <summary>The rowid of the last INSERT.</summary>
    public long LastRowId => raw.sqlite3_last_insert_rowid(connection.Handle);

    internal bool IsOpen => raw.sqlite3_get_autocommit(connection.Handle) == 0;

    /// <summary>The prepared statement of a constant SQL text, reset and without values.</summary>
    /// <exception cref="SqliteException">The text is wrong.</exception>
    public Statement Prepare(string sql)
    {
        if (!statements.TryGetValue(sql, out var statement))
        {
            statement = new Statement(connection.Handle!, sql);
            statements.Add(sql, statement);
        }

        return statement.Reset();
    }

    /// <summary>Runs a statement without values and rows.</summary>
    public void Execute(string sql) => Prepare(sql).Run();

    public void Dispose()
    {
        foreach (var statement in statements.Values) statement.Dispose();
        statements.Clear();
    }
}

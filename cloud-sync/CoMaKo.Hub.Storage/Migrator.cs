using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using Dapper;

namespace CoMaKo.Hub.Storage;

/// <summary>Knows which scripts ran on a database and runs the others in order, each once. Its callers hold whatever keeps others from doing the same.</summary>
internal sealed class Migrator
{
    private readonly DbConnection connection;
    private readonly DbTransaction? transaction;
    private readonly Dictionary<(string Context, int Number), string> done;

    /// <param name="tableOptions">What the engine wants behind a table with a text key.</param>
    public Migrator(DbConnection connection, string tableOptions, DbTransaction? transaction = null)
    {
        (this.connection, this.transaction) = (connection, transaction);
        connection.Execute($"CREATE TABLE IF NOT EXISTS schema_step (context TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (context, number)) {tableOptions}", transaction: transaction);
        done = connection.Query<Step>("SELECT context AS Context, number AS Number, sha256 AS Sha256 FROM schema_step", transaction: transaction)
            .ToDictionary(step => (step.Context, (int)step.Number), step => step.Sha256);
    }

    /// <summary>How many steps the database has.</summary>
    public int StepsDone => done.Count;

    /// <summary>The scripts that did not run yet.</summary>
    /// <exception cref="InvalidOperationException">The database was written by a newer version, or a script that ran has changed since.</exception>
    public IReadOnlyList<MigrationScript> Missing(IReadOnlyList<MigrationScript> scripts)
    {
        foreach (var (context, number) in done.Keys)
            if (!scripts.Any(script => script.Context == context && script.Number == number))
                throw new InvalidOperationException($"CMH-2003. The database has step {context} {number}, which this version does not know: it was written by a newer version. Install that version, or restore the copy made before its migration.");
        return [.. scripts.Where(script => !IsDone(script))];
    }

    public void Run(IReadOnlyList<MigrationScript> scripts, DbTransaction within)
    {
        foreach (var script in scripts)
        {
            connection.Execute(script.Sql, transaction: within, commandTimeout: 0);
            connection.Execute(
                "INSERT INTO schema_step (context, number, name, sha256) VALUES (@Context, @Number, @Name, @Sha256)",
                new { script.Context, script.Number, script.Name, Sha256 = Sha256(script) }, within);
        }
    }

    private bool IsDone(MigrationScript script)
    {
        if (!done.TryGetValue((script.Context, script.Number), out string? sha256)) return false;
        return sha256 == Sha256(script)
            ? true
            : throw new InvalidOperationException($"CMH-2004. Step {script.Context} {script.Number} ran with another text than this version has. A script that was released is never changed: add a new one.");
    }

    private static string Sha256(MigrationScript script) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(script.Sql)));

    private sealed class Step
    {
        public string Context { get; init; } = "";

        public long Number { get; init; }

        public string Sha256 { get; init; } = "";
    }
}

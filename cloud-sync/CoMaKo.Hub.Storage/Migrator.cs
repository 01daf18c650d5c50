using System.Security.Cryptography;
using System.Text;
using Dapper;
using Microsoft.Data.Sqlite;

namespace CoMaKo.Hub.Storage;

/// <summary>Brings a database to the schema of this version: each script once, in order, with a copy of the file before a change of an existing one.</summary>
internal static class Migrator
{
    public static void Run(SqliteConnection connection, string path, IReadOnlyList<MigrationScript> scripts)
    {
        connection.Execute("CREATE TABLE IF NOT EXISTS schema_step (context TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (context, number)) WITHOUT ROWID");
        var done = connection.Query<(string Context, long Number, string Sha256)>("SELECT context, number, sha256 FROM schema_step")
            .ToDictionary(step => (step.Context, (int)step.Number), step => step.Sha256);
        foreach (var ((context, number), _) in done)
            if (!scripts.Any(script => script.Context == context && script.Number == number))
                throw new InvalidOperationException($"CMH-2003. The database has step {context} {number}, which this version does not know: it was written by a newer version. Install that version, or restore the copy made before its migration.");

        var missing = scripts.Where(script => !IsDone(script, done)).ToList();
        if (missing.Count == 0) return;
        if (done.Count > 0) Copy(connection, path, done.Count);
        using var transaction = connection.BeginTransaction();
        foreach (var script in missing)
        {
            connection.Execute(script.Sql, transaction: transaction);
            connection.Execute(
                "INSERT INTO schema_step (context, number, name, sha256) VALUES (@Context, @Number, @Name, @Sha256)",
                new { script.Context, script.Number, script.Name, Sha256 = Sha256(script) }, transaction);
        }

        transaction.Commit();
    }

    private static bool IsDone(MigrationScript script, Dictionary<(string, int), string> done)
    {
        if (!done.TryGetValue((script.Context, script.Number), out string? sha256)) return false;
        return sha256 == Sha256(script)
            ? true
            : throw new InvalidOperationException($"CMH-2004. Step {script.Context} {script.Number} ran with another text than this version has. A script that was released is never changed: add a new one.");
    }

    private static void Copy(SqliteConnection connection, string path, int steps)
    {
        string copy = FormattableString.Invariant($"{path}.before-step-{steps + 1}");
        if (!File.Exists(copy)) connection.Execute("VACUUM INTO @copy", new { copy });
    }

    private static string Sha256(MigrationScript script) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(script.Sql)));
}

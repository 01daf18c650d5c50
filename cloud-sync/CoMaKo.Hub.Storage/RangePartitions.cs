using System.Collections.Concurrent;

namespace CoMaKo.Hub.Storage;

/// <summary>
/// The ranges that a server's large table is cut into, made when they are first needed, in a transaction of their own. A range is filled beside the
/// table and then attached, which does not keep others from writing. A file engine has one table and no ranges.
/// </summary>
/// <param name="table">Partitioned by range.</param>
/// <param name="hashColumn">Inside each range, by hash of this column; absent: not at all.</param>
public sealed class RangePartitions(HubDatabase database, string table, string? hashColumn = null)
{
    /// <summary>Spreads the writers of one month over so many indexes. A plan over a year opens twelve times as many.</summary>
    private const int HashParts = 4;

    private readonly ConcurrentDictionary<long, bool> known = new();

    /// <summary>Makes sure that rows from <paramref name="from"/> up to before <paramref name="to"/> have their place.</summary>
    /// <param name="suffix">Names the range, e.g. <c>2026_06</c>.</param>
    public async ValueTask EnsureAsync(string suffix, long from, long to)
    {
        if (database.Engine != HubEngine.Postgres || known.ContainsKey(from)) return;
        await database.WriteAsync(tx => MakeAsync(tx, $"{table}_{suffix}", from, to));
        known[from] = true;
    }

    /// <summary>Whether <see cref="EnsureAsync"/> has nothing to do for a range.</summary>
    public bool Has(long from) => database.Engine != HubEngine.Postgres || known.ContainsKey(from);

    /// <summary>Looks again before the next row: the database may have been replaced by a backup.</summary>
    public void Forget() => known.Clear();

    private async ValueTask MakeAsync(HubTransaction tx, string part, long from, long to)
    {
        await tx.ExecuteAsync("SELECT pg_advisory_xact_lock(hashtextextended(@part, 0))", new { part });
        if ((await tx.QueryAsync<bool>("SELECT to_regclass(@part) IS NOT NULL", new { part }))[0]) return;
        await tx.ExecuteAsync($"CREATE TABLE {part} (LIKE {table} INCLUDING ALL) {(hashColumn is null ? "" : $"PARTITION BY HASH ({hashColumn})")}");
        for (int i = 0; hashColumn is not null && i < HashParts; i++)
            await tx.ExecuteAsync(FormattableString.Invariant($"CREATE TABLE {part}_{i} PARTITION OF {part} FOR VALUES WITH (MODULUS {HashParts}, REMAINDER {i})"));
        await tx.ExecuteAsync(FormattableString.Invariant($"ALTER TABLE {table} ATTACH PARTITION {part} FOR VALUES FROM ({from}) TO ({to})"));
    }
}

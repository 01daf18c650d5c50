using CoMaKo.Quantities;
using Microsoft.Data.Sqlite;
using NodaTime;

namespace CoMaKo.Edge.Storage;

/// <summary>
/// What control must remember: states that outlive a restart (limits in force, learned responses, confirmed directions), the building's quarter hours
/// for the forecaster, and a journal of plans, decisions, grid-operator events and audit entries. One file beside the buffer, <c>control.db</c>.
/// </summary>
/// <remarks>Calls take turns and return when the change is on the disk. They throw <see cref="StoreException"/>; control goes on without its memory.</remarks>
public sealed class SqliteControlStore : IDisposable
{
    private const int CheckpointPages = 500;

    private const string Schema = """
        CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL, at_unix_us INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE entry (id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, at_unix_us INTEGER NOT NULL, body TEXT NOT NULL);
        CREATE INDEX entry_by_time ON entry (kind, at_unix_us);
        CREATE TABLE slot (                           -- means over a quarter hour; NULL: not known
            start INTEGER PRIMARY KEY,                -- Unix s
            load_mw INTEGER, pv_mw INTEGER, grid_mw INTEGER, battery_mw INTEGER,
            soc_permille INTEGER                      -- at the end
        );
        PRAGMA user_version = 1;
        """;

    private readonly Lock gate = new();
    private readonly StoreConnection connection;

    private SqliteControlStore(StoreConnection connection) => this.connection = connection;

    /// <summary>Opens or creates it. An unreadable file is set aside: control begins anew with its safe defaults.</summary>
    /// <returns>The store, and where an unreadable one was moved to.</returns>
    /// <exception cref="StoreException"><c>CME-1701</c>, <c>CME-1702</c>, <c>CME-1706</c>.</exception>
    public static (SqliteControlStore Store, string? SetAside) Open(string directory, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        Directory.CreateDirectory(directory);
        string path = Path.Combine(directory, "control.db");
        try
        {
            return (new(Connect(path)), null);
        }
        catch (SqliteException e) when (e.SqliteErrorCode is SqliteErrors.Corrupt or SqliteErrors.NotADatabase or SqliteErrors.Generic)
        {
            string aside = FormattableString.Invariant($"{path}.unreadable-{time.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}");
            File.Move(path, aside, overwrite: true);
            foreach (string rest in (string[])[path + "-wal", path + "-shm"]) File.Delete(rest);
            return (new(Connect(path)), aside);
        }
        catch (SqliteException e)
        {
            throw Failure(e);
        }
    }

    /// <summary>One that forgets with the process, for the day on which the disk refuses: control then works from its safe defaults.</summary>
    public static SqliteControlStore Volatile()
    {
        var memory = StoreConnection.InMemory();
        memory.InTransaction(c => c.Execute(Schema), write: true);
        return new(memory);
    }

    /// <summary>The state last written under this key; absent if never.</summary>
    public string? State(string key) => Do(c => c.Scalar<string>("SELECT value FROM state WHERE key = $1", key));

    /// <summary>Replaces the state under this key.</summary>
    public void SetState(string key, string value, Instant at) => Do(c =>
        c.Execute("INSERT INTO state VALUES ($1, $2, $3) ON CONFLICT (key) DO UPDATE SET value = excluded.value, at_unix_us = excluded.at_unix_us", key, value, Micros(at)));

    /// <summary>Adds entries in one transaction.</summary>
    public void Append(IReadOnlyList<ControlEntry> entries) => Do(c => c.InTransaction(
        t => entries.Sum(e => t.Execute("INSERT INTO entry (kind, at_unix_us, body) VALUES ($1, $2, $3)", e.Kind, Micros(e.At), e.Body)), write: true));

    /// <summary>Entries of a kind, newest first.</summary>
    /// <param name="before">Only entries older than this id; absent: from the newest.</param>
    public IReadOnlyList<ControlEntry> Newest(string kind, int most, long? before = null) => Do(c => c.Query(
        "SELECT id, kind, at_unix_us, body FROM entry WHERE kind = $1 AND id < $2 ORDER BY id DESC LIMIT $3", Entry, kind, before ?? long.MaxValue, most));

    /// <summary>Entries of a kind in a span of time, oldest first.</summary>
    public IReadOnlyList<ControlEntry> Between(string kind, Instant from, Instant to) => Do(c => c.Query(
        "SELECT id, kind, at_unix_us, body FROM entry WHERE kind = $1 AND at_unix_us >= $2 AND at_unix_us < $3 ORDER BY id", Entry, kind, Micros(from), Micros(to)));

    /// <summary>Writes the means of a quarter hour; a later call replaces an earlier one.</summary>
    public void SetSlot(ControlSlot slot) => Do(c => c.Execute(
        "INSERT OR REPLACE INTO slot VALUES ($1, $2, $3, $4, $5, $6)",
        slot.Slot.StartUnixSeconds, slot.Load?.Milliwatts, slot.Pv?.Milliwatts, slot.Grid?.Milliwatts, slot.Battery?.Milliwatts, slot.SoCPermille));

    /// <summary>Quarter hours that start in the span, oldest first; those never written are not in the list.</summary>
    public IReadOnlyList<ControlSlot> Slots(Instant from, Instant to) => Do(c => c.Query(
        "SELECT start, load_mw, pv_mw, grid_mw, battery_mw, soc_permille FROM slot WHERE start >= $1 AND start < $2 ORDER BY start",
        r => new ControlSlot(
            QuarterHour.StartingAt(r.GetInt64(0)), PowerAt(r, 1), PowerAt(r, 2), PowerAt(r, 3), PowerAt(r, 4), r.IsDBNull(5) ? null : r.GetInt32(5)),
        from.ToUnixTimeSeconds(), to.ToUnixTimeSeconds()));

    /// <summary>Deletes entries of a kind that are older than <paramref name="before"/>, at most 1 000 at a time.</summary>
    /// <returns>How many were deleted.</returns>
    public int DeleteEntries(string kind, Instant before) => Do(c => c.Execute(
        "DELETE FROM entry WHERE id IN (SELECT id FROM entry WHERE kind = $1 AND at_unix_us < $2 ORDER BY id LIMIT 1000)", kind, Micros(before)));

    public void Dispose()
    {
        lock (gate) connection.Dispose();
    }

    private static StoreConnection Connect(string path)
    {
        var opened = StoreConnection.ForWriting(path, CheckpointPages, create: true);
        try
        {
            if (opened.Scalar<long>("PRAGMA user_version") == 0) opened.InTransaction(c => c.Execute(Schema), write: true);
            opened.Scalar<string>("SELECT max(key) FROM state");
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    private T Do<T>(Func<StoreConnection, T> action)
    {
        lock (gate)
        {
            try
            {
                return action(connection);
            }
            catch (SqliteException e)
            {
                throw Failure(e);
            }
        }
    }

    private static StoreException Failure(SqliteException e) => e.SqliteErrorCode == SqliteErrors.Full
        ? new("CME-1701", "The disk is full: control's memory cannot be written. Free some space.", e)
        : new("CME-1702", $"Control's memory cannot be used: {e.Message}", e);

    private static ControlEntry Entry(SqliteDataReader r) => new(r.GetString(1), Instant.FromUnixTimeTicks(r.GetInt64(2) * 10), r.GetString(3)) { Id = r.GetInt64(0) };

    private static Power? PowerAt(SqliteDataReader r, int column) => r.IsDBNull(column) ? null : new Power(r.GetInt64(column));

    private static long Micros(Instant at) => at.ToUnixTimeTicks() / 10;
}

/// <summary>One line of control's journal.</summary>
/// <param name="Kind">plan, decision, grid-event, audit, …</param>
/// <param name="Body">JSON of that kind.</param>
public sealed record ControlEntry(string Kind, Instant At, string Body)
{
    /// <summary>Given by the store; 0 before.</summary>
    public long Id { get; init; }
}

/// <summary>Mean powers over a quarter hour; absent where too little of it was measured.</summary>
/// <param name="Load">Consumption of the house without battery and PV.</param>
/// <param name="Grid">+ import.</param>
/// <param name="Battery">+ discharge.</param>
/// <param name="SoCPermille">State of charge at the end, in 1/1000.</param>
public sealed record ControlSlot(QuarterHour Slot, Power? Load, Power? Pv, Power? Grid, Power? Battery, int? SoCPermille);

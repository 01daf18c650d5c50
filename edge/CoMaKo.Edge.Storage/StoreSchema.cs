using Microsoft.Data.Sqlite;

namespace CoMaKo.Edge.Storage;

/// <summary>Tables of the store and their versions (<c>PRAGMA user_version</c>).</summary>
/// <remarks>Each version only adds to the one before, so that the software of one version back still works on it after an update was undone.</remarks>
internal static class StoreSchema
{
    /// <summary>Script i leads from version i to i + 1.</summary>
    public static IReadOnlyList<string> Scripts { get; } = [Version1];

    private const string Version1 = """
        CREATE TABLE store (                          -- one row
            id INTEGER PRIMARY KEY CHECK (id = 1),
            epoch INTEGER NOT NULL,                   -- random 64 bits
            epoch_since_unix_us INTEGER NOT NULL,
            first_sequence INTEGER NOT NULL,          -- first held record, or the next one if none is held
            chain_before_first BLOB NOT NULL,         -- 32 bytes
            acknowledged_sequence INTEGER NOT NULL,   -- what the hub holds durably
            acknowledged_unix_us INTEGER,             -- when that last changed
            pruned_unix_day INTEGER NOT NULL          -- day of the last deletion; 0: never
        );
        CREATE TABLE record (
            sequence INTEGER PRIMARY KEY,
            kind INTEGER NOT NULL,                    -- 1 total, 2 segment's begin, 3 segment's end, 4 event
            appended_unix_us INTEGER NOT NULL,        -- this machine's clock, for the page only
            bytes BLOB NOT NULL,                      -- serialized once
            hash BLOB NOT NULL,                       -- SHA-256(bytes)
            chain BLOB NOT NULL                       -- SHA-256(chain before || hash)
        );
        CREATE TABLE register (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            last_segment INTEGER NOT NULL,            -- Unix us; outlives the deletion of its records
            last_closed INTEGER NOT NULL              -- 1 once its end was recorded
        );
        CREATE TABLE total (                          -- typed columns of kind 1
            sequence INTEGER PRIMARY KEY,
            register INTEGER NOT NULL,
            segment INTEGER NOT NULL,
            slot_end INTEGER NOT NULL,                -- Unix s
            total_wh INTEGER NOT NULL,
            quality INTEGER NOT NULL,
            border_offset_ms INTEGER NOT NULL
        );
        CREATE INDEX total_by_slot ON total (register, slot_end);
        CREATE INDEX total_by_segment ON total (register, segment);
        CREATE TABLE segment (                        -- typed columns of kinds 2 and 3
            sequence INTEGER PRIMARY KEY,
            register INTEGER NOT NULL,
            segment INTEGER NOT NULL,
            is_end INTEGER NOT NULL,
            at_unix_us INTEGER NOT NULL,
            total_wh INTEGER NOT NULL,
            reason INTEGER NOT NULL,
            server_id TEXT NOT NULL,
            obis TEXT NOT NULL,
            ct_factor_micro INTEGER NOT NULL,
            resolution_mwh INTEGER NOT NULL,
            role INTEGER NOT NULL
        );
        CREATE INDEX segment_by_register ON segment (register, segment);
        CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE acknowledgement (                -- by the end of that day everything up to the sequence was acknowledged
            unix_day INTEGER PRIMARY KEY,
            sequence INTEGER NOT NULL
        );
        """;

    /// <summary>Brings the open database to the newest version; an existing one is copied first, beside it.</summary>
    /// <exception cref="StoreException"><c>CME-1705</c>: more than one version newer than this software.</exception>
    public static void Migrate(StoreConnection connection, string directory, IReadOnlyList<string> scripts)
    {
        long version = connection.Scalar<long>("PRAGMA user_version");
        if (version > scripts.Count + 1)
            throw new StoreException("CME-1705", FormattableString.Invariant($"The store has version {version}, this software knows {scripts.Count}. Install the newer software again; nothing was changed."));
        if (version >= scripts.Count) return;
        if (version > 0) Copy(connection, Path.Combine(directory, FormattableString.Invariant($"before-version-{version + 1}.db")));
        try
        {
            connection.InTransaction(c => Run(c, scripts, (int)version), write: true);
        }
        catch (SqliteException e) when (e.SqliteErrorCode == SqliteErrors.Generic)
        {
            // A wrong script is a fault of this software; it must not look like an unreadable store.
            throw new InvalidOperationException(FormattableString.Invariant($"The store could not be brought from version {version} to {scripts.Count}; it is unchanged."), e);
        }
    }

    private static int Run(StoreConnection connection, IReadOnlyList<string> scripts, int from)
    {
        for (int i = from; i < scripts.Count; i++) connection.Execute(scripts[i]);
        return connection.Execute(FormattableString.Invariant($"PRAGMA user_version = {scripts.Count}"));
    }

    private static void Copy(StoreConnection connection, string path)
    {
        File.Delete(path); // left by an attempt that was cut off
        connection.Execute("VACUUM INTO $1", path);
        using (var copy = new FileStream(path, FileMode.Open, FileAccess.ReadWrite)) StoreFiles.SyncFile(copy.SafeFileHandle);
        StoreFiles.SyncDirectory(Path.GetDirectoryName(path)!);
    }
}

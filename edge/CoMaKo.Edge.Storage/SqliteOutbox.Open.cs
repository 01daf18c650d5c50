using System.Buffers.Binary;
using System.Security.Cryptography;
using CoMaKo.Quantities;
using Microsoft.Data.Sqlite;

namespace CoMaKo.Edge.Storage;

public sealed partial class SqliteOutbox
{
    // Enough to cover what a crash can have touched; small enough for a start well below 3 s with 400 days held.
    private const int TailRecords = 500;

    /// <summary>Opens the store of a data directory, creates it, or sets an unreadable one aside and creates a new one with a new epoch.</summary>
    /// <param name="options">Where.</param>
    /// <param name="encode">Serializes a record, once in its life.</param>
    /// <param name="time">The gateway's clock.</param>
    /// <exception cref="StoreException"><c>CME-1701</c>, <c>CME-1702</c>, <c>CME-1703</c>, <c>CME-1705</c>, <c>CME-1706</c>.</exception>
    public static StoreOpened Open(StoreOptions options, Func<SyncRecord, byte[]> encode, TimeProvider time)
    {
        SystemSqlite.Use();
        var places = new StoreFiles(options.Directory);
        Directory.CreateDirectory(places.DataDirectory);
        var lockFile = places.Lock();
        try
        {
            var opened = new SqliteOutbox(places, options, lockFile, encode, time).Open();
            places.KeepReserve(options.ReserveBytes);
            return opened;
        }
        catch
        {
            lockFile.Dispose();
            throw;
        }
    }

    private StoreOpened Open()
    {
        bool exists = Directory.Exists(files.Store);
        string? reason = exists ? Connect() : null;
        string? aside = reason is null ? null : files.SetAside(time.GetUtcNow());
        bool created = !exists || aside is not null;
        if (created)
        {
            Create();
            if (Connect() is { } still) throw new StoreException("CME-1702", $"A new store in {files.Store} cannot be read: {still}");
        }

        return new StoreOpened(this, created, aside, reason);
    }

    /// <returns>Why the store is unreadable; absent if it is open.</returns>
    private string? Connect()
    {
        if (File.Exists(files.Unreadable)) return File.ReadAllText(files.Unreadable);
        try
        {
            writer = OpenChecked();
            return null;
        }
        catch (SqliteException e) when (e.SqliteErrorCode is SqliteErrors.Full or SqliteErrors.CannotOpen or SqliteErrors.Io && files.ReleaseReserve())
        {
            return Connect(); // the log's index needs a few pages even on a full disk
        }
        catch (SqliteException e) when (MeansUnreadable(e))
        {
            return e.Message;
        }
        catch (InvalidDataException e)
        {
            return e.Message;
        }
        catch (SqliteException e)
        {
            throw Failure(e);
        }
    }

    private static bool MeansUnreadable(SqliteException e) =>
        e.SqliteErrorCode is SqliteErrors.Generic or SqliteErrors.Corrupt or SqliteErrors.NotADatabase
        || e.SqliteExtendedErrorCode is SqliteErrors.IoRead or SqliteErrors.IoShortRead or SqliteErrors.IoCorruptFileSystem;

    private StoreConnection OpenChecked()
    {
        if (!File.Exists(files.Database)) throw new InvalidDataException("The database file is missing.");
        var connection = StoreConnection.ForWriting(files.Database, options.CheckpointPages);
        try
        {
            if (connection.Scalar<long>("PRAGMA user_version") == 0) throw new InvalidDataException("The database is empty.");
            StoreSchema.Migrate(connection, files.Store, StoreSchema.Scripts);
            VerifyTail(connection);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Reads the small tables and the newest records through table and index; a broken link there is mended.</summary>
    /// <exception cref="InvalidDataException">The store cannot be continued.</exception>
    private void VerifyTail(StoreConnection connection)
    {
        var row = StoreRow.Load(connection);
        foreach (string table in (string[])["register", "state", "acknowledgement"])
        {
            if (connection.Scalar<string>($"PRAGMA quick_check({table})") is { } answer && answer != "ok") throw new InvalidDataException(answer);
        }

        connection.Query("SELECT total_wh FROM total ORDER BY register DESC, slot_end DESC LIMIT 500", r => r.GetInt64(0));
        long tail = Tail(connection, row).Sequence;
        if (tail >= row.First) connection.InTransaction(c => Mend(c, Math.Max(row.First, tail - TailRecords + 1)), write: true);
    }

    /// <summary>A new store is made beside, synced and then named: a crash leaves none or a whole one.</summary>
    private void Create()
    {
        if (Directory.Exists(files.Draft)) Directory.Delete(files.Draft, recursive: true);
        Directory.CreateDirectory(files.Draft);
        try
        {
            using (var connection = StoreConnection.ForWriting(StoreFiles.DatabaseIn(files.Draft), options.CheckpointPages, create: true))
            {
                StoreSchema.Migrate(connection, files.Draft, StoreSchema.Scripts);
                StoreSchema.Begin(connection, RandomEpoch(), NowUnixMicroseconds);
            }

            files.Publish();
        }
        catch (SqliteException e)
        {
            throw Failure(e);
        }
    }

    private static Epoch RandomEpoch() => new(BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(ulong))));
}

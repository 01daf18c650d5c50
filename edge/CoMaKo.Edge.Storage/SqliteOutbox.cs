using System.Threading.Channels;
using CoMaKo.Edge.Acquisition;
using CoMaKo.Quantities;
using Microsoft.Data.Sqlite;
using NodaTime;

namespace CoMaKo.Edge.Storage;

/// <summary>
/// The gateway's buffer on SQLite: totals, segments and events in the order in which they became durable, each with its identity and chain.
/// One connection writes and checkpoints, one reads; calls may come from any thread.
/// </summary>
/// <remarks>
/// A commit becomes visible to the reading connection only after the log is synced (<c>synchronous=FULL</c>),
/// therefore whatever a reader sees, and so whatever is sent, is durable.
/// The parts of this class: Open, Append, Read, Repair, Mark, Retention, History and Status.
/// </remarks>
public sealed partial class SqliteOutbox : IOutbox, IRegisterHistory, IAsyncDisposable
{
    /// <summary>Largest record in bytes (sync protocol).</summary>
    public const int MaxRecordBytes = 16 * 1024;

    private readonly StoreFiles files;
    private readonly StoreOptions options;
    private readonly FileStream held;
    private readonly Func<SyncRecord, byte[]> encode;
    private readonly TimeProvider time;
    private readonly SemaphoreSlim writing = new(1, 1);
    private readonly SemaphoreSlim reading = new(1, 1);

    // One token: "records may have come". It is there at first, so that a backlog is found after a start.
    private readonly Channel<bool> arrived = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private volatile bool damaged;
    private StoreConnection? writer;
    private StoreConnection? reader;

    private SqliteOutbox(StoreFiles files, StoreOptions options, FileStream held, Func<SyncRecord, byte[]> encode, TimeProvider time)
    {
        (this.files, this.options, this.held, this.encode, this.time) = (files, options, held, encode, time);
        arrived.Writer.TryWrite(true);
    }

    /// <summary>A call met a damaged page (<c>CME-1704</c>). The process ends then: the next start sets the store aside and begins a new one.</summary>
    public bool IsDamaged => damaged;

    /// <summary>Closes the connections, the writing one last (it moves the log into the database), and lets other processes in.</summary>
    public async ValueTask DisposeAsync()
    {
        await writing.WaitAsync();
        await reading.WaitAsync();
        CloseConnections();
        await held.DisposeAsync();
        writing.Dispose();
        reading.Dispose();
    }

    /// <summary>Runs a change in one synced transaction, one change at a time.</summary>
    /// <exception cref="StoreException">Nothing was changed.</exception>
    private async ValueTask<T> WriteAsync<T>(Func<StoreConnection, T> change, CancellationToken cancellationToken, Action? committed = null)
    {
        await writing.WaitAsync(cancellationToken);
        try
        {
            var result = Change(change);
            committed?.Invoke();
            return result;
        }
        finally
        {
            writing.Release();
        }
    }

    private T Change<T>(Func<StoreConnection, T> change)
    {
        try
        {
            writer ??= Reconnect();
            return writer.InTransaction(change, write: true);
        }
        catch (SqliteException e) when (e.SqliteErrorCode == SqliteErrors.Full && files.ReleaseReserve())
        {
            return Change(change);
        }
        catch (SqliteException e)
        {
            if (e.SqliteErrorCode == SqliteErrors.Io)
            {
                // The kernel may have dropped pages it could not write: nothing in this connection is trusted any more.
                writer?.Dispose();
                writer = null;
            }

            throw Failure(e);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(e);
        }
    }

    /// <summary>
    /// Opens the writing connection anew after an I/O error. What the log holds is copied into the database and synced there at once:
    /// a page of the log that the failed sync lost is written again, or this fails as well.
    /// </summary>
    private StoreConnection Reconnect()
    {
        var connection = StoreConnection.ForWriting(files.Database, options.CheckpointPages);
        try
        {
            if (connection.Scalar<long>("PRAGMA wal_checkpoint(TRUNCATE)") != 0) throw new StoreException("CME-1702", "The store is busy and could not be synced again.");
            VerifyTail(connection);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Runs a query on one consistent state.</summary>
    private async ValueTask<T> ReadAsync<T>(Func<StoreConnection, T> query, CancellationToken cancellationToken)
    {
        await reading.WaitAsync(cancellationToken);
        try
        {
            reader ??= StoreConnection.ForReading(files.Database);
            return reader.InTransaction(query, write: false);
        }
        catch (SqliteException e)
        {
            reader?.Dispose();
            reader = null;
            throw Failure(e);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(e);
        }
        finally
        {
            reading.Release();
        }
    }

    /// <summary>What an SQLite error means for the caller. A damaged file leaves a marker: the next opening sets the store aside.</summary>
    private Exception Failure(SqliteException e)
    {
        switch (e.SqliteErrorCode)
        {
            case SqliteErrors.Full:
                return new StoreException("CME-1701", $"The disk of {files.DataDirectory} is full; records wait in memory. Free some space.", e);
            case SqliteErrors.Io or SqliteErrors.ReadOnly or SqliteErrors.CannotOpen:
                return new StoreException("CME-1702", FormattableString.Invariant($"The disk of {files.DataDirectory} reports an error or is read-only (SQLite {e.SqliteExtendedErrorCode}). Check the disk and its mount."), e);
            case SqliteErrors.Corrupt or SqliteErrors.NotADatabase:
                return Damaged(e);
            default:
                return e; // a bug: the process stops
        }
    }

    private StoreException Damaged(Exception e)
    {
        damaged = true;
        try
        {
            File.WriteAllText(files.Unreadable, e.Message);
        }
        catch (Exception unwritten) when (unwritten is IOException or UnauthorizedAccessException)
        {
            // Without the marker the next start finds the damage again, by itself or on use.
        }

        return new StoreException("CME-1704", $"The store in {files.Store} is damaged; it is set aside at the next start.", e);
    }

    private void CloseConnections()
    {
        reader?.Dispose();
        writer?.Dispose();
        (reader, writer) = (null, null);
    }

    private long NowUnixMicroseconds => Microseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));

    private static long Microseconds(Instant instant) => instant.ToUnixTimeTicks() / 10;

    private static Instant FromMicroseconds(long unixMicroseconds) => Instant.FromUnixTimeTicks(checked(unixMicroseconds * 10));
}

using System.Threading.Channels;
using CoMaKo.Edge.Acquisition;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Storage;

/// <summary>
/// The gateway's buffer: totals, segments and events in the order in which they became durable, each with its identity and chain.
/// Calls may come from any thread. The rules are here; an engine (SQLite, or an optional one) keeps the tables.
/// </summary>
/// <remarks>
/// A change is synced before it returns and before a reader sees it, therefore whatever is read, and so whatever is sent, is durable.
/// The parts of this class: Open, Append, Read, Repair, Mark, Retention, History and Status.
/// </remarks>
public sealed partial class Outbox : IOutbox, IRegisterHistory, IAsyncDisposable
{
    /// <summary>Largest record in bytes (sync protocol).</summary>
    public const int MaxRecordBytes = 16 * 1024;

    private readonly IStoreEngine engine;
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
    private int disposed;

    private Outbox(IStoreEngine engine, StoreFiles files, StoreOptions options, FileStream held, Func<SyncRecord, byte[]> encode, TimeProvider time)
    {
        (this.engine, this.files, this.options, this.held, this.encode, this.time) = (engine, files, options, held, encode, time);
        arrived.Writer.TryWrite(true);
    }

    /// <summary>A call met a damaged page (<c>CME-1704</c>). The process ends then: the next start sets the store aside and begins a new one.</summary>
    public bool IsDamaged => damaged;

    /// <summary>Name and version of the engine, e.g. <c>SQLite 3.40.1</c>.</summary>
    public string Engine => engine.Title;

    /// <summary>Closes the database and lets other processes in.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0) return;
        await writing.WaitAsync();
        await reading.WaitAsync();
        engine.Dispose();
        await held.DisposeAsync();
        writing.Dispose();
        reading.Dispose();
    }

    /// <summary>Runs a change in one synced transaction, one change at a time.</summary>
    /// <exception cref="StoreException">Nothing was changed.</exception>
    private async ValueTask<T> WriteAsync<T>(Func<IStoreTables, T> change, CancellationToken cancellationToken, Action? committed = null)
    {
        await writing.WaitAsync(cancellationToken);
        try
        {
            var result = engine.Write(change);
            committed?.Invoke();
            return result;
        }
        catch (InvalidDataException e)
        {
            throw Damaged(e);
        }
        finally
        {
            writing.Release();
        }
    }

    /// <summary>Runs a query on one consistent state.</summary>
    private async ValueTask<T> ReadAsync<T>(Func<IStoreTables, T> query, CancellationToken cancellationToken)
    {
        await reading.WaitAsync(cancellationToken);
        try
        {
            return engine.Read(query);
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

    /// <summary>Leaves a marker: the next opening sets the store aside.</summary>
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

    private long NowUnixMicroseconds => StoreTime.Microseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));
}

/// <summary>Instants as the tables hold them: Unix µs.</summary>
internal static class StoreTime
{
    public static long Microseconds(Instant instant) => instant.ToUnixTimeTicks() / 10;

    public static Instant At(long unixMicroseconds) => Instant.FromUnixTimeTicks(checked(unixMicroseconds * 10));
}

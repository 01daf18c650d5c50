using System.Data.Common;

namespace CoMaKo.Hub.Storage;

/// <summary>
/// One cooperative's database on one of two engines, behind one shape: readers use Dapper on a reading connection, everything that writes goes
/// through <see cref="WriteAsync{T}"/>. SQL that both engines understand is written once.
/// </summary>
public abstract class HubDatabase : IDisposable
{
    private static readonly AsyncLocal<HeldEffect?> Following = new();

    private protected HubDatabase(DatabaseAddress address) => Address = address;

    public DatabaseAddress Address { get; }

    private protected HubSignals Signals { get; } = new();

    public HubEngine Engine => Address.Engine;

    /// <summary>Opens the database and brings its schema up to date; a file that is absent is created, a server's database must exist.</summary>
    /// <param name="scripts">Schema of all contexts for this engine; see <see cref="MigrationScript.EmbeddedIn"/>.</param>
    /// <exception cref="DbException">It is no database or cannot be reached.</exception>
    /// <exception cref="InvalidOperationException">It was written by a newer version, a script that ran has changed since, or the server does not keep what it commits.</exception>
    public static HubDatabase Open(DatabaseAddress address, IReadOnlyList<MigrationScript> scripts)
    {
        ArgumentNullException.ThrowIfNull(address);
        return address.Engine == HubEngine.Postgres ? PostgresDatabase.Open(address, scripts) : SqliteDatabase.Open(address, scripts);
    }

    /// <summary>A reading connection; close it after use. It cannot write and never waits for a writer.</summary>
    public ValueTask<DbConnection> OpenReaderAsync() => Following.Value?.Reader() is { } joined ? new(joined) : ConnectReaderAsync();

    /// <summary>
    /// Runs <paramref name="work"/> in one transaction and returns after its commit is on the disk: it takes effect wholly or, if it throws, not at
    /// all. A server may give way to another transaction and make it run again from its start, so it keeps nothing outside from a run before.
    /// </summary>
    /// <exception cref="HubDatabaseException">Nothing of it happened, except with <see cref="HubFault.OutcomeUnknown"/>.</exception>
    public Task<T> WriteAsync<T>(Func<HubTransaction, ValueTask<T>> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        ValueTask<T> Piece(HubTransaction tx) => PieceAsync(tx, work);
        return Following.Value is { } effect ? effect.RunAsync(RunAsync, Piece) : RunAsync((Func<HubTransaction, ValueTask<T>>)Piece);
    }

    /// <summary>
    /// Lets what the calls of this flow do last be committed with the answer to it. It ends with the asynchronous method that asks for it.
    /// </summary>
    public static void Follow(HeldEffect effect) => Following.Value = effect;

    /// <inheritdoc cref="WriteAsync{T}"/>
    public Task WriteAsync(Func<HubTransaction, ValueTask> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        return WriteAsync(async tx =>
        {
            await work(tx);
            return true;
        });
    }

    /// <summary>
    /// Completes with the next signal of a topic (<see cref="HubTransaction.Signal"/>) from this or another replica. Ask before you look, so that none is
    /// missed in between, and look now and then without one: a signal may be lost with a connection.
    /// </summary>
    public virtual Task NextSignal(string topic) => Signals.Next(topic);

    /// <summary>Writes along with what this flow holds open; else in a transaction of its own. For what is small and comes last, like giving back a lease.</summary>
    internal async Task WriteAlongAsync(Func<HubTransaction, ValueTask> work)
    {
        if (Following.Value is { } effect && await effect.JoinAsync(work)) return;
        await WriteAsync(work);
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc cref="WriteAsync{T}"/>
    private protected abstract Task<T> RunAsync<T>(Func<HubTransaction, ValueTask<T>> work);

    private protected abstract ValueTask<DbConnection> ConnectReaderAsync();

    protected abstract void Dispose(bool disposing);

    private static async ValueTask<T> PieceAsync<T>(HubTransaction tx, Func<HubTransaction, ValueTask<T>> work)
    {
        tx.Begin();
        var result = await work(tx);
        await tx.CloseAsync();
        return result;
    }
}

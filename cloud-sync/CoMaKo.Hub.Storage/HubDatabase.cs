using System.Data.Common;

namespace CoMaKo.Hub.Storage;

/// <summary>
/// One cooperative's database on one of two engines, behind one shape: readers use Dapper on a reading connection, everything that writes goes
/// through <see cref="WriteAsync{T}"/>. SQL that both engines understand is written once.
/// </summary>
public abstract class HubDatabase : IDisposable
{
    private static readonly AsyncLocal<Action<HubTransaction>?> Following = new();

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
    public abstract ValueTask<DbConnection> OpenReaderAsync();

    /// <summary>
    /// Runs <paramref name="work"/> in one transaction and returns after its commit is on the disk: it takes effect wholly or, if it throws, not at
    /// all. A server may give way to another transaction and make it run again from its start, so it keeps nothing outside from a run before.
    /// </summary>
    /// <exception cref="HubDatabaseException">Nothing of it happened, except with <see cref="HubFault.OutcomeUnknown"/>.</exception>
    public Task<T> WriteAsync<T>(Func<HubTransaction, ValueTask<T>> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        // Taken here, where the caller's flow is known: a file engine runs the pieces of several callers after one another.
        var note = Following.Value;
        return RunAsync(async tx =>
        {
            tx.Open(note);
            try
            {
                var result = await work(tx);
                await tx.CloseAsync();
                return result;
            }
            finally
            {
                tx.Open(null);
            }
        });
    }

    /// <summary>
    /// Lets a note be written with what the calls of this flow do: <see cref="HubTransaction.NoteDone"/> adds it to the transaction that does the thing itself, so that
    /// both are there or neither. It ends with the asynchronous method that asks for it.
    /// </summary>
    /// <param name="note">Adds statements; it may run several times if a server lets a transaction run again.</param>
    public static void Follow(Action<HubTransaction> note) => Following.Value = note;

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

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc cref="WriteAsync{T}"/>
    private protected abstract Task<T> RunAsync<T>(Func<HubTransaction, ValueTask<T>> work);

    protected abstract void Dispose(bool disposing);
}

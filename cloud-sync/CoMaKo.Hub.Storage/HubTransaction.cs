using System.Data.Common;

namespace CoMaKo.Hub.Storage;

/// <summary>
/// What a piece of writing may do. A failed statement fails the whole piece: it must not be caught and gone on from, because a server goes no
/// further in such a transaction.
/// </summary>
public abstract class HubTransaction
{
    public abstract HubEngine Engine { get; }

    private Func<HubTransaction, ValueTask>? atEnd;

    /// <summary>What one context keeps for the length of this piece of writing; absent at its start.</summary>
    public object? Memory { get; private set; }

    /// <summary>Keeps something for the length of this piece of writing, and lets it be written once at its end.</summary>
    /// <param name="last">Runs after everything else of the piece, unless that fails.</param>
    public void Keep(object memory, Func<HubTransaction, ValueTask> last) => (Memory, atEnd) = (memory, last);

    /// <summary>Whether this is the transaction that does what was asked for.</summary>
    internal bool IsDone { get; private set; }

    internal abstract DbConnection Connection { get; }

    /// <summary>Forgets what a piece before kept.</summary>
    internal void Begin() => (IsDone, Memory, atEnd) = (false, null, null);

    internal ValueTask CloseAsync() => atEnd is { } last ? last(this) : ValueTask.CompletedTask;

    /// <summary>Says that this transaction is the one that does what was asked for, not one that only prepares it: its answer is kept with it (<see cref="HeldEffect"/>).</summary>
    public void NoteDone() => IsDone = true;

    /// <summary>SQL for the database's own clock as Unix µs, the one that all replicas share.</summary>
    public abstract string ClockSql { get; }

    /// <summary>A prepared statement, without values. The text is a constant: statements are kept.</summary>
    public abstract HubStatement Prepare(string sql);

    /// <summary>Waits for everything that was to run later.</summary>
    public abstract ValueTask SendAsync();

    /// <summary>Runs one statement with values by name (<c>@name</c> for a member of <paramref name="values"/>).</summary>
    /// <returns>Rows inserted, updated or deleted.</returns>
    public abstract ValueTask<int> ExecuteAsync(string sql, object? values = null);

    /// <summary>Reads rows with values by name; columns go to members of the same name.</summary>
    public abstract ValueTask<IReadOnlyList<T>> QueryAsync<T>(string sql, object? values = null);

    /// <summary>Inserts many rows; what stands in the way is left as it is.</summary>
    /// <returns>Rows inserted.</returns>
    public abstract ValueTask<int> InsertNewAsync(RowSet rows);

    /// <summary>
    /// Inserts rows none of which can be there: their key holds a number that this transaction made. A server copies them straight into the table, whose columns
    /// are <c>bigint</c>, <c>text</c> and <c>bytea</c>.
    /// </summary>
    /// <exception cref="DbException">One of them is there; the transaction has failed.</exception>
    public abstract ValueTask InsertAllAsync(RowSet rows);

    /// <summary>Wakes those in all replicas who wait for a topic, after the commit and only if there is one. Not for what many write: on a server such commits stand in line.</summary>
    public abstract void Signal(string topic);

    /// <summary>Lets each following statement of this transaction take so long, instead of 10 s. A file engine has no limit.</summary>
    public abstract ValueTask AllowAsync(TimeSpan time);
}

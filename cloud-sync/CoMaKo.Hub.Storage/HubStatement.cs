namespace CoMaKo.Hub.Storage;

/// <summary>
/// A prepared statement of a writing transaction. Its values are written <c>$1</c>, <c>$2</c>, … in the order of their first use and bound in that
/// order; absent values are NULL. After its run it is ready for the next values.
/// </summary>
public abstract class HubStatement
{
    public abstract HubStatement Bind(long value);

    public abstract HubStatement Bind(long? value);

    public abstract HubStatement Bind(string? value);

    public abstract HubStatement Bind(byte[]? value);

    public abstract HubStatement Bind(ReadOnlySpan<byte> value);

    /// <summary>Runs it.</summary>
    /// <returns>Rows inserted, updated or deleted.</returns>
    public abstract ValueTask<int> RunAsync();

    /// <summary>
    /// Runs it in its place among the others, at the latest before the commit: a server gets it together with the next one, which saves a round trip.
    /// For statements that give no rows.
    /// </summary>
    public abstract void Later();

    /// <summary>The same for one that gives rows; they are in <paramref name="rows"/> after the next statement that is waited for.</summary>
    public abstract void Later<T>(ICollection<T> rows, Func<IHubRow, T> read);

    /// <summary>Runs it and reads all rows.</summary>
    public abstract ValueTask<List<T>> ListAsync<T>(Func<IHubRow, T> read);

    /// <summary>Runs it and reads the first row; absent if there is none.</summary>
    public async ValueTask<T?> FirstAsync<T>(Func<IHubRow, T> read)
        where T : class => await ListAsync(read) is [var first, ..] ? first : null;

    /// <summary>Runs it and reads the first column of the first row; absent if there is none or it is NULL.</summary>
    public async ValueTask<long?> NumberAsync() =>
        await ListAsync(static row => row.IsNull(0) ? (long?)null : row.Int64(0)) is [var first, ..] ? first : null;
}

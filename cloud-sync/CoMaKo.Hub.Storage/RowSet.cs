namespace CoMaKo.Hub.Storage;

/// <summary>Many rows for one table, by columns of equal length: the form in which both engines take them fastest.</summary>
/// <param name="table">The table's name, constant text.</param>
public sealed class RowSet(string table)
{
    private readonly List<(string Name, Array Values)> columns = [];

    public string Table { get; } = table;

    /// <summary>Number of rows; 0 before the first column.</summary>
    public int Count => columns.Count == 0 ? 0 : columns[0].Values.Length;

    internal IReadOnlyList<(string Name, Array Values)> Columns => columns;

    public RowSet Add(string column, long[] values) => AddColumn(column, values);

    public RowSet Add(string column, long?[] values) => AddColumn(column, values);

    public RowSet Add(string column, string?[] values) => AddColumn(column, values);

    public RowSet Add(string column, byte[]?[] values) => AddColumn(column, values);

    /// <summary>The same value in each row. Needs a column before it, which says how many rows there are.</summary>
    public RowSet Add(string column, long value)
    {
        long[] values = new long[Count];
        Array.Fill(values, value);
        return AddColumn(column, values);
    }

    private RowSet AddColumn(string column, Array values)
    {
        if (columns.Count > 0 && values.Length != Count) throw new ArgumentException($"Column {column} has {values.Length} values, the first one {Count}.", nameof(values));
        columns.Add((column, values));
        return this;
    }
}

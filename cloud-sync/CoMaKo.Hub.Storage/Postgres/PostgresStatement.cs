using Npgsql;
using NpgsqlTypes;

namespace CoMaKo.Hub.Storage;

/// <summary>One statement on its way to a server. Besides the common values it takes arrays, which <c>unnest</c> and <c>ANY</c> make rows of.</summary>
public sealed class PostgresStatement : HubStatement
{
    private readonly PostgresTransaction transaction;
    private readonly NpgsqlBatchCommand command;

    internal PostgresStatement(PostgresTransaction transaction, string sql)
    {
        this.transaction = transaction;
        command = new NpgsqlBatchCommand(sql);
    }

    public override PostgresStatement Bind(long value) => Add(value);

    public override PostgresStatement Bind(long? value) => value is { } present ? Add(present) : AddNull(NpgsqlDbType.Bigint);

    public override PostgresStatement Bind(string? value) => value is null ? AddNull(NpgsqlDbType.Text) : Add(value);

    public override PostgresStatement Bind(byte[]? value) => value is null ? AddNull(NpgsqlDbType.Bytea) : Add(value);

    public override PostgresStatement Bind(ReadOnlySpan<byte> value) => Add(value.ToArray());

    public PostgresStatement Bind(long[] values) => Add(values);

    public PostgresStatement Bind(int[] values) => Add(values);

    public PostgresStatement Bind(short[] values) => Add(values);

    public PostgresStatement Bind(string?[] values) => Add(values);

    public PostgresStatement Bind(byte[]?[] values) => Add(values);

    public override ValueTask<int> RunAsync() => transaction.RunAsync(command);

    public override void Later() => transaction.Add(command);

    public override void Later<T>(ICollection<T> rows, Func<IHubRow, T> read) => transaction.Add(command, row => rows.Add(read(row)));

    public override async ValueTask<List<T>> ListAsync<T>(Func<IHubRow, T> read)
    {
        var rows = new List<T>();
        Later(rows, read);
        await transaction.SendAsync();
        return rows;
    }

    internal PostgresStatement Bind(Array values)
    {
        _ = values switch
        {
            long[] numbers => Bind(numbers),
            long?[] numbers => Add(numbers),
            string?[] texts => Bind(texts),
            byte[]?[] blobs => Bind(blobs),
            _ => throw new ArgumentException($"No column of {values.GetType()}.", nameof(values)),
        };
        return this;
    }

    private PostgresStatement Add<T>(T value)
    {
        command.Parameters.Add(new NpgsqlParameter<T> { TypedValue = value });
        return this;
    }

    /// <summary>With its type: a statement is prepared anew for each combination of types.</summary>
    private PostgresStatement AddNull(NpgsqlDbType type)
    {
        command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = type, Value = DBNull.Value });
        return this;
    }
}

using Npgsql;
using NpgsqlTypes;

namespace CoMaKo.Hub.Storage;

/// <summary>PostgreSQL's binary COPY of rows held by columns.</summary>
internal static class BinaryCopy
{
    /// <summary>The server's type for a column.</summary>
    public static string TypeOf(Array column) => column switch
    {
        long[] or long?[] => "bigint",
        string?[] => "text",
        byte[]?[] => "bytea",
        _ => throw new ArgumentException($"No column of {column.GetType()}.", nameof(column)),
    };

    /// <summary>Makes a table that passes with the transaction and copies the rows into it.</summary>
    public static async Task<bool> IntoAsync(NpgsqlConnection connection, string table, RowSet rows)
    {
        string columns = string.Join(", ", rows.Columns.Select(column => $"{column.Name} {TypeOf(column.Values)}"));
        await using (var create = new NpgsqlCommand($"CREATE TEMP TABLE {table} ({columns}) ON COMMIT DROP", connection)) await create.ExecuteNonQueryAsync();
        await using var copy = await connection.BeginBinaryImportAsync($"COPY {table} FROM STDIN (FORMAT BINARY)");
        for (int row = 0; row < rows.Count; row++)
        {
            await copy.StartRowAsync();
            foreach (var (_, values) in rows.Columns) await WriteAsync(copy, values, row);
        }

        await copy.CompleteAsync();
        return true;
    }

    private static Task WriteAsync(NpgsqlBinaryImporter copy, Array column, int row) => column switch
    {
        long[] numbers => copy.WriteAsync(numbers[row], NpgsqlDbType.Bigint),
        long?[] numbers => numbers[row] is { } present ? copy.WriteAsync(present, NpgsqlDbType.Bigint) : copy.WriteNullAsync(),
        string?[] texts => texts[row] is { } present ? copy.WriteAsync(present, NpgsqlDbType.Text) : copy.WriteNullAsync(),
        byte[]?[] blobs => blobs[row] is { } present ? copy.WriteAsync(present, NpgsqlDbType.Bytea) : copy.WriteNullAsync(),
        _ => throw new ArgumentException($"No column of {column.GetType()}.", nameof(column)),
    };
}

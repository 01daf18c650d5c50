using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Npgsql;

namespace CoMaKo.Hub.Storage;

/// <summary>
/// PostgreSQL's binary COPY of rows held by columns (PostgreSQL manual, COPY, "Binary Format"): a number of fields, then each field's length and bytes, −1 for
/// NULL. Written into one buffer and not value by value, because a month's run has three million of them.
/// </summary>
internal sealed class BinaryCopy
{
    private const int SendAbove = 1 << 15;
    private static readonly byte[] Head = [.. "PGCOPY\n"u8, 0xFF, .. "\r\n\0"u8, 0, 0, 0, 0, 0, 0, 0, 0]; // signature, flags, no extension
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ArrayBufferWriter<byte> bytes = new(2 * SendAbove);

    /// <summary>The server's type for a column.</summary>
    public static string TypeOf(Array column) => column switch
    {
        long[] or long?[] => "bigint",
        string?[] => "text",
        byte[]?[] => "bytea",
        _ => throw new ArgumentException($"No column of {column.GetType()}.", nameof(column)),
    };

    /// <summary>Makes a table that passes with the transaction and copies the rows into it.</summary>
    public static async Task<bool> StageAsync(NpgsqlConnection connection, string table, RowSet rows)
    {
        string columns = string.Join(", ", rows.Columns.Select(column => $"{column.Name} {TypeOf(column.Values)}"));
        await using (var create = new NpgsqlCommand($"CREATE TEMP TABLE {table} ({columns}) ON COMMIT DROP", connection)) await create.ExecuteNonQueryAsync();
        return await IntoAsync(connection, table, rows);
    }

    /// <summary>Copies the rows into a table whose columns have the types of <see cref="TypeOf"/>.</summary>
    public static async Task<bool> IntoAsync(NpgsqlConnection connection, string table, RowSet rows)
    {
        var encoder = new BinaryCopy();
        await using var copy = await connection.BeginRawBinaryCopyAsync($"COPY {table} ({string.Join(", ", rows.Columns.Select(column => column.Name))}) FROM STDIN (FORMAT BINARY)");
        encoder.bytes.Write(Head);
        for (int row = 0; row < rows.Count; row++)
        {
            encoder.Add(rows.Columns, row);
            if (encoder.bytes.WrittenCount < SendAbove) continue;
            await copy.WriteAsync(encoder.bytes.WrittenMemory);
            encoder.bytes.ResetWrittenCount();
        }

        encoder.Add((short)-1);
        await copy.WriteAsync(encoder.bytes.WrittenMemory);
        return true;
    }

    private void Add(IReadOnlyList<(string Name, Array Values)> columns, int row)
    {
        Add((short)columns.Count);
        for (int i = 0; i < columns.Count; i++)
        {
            switch (columns[i].Values)
            {
                case long[] numbers: Add(numbers[row]); break;
                case long?[] numbers when numbers[row] is { } number: Add(number); break;
                case string?[] texts when texts[row] is { } text: Add(text); break;
                case byte[]?[] blobs when blobs[row] is { } blob: Add(blob); break;
                default: BinaryPrimitives.WriteInt32BigEndian(Reserve(sizeof(int)), -1); break;
            }
        }
    }

    private void Add(short fields) => BinaryPrimitives.WriteInt16BigEndian(Reserve(sizeof(short)), fields);

    private void Add(long number)
    {
        var field = Reserve(sizeof(int) + sizeof(long));
        BinaryPrimitives.WriteInt32BigEndian(field, sizeof(long));
        BinaryPrimitives.WriteInt64BigEndian(field[sizeof(int)..], number);
    }

    private void Add(string text)
    {
        int length = Utf8.GetByteCount(text);
        var field = Reserve(sizeof(int) + length);
        BinaryPrimitives.WriteInt32BigEndian(field, length);
        Utf8.GetBytes(text, field[sizeof(int)..]);
    }

    private void Add(byte[] blob)
    {
        var field = Reserve(sizeof(int) + blob.Length);
        BinaryPrimitives.WriteInt32BigEndian(field, blob.Length);
        blob.CopyTo(field[sizeof(int)..]);
    }

    private Span<byte> Reserve(int length)
    {
        var place = bytes.GetSpan(length)[..length];
        bytes.Advance(length);
        return place;
    }
}

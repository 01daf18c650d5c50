using Npgsql;

namespace CoMaKo.Hub.Storage;

/// <summary>The row at which a server's answer stands.</summary>
internal sealed class PostgresRow : IHubRow
{
    public NpgsqlDataReader Reader { get; set; } = null!;

    public bool IsNull(int column) => Reader.IsDBNull(column);

    public long Int64(int column) => Reader.GetInt64(column);

    public string Text(int column) => Reader.GetString(column);

    public byte[] Blob(int column) => Reader.GetFieldValue<byte[]>(column);
}

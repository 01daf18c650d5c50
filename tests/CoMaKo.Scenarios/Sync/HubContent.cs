using System.Data.Common;
using System.IO.Compression;
using CoMaKo.Contracts.V1;
using CoMaKo.Hub;
using CoMaKo.Quantities;

namespace CoMaKo.Scenarios.Sync;

/// <summary>A record in the hub's log.</summary>
/// <param name="Bytes">Absent if only the identity arrived.</param>
internal sealed record Arrival(string Gateway, string Identity, byte[]? Bytes, long ReceivedUnixUs);

/// <summary>An epoch's row and its logged batches, in order.</summary>
internal sealed record EpochContent(string Gateway, long Epoch, long Base, byte[] BaseChain, long Acked, byte[] AckedChain, List<BatchContent> Batches);

internal sealed record BatchContent(long From, long To, byte[] Before, byte[] After, IReadOnlyList<string> Identities);

internal sealed record TotalRow(string Register, long Segment, long SlotEnd, long WattHours);

internal sealed record SegmentRow(string Register, long Segment, long? Opened, long? Opening, long? Closed, long? Closing);

internal sealed record ConflictRow(string Register, string Kind, long Segment, long AtUnixUs, long WattHours);

/// <summary>Everything that the hub's tables say, read with plain SQL and judged by nobody.</summary>
internal sealed class HubContent
{
    public List<Arrival> Arrivals { get; } = [];

    public Dictionary<(string Gateway, long Epoch), EpochContent> Epochs { get; } = [];

    public List<TotalRow> Totals { get; private set; } = [];

    public List<SegmentRow> Segments { get; private set; } = [];

    public List<ConflictRow> Conflicts { get; private set; } = [];

    public List<string> Events { get; private set; } = [];

    public List<(string Identity, bool HasBytes)> Parked { get; private set; } = [];

    /// <summary>Reads a hub, also one that is down.</summary>
    public static HubContent Read(SimulatedHub hub)
    {
        bool wasDown = hub.Database is null;
        using var opened = wasDown ? HubSchema.Open(hub.Address) : null;
        using var reader = (hub.Database ?? opened)!.OpenReaderAsync().AsTask().GetAwaiter().GetResult();
        var content = new HubContent();
        content.ReadLog(reader);
        content.Totals = Rows(reader, "SELECT r.name, segment_us, slot_end, total_wh FROM met_total t JOIN met_register r USING (register_id)",
            row => new TotalRow(row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3)));
        content.Segments = Rows(reader, "SELECT r.name, segment_us, opened_us, opening_wh, closed_us, closing_wh FROM met_segment JOIN met_register r USING (register_id)",
            row => new SegmentRow(row.GetString(0), row.GetInt64(1), Number(row, 2), Number(row, 3), Number(row, 4), Number(row, 5)));
        content.Conflicts = Rows(reader, "SELECT r.name, kind, segment_us, at_us, total_wh FROM met_conflict JOIN met_register r USING (register_id)",
            row => new ConflictRow(row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4)));
        content.Events = Rows(reader, "SELECT record_sha256 FROM ing_event", row => Convert.ToHexString(Bytes(row, 0)));
        content.Parked = Rows(reader, "SELECT record_sha256, CASE WHEN record IS NULL THEN 0 ELSE 1 END FROM ing_parked", row => (Convert.ToHexString(Bytes(row, 0)), row.GetInt64(1) == 1));
        return content;
    }

    private void ReadLog(DbConnection reader)
    {
        foreach (var epoch in Rows(reader, "SELECT g.name, epoch, base_sequence, base_chain, acked_sequence, acked_chain FROM ing_epoch JOIN ing_gateway g USING (gateway_id)",
            row => new EpochContent(row.GetString(0), row.GetInt64(1), row.GetInt64(2), Bytes(row, 3), row.GetInt64(4), Bytes(row, 5), [])))
            Epochs.Add((epoch.Gateway, epoch.Epoch), epoch);
        foreach (var (gateway, epoch, from, to, before, after, received, log) in Rows(reader,
            "SELECT g.name, epoch, from_sequence, to_sequence, chain_before, chain_after, received_us, records FROM ing_batch JOIN ing_gateway g USING (gateway_id) ORDER BY batch_id",
            row => (row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), Bytes(row, 4), Bytes(row, 5), row.GetInt64(6), Bytes(row, 7))))
        {
            var arrivals = Entries(log).Select(entry => entry.HasDamagedSha256
                ? new Arrival(gateway, Convert.ToHexString(entry.DamagedSha256.Span), null, received)
                : new Arrival(gateway, Convert.ToHexString(RecordChain.Hash(entry.Record.Span)), entry.Record.ToByteArray(), received)).ToList();
            Arrivals.AddRange(arrivals);
            Epochs[(gateway, epoch)].Batches.Add(new BatchContent(from, to, before, after, [.. arrivals.Select(arrival => arrival.Identity)]));
        }
    }

    private static IReadOnlyList<Entry> Entries(byte[] log)
    {
        using var inflate = new DeflateStream(new MemoryStream(log), CompressionMode.Decompress);
        return Batch.Parser.ParseFrom(inflate).Entries;
    }

    private static List<T> Rows<T>(DbConnection reader, string sql, Func<DbDataReader, T> read)
    {
        using var command = reader.CreateCommand();
        command.CommandText = sql;
        using var rows = command.ExecuteReader();
        var result = new List<T>();
        while (rows.Read()) result.Add(read(rows));
        return result;
    }

    private static byte[] Bytes(DbDataReader row, int column) => (byte[])row.GetValue(column);

    private static long? Number(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);
}

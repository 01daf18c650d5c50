using System.Diagnostics;
using Npgsql;
using NpgsqlTypes;

namespace CoMaKo.Benchmarks.Ingest;

/// <summary>
/// What PostgreSQL itself gives: binary COPY into a staging table of the session and an upsert into the hub's own table of totals, on one connection,
/// 10 000 rows a transaction, commits synced; no network, no parsing, no hash, no log.
/// </summary>
internal static class BareCopy
{
    private const int ChunkRows = 10_000;

    private const string Upsert = """
        INSERT INTO met_total (gateway_id, register_id, slot_end, segment_us, total_wh, quality, border_offset_ms, batch_id)
        SELECT gateway_id, register_id, slot_end, segment_us, total_wh, 1, 312, 0 FROM stage
        ON CONFLICT (gateway_id, register_id, slot_end, segment_us) DO UPDATE SET total_wh = excluded.total_wh WHERE excluded.total_wh > met_total.total_wh
        """;

    /// <param name="firstGateway">Gateways of this run that no other has.</param>
    /// <returns>Rows per second.</returns>
    public static async Task<double> RunAsync(NpgsqlConnection connection, int firstGateway, int gateways, int batches)
    {
        var rows = Enumerable.Range(0, batches).SelectMany(batch => Enumerable.Range(firstGateway, gateways).SelectMany(gateway => GatewayLoad.Keys(gateway, batch))).ToList();
        await ExecuteAsync(connection, "SET synchronous_commit = on");
        await ExecuteAsync(connection, "CREATE TEMP TABLE IF NOT EXISTS stage (gateway_id integer, register_id integer, slot_end bigint, segment_us bigint, total_wh bigint) ON COMMIT DELETE ROWS");
        long start = Stopwatch.GetTimestamp();
        for (int from = 0; from < rows.Count; from += ChunkRows)
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await using (var copy = await connection.BeginBinaryImportAsync("COPY stage FROM STDIN (FORMAT BINARY)"))
            {
                for (int i = from; i < Math.Min(rows.Count, from + ChunkRows); i++) Write(copy, rows[i]);
                await copy.CompleteAsync();
            }

            await ExecuteAsync(connection, Upsert);
            await transaction.CommitAsync();
        }

        return rows.Count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static void Write(NpgsqlBinaryImporter copy, (long Gateway, long Register, long SlotEnd, long Segment, long Total) row)
    {
        copy.StartRow();
        copy.Write((int)row.Gateway, NpgsqlDbType.Integer);
        copy.Write((int)row.Register, NpgsqlDbType.Integer);
        copy.Write(row.SlotEnd, NpgsqlDbType.Bigint);
        copy.Write(row.Segment, NpgsqlDbType.Bigint);
        copy.Write(row.Total, NpgsqlDbType.Bigint);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

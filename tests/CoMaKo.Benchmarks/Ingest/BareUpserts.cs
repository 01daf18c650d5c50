using System.Diagnostics;
using CoMaKo.Hub.Storage;

namespace CoMaKo.Benchmarks.Ingest;

/// <summary>
/// What SQLite itself gives: one prepared guarded upsert on one connection, 500 rows a transaction, the same keys, the same settings of the
/// database, no network, no parsing, no hash, no log. One thread, called through the product's own thin statement, which is the fastest way from .NET.
/// </summary>
internal static class BareUpserts
{
    private const string Schema = """
        CREATE TABLE total (gateway_id INTEGER NOT NULL, register_id INTEGER NOT NULL, slot_end INTEGER NOT NULL, segment_us INTEGER NOT NULL, total_wh INTEGER NOT NULL,
          quality INTEGER NOT NULL, border_offset_ms INTEGER NOT NULL, batch_id INTEGER NOT NULL, PRIMARY KEY (gateway_id, register_id, slot_end, segment_us)) WITHOUT ROWID
        """;

    private const string Upsert = """
        INSERT INTO total VALUES (?, ?, ?, ?, ?, 1, 312, ?)
        ON CONFLICT (gateway_id, register_id, slot_end, segment_us) DO UPDATE SET total_wh = excluded.total_wh WHERE excluded.total_wh > total_wh
        """;

    /// <returns>Rows per second.</returns>
    public static async Task<double> RunAsync(string folder, int gateways, int batches)
    {
        using var database = HubDatabase.Open(DatabaseAddress.OfFile(Path.Combine(folder, "bare.db")), [new MigrationScript("Bare", 1, "total", Schema)]);
        var rows = Enumerable.Range(0, batches).SelectMany(batch => Enumerable.Range(0, gateways).Select(gateway => GatewayLoad.Keys(gateway, batch).ToArray())).ToList();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < rows.Count; i++)
        {
            int batch = i;
            await database.WriteAsync(tx =>
            {
                var upsert = ((SqliteTransaction)tx).Prepare(Upsert);
                foreach (var row in rows[batch]) upsert.Bind(row.Gateway).Bind(row.Register).Bind(row.SlotEnd).Bind(row.Segment).Bind(row.Total).Bind(batch).Run();
                return ValueTask.CompletedTask;
            });
        }

        return rows.Count * (double)GatewayLoad.BatchRecords / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}

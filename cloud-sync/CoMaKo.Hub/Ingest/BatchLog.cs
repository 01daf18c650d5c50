using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;

namespace CoMaKo.Hub.Ingest;

/// <summary>The log of record bytes, one compressed row per batch.</summary>
internal static class BatchLog
{
    /// <summary>Logs what a batch holds from a sequence on, under the number that <paramref name="epoch"/> gives.</summary>
    public static void Append(HubTransaction tx, EpochRow epoch, VerifiedBatch batch, long from, (long Least, long Greatest)? slotEnds, long nowUs) =>
        tx.Prepare("""
            INSERT INTO ing_batch (batch_id, gateway_id, epoch, from_sequence, to_sequence, chain_before, chain_after, least_slot_end_s, greatest_slot_end_s, received_us, records)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """)
            .Bind(epoch.NextBatchId).Bind(epoch.GatewayId).Bind(epoch.Epoch).Bind(from).Bind(batch.To).Bind(batch.ChainAt(from - 1)).Bind(batch.ChainAt(batch.To))
            .Bind(slotEnds?.Least).Bind(slotEnds?.Greatest).Bind(nowUs).Bind(batch.CompressFrom(from)).Later();

    /// <summary>Whether the hub ever had a gateway's record with this sequence and this chain after it, in whatever epoch.</summary>
    /// <param name="before">Only batches with a lower number count.</param>
    public static async ValueTask<bool> HoldsAsync(HubTransaction tx, long gatewayId, long sequence, byte[] chain, long before = long.MaxValue)
    {
        if (sequence == 0) return chain.AsSpan().SequenceEqual(RecordChain.Start.Span);
        var batches = await tx.Prepare("""
            SELECT b.from_sequence, b.chain_before, b.records
            FROM ing_epoch e JOIN ing_batch b ON b.gateway_id = e.gateway_id AND b.epoch = e.epoch AND b.to_sequence >= $1 AND b.from_sequence =
              (SELECT max(from_sequence) FROM ing_batch WHERE gateway_id = e.gateway_id AND epoch = e.epoch AND from_sequence <= $1)
            WHERE e.gateway_id = $2 AND b.batch_id < $3
            """).Bind(sequence).Bind(gatewayId).Bind(before).ListAsync(row => (From: row.Int64(0), ChainBefore: row.Blob(1), Records: row.Blob(2)));
        return batches.Exists(batch => ChainAfter(batch.ChainBefore, batch.Records, (int)(sequence - batch.From) + 1).AsSpan().SequenceEqual(chain));
    }

    /// <summary>The chain after the first <paramref name="count"/> entries of a logged batch.</summary>
    public static byte[] ChainAfter(byte[] chainBefore, byte[] logged, int count)
    {
        byte[] chain = chainBefore;
        Span<byte> hash = stackalloc byte[RecordChain.Length];
        foreach (var entry in VerifiedBatch.Decompress(logged).Take(count))
        {
            VerifiedBatch.Hash(entry, hash);
            chain = RecordChain.Next(chain, hash);
        }

        return chain;
    }
}

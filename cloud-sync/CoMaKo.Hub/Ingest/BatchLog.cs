using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;

namespace CoMaKo.Hub.Ingest;

/// <summary>The log of record bytes, one compressed row per batch.</summary>
internal static class BatchLog
{
    /// <summary>Logs what a batch holds from a sequence on.</summary>
    /// <returns>The batch's number.</returns>
    public static long Append(HubTransaction tx, EpochRow epoch, VerifiedBatch batch, long from, (long Least, long Greatest)? slotEnds, long nowUs)
    {
        tx.Prepare("""
            INSERT INTO ing_batch (gateway_id, epoch, from_sequence, to_sequence, chain_before, chain_after, least_slot_end_s, greatest_slot_end_s, received_us, records)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
            .Bind(epoch.GatewayId).Bind(epoch.Epoch).Bind(from).Bind(batch.To).Bind(batch.ChainAt(from - 1)).Bind(batch.ChainAt(batch.To))
            .Bind(slotEnds?.Least).Bind(slotEnds?.Greatest).Bind(nowUs).Bind(batch.CompressFrom(from)).Run();
        return tx.LastRowId;
    }

    /// <summary>Whether the hub ever had a gateway's record with this sequence and this chain after it, in whatever epoch.</summary>
    /// <param name="before">Only batches with a lower number count.</param>
    public static bool Holds(HubTransaction tx, long gatewayId, long sequence, ReadOnlySpan<byte> chain, long before = long.MaxValue)
    {
        if (sequence == 0) return chain.SequenceEqual(RecordChain.Start.Span);
        var batches = tx.Prepare("""
            SELECT b.from_sequence, b.chain_before, b.records
            FROM ing_epoch e JOIN ing_batch b ON b.gateway_id = e.gateway_id AND b.epoch = e.epoch AND b.to_sequence >= ?2 AND b.from_sequence =
              (SELECT max(from_sequence) FROM ing_batch WHERE gateway_id = e.gateway_id AND epoch = e.epoch AND from_sequence <= ?2)
            WHERE e.gateway_id = ?1 AND b.batch_id < ?3
            """).Bind(gatewayId).Bind(sequence).Bind(before);
        bool held = false;
        while (!held && batches.Step())
            held = ChainAfter(batches.Blob(1), batches.Blob(2), (int)(sequence - batches.Int64(0)) + 1).AsSpan().SequenceEqual(chain);
        batches.Reset();
        return held;
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

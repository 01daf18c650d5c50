using CoMaKo.Contracts;
using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;
using Google.Protobuf;

namespace CoMaKo.Hub.Ingest;

/// <summary>Takes a register's totals out of the log of records: the hash of a record stands in the place of its bytes, so the chain over all records stays valid.</summary>
internal static class BatchErasure
{
    /// <summary>Erases the totals of a register with a slot end before <paramref name="before"/> (Unix seconds) from one logged batch.</summary>
    /// <returns>Records that lost their bytes.</returns>
    public static async ValueTask<int> EraseAsync(HubTransaction tx, long batchId, string register, long before)
    {
        if (await tx.Prepare("SELECT records FROM ing_batch WHERE batch_id = $1").Bind(batchId).FirstAsync(row => row.Blob(0)) is not { } logged) return 0;
        var entries = VerifiedBatch.Decompress(logged);
        int erased = 0;
        byte[] hash = new byte[RecordChain.Length];
        foreach (var entry in entries)
        {
            if (entry.HasDamagedSha256 || RecordCodec.Decode(entry.Record.Span) is not { Success: true, Value: RegisterTotal total } || total.Register.Value != register || total.SlotEnd >= before) continue;
            VerifiedBatch.Hash(entry, hash);
            entry.DamagedSha256 = ByteString.CopyFrom(hash);
            erased++;
        }

        if (erased > 0) await tx.Prepare("UPDATE ing_batch SET records = $1 WHERE batch_id = $2").Bind(VerifiedBatch.Compress(entries)).Bind(batchId).RunAsync();
        return erased;
    }
}

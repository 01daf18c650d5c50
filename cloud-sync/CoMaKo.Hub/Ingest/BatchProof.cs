using System.Globalization;
using CoMaKo.Contracts;
using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;
using Dapper;

namespace CoMaKo.Hub.Ingest;

/// <summary>Where a record came from, and whether the log still proves it.</summary>
/// <param name="Sequence">The record's place in the gateway's store.</param>
/// <param name="RecordSha256">Its identity.</param>
/// <param name="IsRehashed">The batch's logged bytes lead from its chain before to its chain after.</param>
/// <param name="LeadsToMark">The batches from this one on join without a break to what the hub acknowledged.</param>
internal sealed record RecordOrigin(
    string Gateway, string Epoch, long Sequence, long BatchFrom, long BatchTo, string RecordSha256, string ChainBefore, string ChainAfter, bool IsRehashed, bool LeadsToMark);

/// <summary>Finds a total in the log and re-hashes the batch that brought it.</summary>
internal sealed class BatchProof(HubDatabase database)
{
    private readonly GatewayReader gateways = new(database);

    /// <summary>The origin of a total; absent if the batch or the total is not in the log.</summary>
    public async Task<RecordOrigin?> OfAsync(long batchId, RegisterId register, long segment, long slotEnd)
    {
        if (await gateways.BatchAsync(batchId) is not { } batch) return null;
        var entries = VerifiedBatch.Decompress(batch.Records);
        for (int i = 0; i < entries.Count; i++)
        {
            if (entries[i].HasDamagedSha256 || RecordCodec.Decode(entries[i].Record.Span).Value is not RegisterTotal total) continue;
            if (total.Register != register || total.Segment != segment || total.SlotEnd != slotEnd) continue;
            bool isRehashed = BatchLog.ChainAfter(batch.ChainBefore, batch.Records, entries.Count).AsSpan().SequenceEqual(batch.ChainAfter);
            return new RecordOrigin(
                batch.Gateway, ((ulong)batch.Epoch).ToString("x16", CultureInfo.InvariantCulture), batch.FromSequence + i, batch.FromSequence, batch.ToSequence,
                Convert.ToHexStringLower(RecordChain.Hash(entries[i].Record.Span)), Convert.ToHexStringLower(batch.ChainBefore), Convert.ToHexStringLower(batch.ChainAfter),
                isRehashed, await LeadsToMarkAsync(batch));
        }

        return null;
    }

    private async Task<bool> LeadsToMarkAsync(LoggedBatch batch)
    {
        await using var reader = await database.OpenReaderAsync();
        byte[] chain = batch.ChainAfter;
        foreach (var (before, after) in await reader.QueryAsync<(byte[] Before, byte[] After)>("""
            SELECT b.chain_before, b.chain_after FROM ing_batch b JOIN ing_gateway g ON g.gateway_id = b.gateway_id
            WHERE g.name = @Gateway AND b.epoch = @Epoch AND b.from_sequence > @FromSequence ORDER BY b.from_sequence
            """, new { batch.Gateway, batch.Epoch, batch.FromSequence }))
        {
            if (!chain.AsSpan().SequenceEqual(before)) return false;
            chain = after;
        }

        byte[] mark = await reader.QuerySingleAsync<byte[]>(
            "SELECT e.acked_chain FROM ing_epoch e JOIN ing_gateway g ON g.gateway_id = e.gateway_id WHERE g.name = @Gateway AND e.epoch = @Epoch", new { batch.Gateway, batch.Epoch });
        return chain.AsSpan().SequenceEqual(mark);
    }
}

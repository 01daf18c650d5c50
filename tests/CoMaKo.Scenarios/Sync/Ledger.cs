using CoMaKo.Contracts;
using CoMaKo.Quantities;

namespace CoMaKo.Scenarios.Sync;

/// <summary>What the generator knows: every record that ever became durable, and those that the hub must have in the end.</summary>
internal sealed class Ledger
{
    /// <summary>Every record that any store took, by identity.</summary>
    public Dictionary<string, SyncRecord> Ever { get; } = [];

    /// <summary>Records that are not lost by design: some live disk or the hub's database has held them all the time.</summary>
    public HashSet<string> Kept { get; } = [];

    public void NoteDurable(IEnumerable<SyncRecord> records)
    {
        foreach (var record in records)
        {
            string identity = Convert.ToHexString(RecordChain.Hash(RecordCodec.Encode(record)));
            Ever[identity] = record;
            Kept.Add(identity);
        }
    }

    /// <summary>A disk or the hub's database is gone: what nobody else holds is lost by design.</summary>
    public void LoseAllBut(IEnumerable<string> held) => Kept.IntersectWith(held);
}

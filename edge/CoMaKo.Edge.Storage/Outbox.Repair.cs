using CoMaKo.Quantities;

namespace CoMaKo.Edge.Storage;

public sealed partial class Outbox
{
    private const int MendPage = 500;

    /// <summary>
    /// Makes the stored chain follow from the record before <paramref name="from"/> on. A damaged chain value alone is restored exactly.
    /// If the history cannot be restored (identity and bytes of a record are lost), the chain of all that follows changes:
    /// then everything held is sent again under a new epoch.
    /// </summary>
    /// <returns>Number of changed records.</returns>
    private int Mend(IStoreTables tables, long from)
    {
        var row = tables.Row;
        byte[] chain = ChainAt(tables, row, from - 1) ?? throw new InvalidDataException(FormattableString.Invariant($"Record {from - 1} is missing."));
        long sequence = from - 1;
        int changed = 0;
        bool joined = true; // the stored chain agrees at the last record looked at
        for (var page = tables.After(sequence, MendPage); page.Count > 0; page = tables.After(sequence, MendPage))
        {
            foreach (var stored in page)
            {
                if (stored.Sequence != sequence + 1) throw new InvalidDataException(FormattableString.Invariant($"Record {sequence + 1} is missing."));
                sequence = stored.Sequence;
                chain = RecordChain.Next(chain, stored.Identity(chain).Hash);
                joined = chain.AsSpan().SequenceEqual(stored.Chain);
                if (joined) continue;
                tables.SetChain(sequence, chain);
                changed++;
            }
        }

        if (!joined) NewEpoch(tables);
        return changed;
    }
}

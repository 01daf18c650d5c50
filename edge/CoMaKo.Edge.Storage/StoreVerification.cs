using CoMaKo.Quantities;

namespace CoMaKo.Edge.Storage;

/// <summary>
/// Reads a whole store and checks its structure, every record's identity and chain, gaps in the sequence, and that typed columns and records belong together.
/// Only reads, in short steps, so that it may run beside the gateway.
/// </summary>
/// <remarks>
/// <c>CME-1704</c> unreadable · <c>CME-1711</c> structure · <c>CME-1712</c> gap · <c>CME-1713</c> damaged record · <c>CME-1714</c> broken chain ·
/// <c>CME-1715</c> typed columns · <c>CME-1716</c> the store's own row · <c>CME-1717</c> no store there.
/// </remarks>
public sealed class StoreVerification
{
    public const int MaxFindings = 1000;

    private const int Step = 2000;

    private readonly List<Finding> findings = [];
    private long records;
    private long damaged;

    private StoreVerification()
    {
    }

    /// <summary>Checks a store of SQLite.</summary>
    /// <param name="dataDirectory">The gateway's data directory.</param>
    /// <param name="progress">Told after every step; absent if nobody watches.</param>
    /// <param name="cancellationToken">Stops between two steps.</param>
    public static StoreReport Run(string dataDirectory, IProgress<StoreProgress>? progress, CancellationToken cancellationToken) =>
        Run(new StoreFiles(dataDirectory, SqliteOutbox.DatabaseName), files => new SqliteInspection(files.Database), progress, cancellationToken);

    /// <summary>Checks a store of any engine.</summary>
    internal static StoreReport Run(StoreFiles files, Func<StoreFiles, IStoreInspection> open, IProgress<StoreProgress>? progress, CancellationToken cancellationToken)
    {
        var verification = new StoreVerification();
        if (!File.Exists(files.Database))
            return verification.Report(null, "CME-1717", files.DataDirectory, "There is no store in this directory. Name the gateway's data directory with --data.");
        try
        {
            using var store = open(files);
            return verification.Check(store, progress, cancellationToken);
        }
        catch (StoreException e)
        {
            return verification.Report(null, e.Code, files.DataDirectory, e.Message);
        }
        catch (InvalidDataException e)
        {
            return verification.Report(null, "CME-1704", files.Database, $"The store is unreadable ({e.Message}). The gateway sets it aside at its next start.");
        }
    }

    private StoreReport Check(IStoreInspection store, IProgress<StoreProgress>? progress, CancellationToken cancellationToken)
    {
        foreach (string line in store.Structure()) Add("CME-1711", "database", line);
        CheckRecords(store, progress, cancellationToken);
        foreach (long sequence in store.Unmatched())
            Add("CME-1715", FormattableString.Invariant($"record {sequence}"), "Record and typed columns do not belong together.");
        return store.Read(t => Report(t, t.Row));
    }

    private void CheckRecords(IStoreInspection store, IProgress<StoreProgress>? progress, CancellationToken cancellationToken)
    {
        long of = store.Count();
        ChainLink? last = null;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var before = last;
            last = store.Read(t => CheckStep(t, before));
            progress?.Report(new StoreProgress(records, of));
            if (last == before) return;
        }
    }

    /// <summary>Checks the records after <paramref name="before"/>; the gateway may have deleted old ones since the last step.</summary>
    private ChainLink? CheckStep(IStoreTables tables, ChainLink? before)
    {
        var row = tables.Row;
        var last = before is { } link && link.Sequence >= row.First - 1 ? link : new ChainLink(row.First - 1, row.ChainBeforeFirst);
        var page = tables.After(last.Sequence, Step);
        if (page.Count == 0) return before;
        foreach (var stored in page)
        {
            string place = FormattableString.Invariant($"record {stored.Sequence}");
            if (stored.Sequence != last.Sequence + 1)
            {
                Add("CME-1712", place, FormattableString.Invariant($"Records {last.Sequence + 1} to {stored.Sequence - 1} are missing before it."));
                last = new ChainLink(stored.Sequence, stored.Chain); // the chain cannot be checked across a gap
            }
            else
            {
                last = new ChainLink(stored.Sequence, CheckChain(stored, last.Chain, place));
            }

            records++;
        }

        return last;
    }

    private byte[] CheckChain(StoredRecord stored, byte[] before, string place)
    {
        var (hash, intact) = stored.Identity(before);
        if (!intact || !RecordChain.Hash(stored.Bytes).AsSpan().SequenceEqual(stored.Hash))
        {
            damaged += intact ? 0 : 1;
            Add("CME-1713", place, intact ? "The stored hash is damaged; the bytes are proved by the chain." : "The bytes do not match the hash; the record is sent as its hash.");
        }

        byte[] chain = RecordChain.Next(before, hash);
        if (!chain.AsSpan().SequenceEqual(stored.Chain)) Add("CME-1714", place, "The stored chain does not follow from the record before.");
        return stored.Chain;
    }

    private StoreReport Report(IStoreTables tables, StoreRow row)
    {
        long next = tables.Newest is { } newest ? newest.Sequence + 1 : row.First;
        if (row.Acknowledged < row.First - 1 || row.Acknowledged >= next)
            Add("CME-1716", "store", FormattableString.Invariant($"The mark {row.Acknowledged} is outside the held records {row.First} to {next - 1}."));
        return new StoreReport(row.Epoch, row.First, next, row.Acknowledged, records, damaged, findings);
    }

    private StoreReport Report(Epoch? epoch, string code, string place, string text)
    {
        Add(code, place, text);
        return new StoreReport(epoch, 0, 0, 0, records, damaged, findings);
    }

    private void Add(string code, string path, string text)
    {
        if (findings.Count < MaxFindings) findings.Add(new Finding(code, path, null, text));
    }
}

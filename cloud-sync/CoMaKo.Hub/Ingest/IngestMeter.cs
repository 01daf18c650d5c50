namespace CoMaKo.Hub.Ingest;

/// <summary>Counters of ingest since the process started.</summary>
internal sealed class IngestMeter
{
    private long batches;
    private long records;
    private long parked;

    public long Batches => Interlocked.Read(ref batches);

    /// <summary>Records above the mark that were taken.</summary>
    public long Records => Interlocked.Read(ref records);

    public long Parked => Interlocked.Read(ref parked);

    public void Batch(int appliedRecords, int parkedRecords)
    {
        Interlocked.Increment(ref batches);
        Interlocked.Add(ref records, appliedRecords);
        Interlocked.Add(ref parked, parkedRecords);
    }
}

namespace CoMaKo.Hub.Ingest;

/// <summary>Counters of ingest since the process started.</summary>
internal sealed class IngestMeter
{
    /// <summary>Upper bounds in seconds of the classes of <see cref="AnsweredWithin"/>.</summary>
    public static readonly double[] Bounds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10];

    private readonly long[] answered = new long[Bounds.Length + 1];
    private long answeredTicks;
    private long batches;
    private long records;
    private long parked;

    public long Batches => Interlocked.Read(ref batches);

    /// <summary>Records above the mark that were taken.</summary>
    public long Records => Interlocked.Read(ref records);

    public long Parked => Interlocked.Read(ref parked);

    /// <summary>Seconds from the last byte of a batch to its answer, all together.</summary>
    public double AnsweredSeconds => TimeSpan.FromTicks(Interlocked.Read(ref answeredTicks)).TotalSeconds;

    /// <summary>Batches per class of that time, the last one without a bound.</summary>
    public IReadOnlyList<long> AnsweredWithin => [.. answered.Select((_, i) => Interlocked.Read(ref answered[i]))];

    public void Batch(int appliedRecords, int parkedRecords, TimeSpan time)
    {
        int bound = Array.FindIndex(Bounds, bound => time.TotalSeconds <= bound);
        Interlocked.Increment(ref answered[bound < 0 ? Bounds.Length : bound]);
        Interlocked.Add(ref answeredTicks, time.Ticks);
        Interlocked.Increment(ref batches);
        Interlocked.Add(ref records, appliedRecords);
        Interlocked.Add(ref parked, parkedRecords);
    }
}

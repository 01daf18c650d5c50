namespace CoMaKo.Devices;

/// <summary>What has passed over the link of one device since the start. Counters only grow; safe from any thread.</summary>
public sealed class LinkStatistics
{
    private long good;
    private long crcErrors;
    private long otherErrors;
    private long timeouts;
    private long bytes;

    public long GoodFrames => Interlocked.Read(ref good);

    public long CrcErrors => Interlocked.Read(ref crcErrors);

    public long OtherErrors => Interlocked.Read(ref otherErrors);

    public long Timeouts => Interlocked.Read(ref timeouts);

    public long Bytes => Interlocked.Read(ref bytes);

    public void CountGood() => Interlocked.Increment(ref good);

    public void CountBytes(int count) => Interlocked.Add(ref bytes, count);

    public void CountFault(FrameFault fault)
    {
        switch (fault)
        {
            case FrameFault.Crc: Interlocked.Increment(ref crcErrors); break;
            case FrameFault.Timeout: Interlocked.Increment(ref timeouts); break;
            default: Interlocked.Increment(ref otherErrors); break;
        }
    }
}

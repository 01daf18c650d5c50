namespace CoMaKo.Edge.Control.Balancing;

/// <summary>
/// Learns a battery's response from normal operation: each change above 1 kW in a quiet load is an observation, several that agree are believed (local-control §2.2).
/// Seconds of the monotonic clock, watts.
/// </summary>
internal sealed class ResponseLearner
{
    private const double LeastChange = 1000;

    /// <summary>A change is complete within this time (the ramp of the law), what comes later belongs to the answer.</summary>
    private const double ChangeTime = 3;

    /// <summary>The model must explain nearly everything: a load that moved would pass for a delay.</summary>
    private const double LeastFit = 0.985;

    /// <summary>Dynamics that explain this much are kept: new ones would only follow the noise.</summary>
    private const double GoodEnough = 0.995;

    /// <summary>Samples kept from before a change: they show where it began.</summary>
    private const int Ahead = 3;

    private const int Observations = 5;
    private const int Believed = 3;

    private readonly List<TimedPower> commands = [];
    private readonly List<TimedPower> meter = [];
    private readonly List<TimedPower> readings = [];
    private readonly Queue<ResponseFit> seen = new();
    private double? started;
    private double startPower;

    public void Command(double at, double watts, BatteryDynamics now)
    {
        double before = commands.Count > 0 ? commands[^1].Watts : 0;
        if (started is null && commands.Count > 0 && Math.Abs(watts - before) >= LeastChange / 2 && IsQuietSince(at - now.Settling.TotalSeconds))
        {
            // The last sample before the write already shows the load that caused it; the battery has rested for longer.
            (started, startPower) = (at, before);
            KeepLast(meter, 1);
            KeepLast(readings, Ahead);
        }

        commands.Add(new(at, watts));
    }

    /// <summary>The battery left our hands: what was collected says nothing.</summary>
    public void Release() => Start();

    public void Meter(double at, double watts)
    {
        if (started is null) KeepLast(meter, Ahead);
        meter.Add(new(at, watts));
    }

    public void Reading(double at, double watts)
    {
        if (started is null) KeepLast(readings, Ahead);
        readings.Add(new(at, watts));
    }

    /// <summary>What can be learned by now; mostly nothing.</summary>
    public ResponseFit? Learn(double now, BatteryDynamics known, bool isLearned)
    {
        if (started is not { } start || now < start + ChangeTime) return null;
        double change = commands.Where(c => c.At <= start + ChangeTime).Max(c => Math.Abs(c.Watts - startPower));
        bool isOver = now >= start + ChangeTime + Math.Max(8, known.Settling.TotalSeconds + 3);
        if (!isOver && change >= LeastChange) return null;
        var segment = new ResponseSegment(startPower, [.. commands.Where(c => c.At >= start)], [.. meter], [.. readings]);
        Start();
        return change >= LeastChange ? Learn(segment, isLearned ? known : null) : null;
    }

    private ResponseFit? Learn(ResponseSegment segment, BatteryDynamics? known)
    {
        if (known is not null && ResponseFit.Check([segment], known) is { MeterFit: >= GoodEnough, ReadingFit: >= GoodEnough })
        {
            seen.Clear();
            return null;
        }

        if (ResponseFit.Of([segment]) is not { } fit || !IsClear(fit)) return null;
        seen.Enqueue(fit);
        if (seen.Count > Observations) seen.Dequeue();
        return seen.Count >= Believed ? Median() : null;
    }

    /// <summary>Begins anew, e.g. because the old observations led to an oscillation.</summary>
    public void Forget() => seen.Clear();

    private static bool IsClear(ResponseFit fit) =>
        fit is { MeterFit: >= LeastFit, ReadingFit: >= LeastFit, MeterGain: > 0.8 and < 1.2, ReadingGain: > 0.8 and < 1.2 };

    private static void KeepLast(List<TimedPower> samples, int count)
    {
        if (samples.Count > count) samples.RemoveRange(0, samples.Count - count);
    }

    private bool IsQuietSince(double time)
    {
        var recent = commands.Where((c, i) => i == commands.Count - 1 || commands[i + 1].At >= time).ToList();
        return recent.Max(c => c.Watts) - recent.Min(c => c.Watts) < LeastChange / 10;
    }

    private void Start()
    {
        started = null;
        if (commands.Count > 64) commands.RemoveRange(0, commands.Count - 64);
    }

    private ResponseFit? Median()
    {
        ResponseFit Middle(Func<ResponseFit, double> by) => seen.OrderBy(by).ElementAt(seen.Count / 2);
        var middle = Middle(f => f.MeterDelay);
        bool agree = seen.Count(f => Math.Abs(f.MeterDelay - middle.MeterDelay) <= 0.5) >= Believed;
        return agree
            ? middle with { ReadingDelay = Middle(f => f.ReadingDelay).ReadingDelay, TimeConstant = Middle(f => f.TimeConstant).TimeConstant, Ramp = Middle(f => f.Ramp ?? double.MaxValue).Ramp }
            : null;
    }
}

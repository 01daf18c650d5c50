using CoMaKo.Edge.Control.Limits;
using NodaTime;

namespace CoMaKo.Edge.Control.Dispatch;

/// <summary>How much may be done with the readings that there are (local-control §5).</summary>
internal enum Footing
{
    /// <summary>Follow the meter.</summary>
    Firm,

    /// <summary>Nothing new, no renewal.</summary>
    Frozen,

    /// <summary>To 0 W, or to the own loop.</summary>
    Leaving,

    /// <summary>Back to the own mode.</summary>
    Gone,
}

/// <summary>Judges the grid meter by its age and by how many of its samples arrive.</summary>
internal sealed class FallbackLadder
{
    private static readonly Duration FreezeAfter = Duration.FromSeconds(5), LeaveAfter = SiteBalance.MeterLost, ReleaseAfter = Duration.FromSeconds(60), Window = Duration.FromSeconds(60);
    private readonly Queue<Duration> arrivals = [];
    private Duration? begun;
    private Duration? newest;

    public (Footing Footing, string? Cause) Judge(ControlImage now)
    {
        begun ??= now.Monotonic;
        if (now.Grid is not { } grid) return now.Monotonic - begun > LeaveAfter ? (Footing.Gone, Causes.MeterLost) : (Footing.Frozen, Causes.MeterStale);
        Count(grid, now.Monotonic);
        var age = grid.AgeAt(now.Monotonic);
        var slow = grid.Period * 3;
        if (age > Duration.Max(ReleaseAfter, slow + ReleaseAfter - LeaveAfter)) return (Footing.Gone, Causes.MeterLost);
        if (age > Duration.Max(LeaveAfter, slow)) return (Footing.Leaving, Causes.MeterLost);
        if (MostlyFails(grid.Period, now.Monotonic)) return (Footing.Gone, Causes.MeterErrors);
        return age > Duration.Max(FreezeAfter, slow) ? (Footing.Frozen, Causes.MeterStale) : (Footing.Firm, null);
    }

    private void Count(Measured grid, Duration now)
    {
        if (newest != grid.Monotonic)
        {
            // A meter that was gone and is back begins anew; what is looked for here is one that comes and goes.
            if (newest is { } last && now - last > Duration.Max(LeaveAfter, grid.Period * 3))
            {
                begun = now;
                arrivals.Clear();
            }

            newest = grid.Monotonic;
            arrivals.Enqueue(now);
        }

        while (arrivals.TryPeek(out var oldest) && now - oldest > Window) arrivals.Dequeue();
    }

    /// <summary>Fewer than half of the samples of a minute; judged after the first full minute.</summary>
    private bool MostlyFails(Duration period, Duration now) => now - begun > Window && arrivals.Count * 2 < (int)(Window / period);
}

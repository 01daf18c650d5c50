using CoMaKo.Edge.Control.Balancing;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Dispatch;

/// <summary>How the control cycle runs.</summary>
public sealed record DispatcherSettings
{
    public Duration Period { get; init; } = Duration.FromSeconds(1);

    /// <summary>However often it is woken, no more than one cycle in this time.</summary>
    public Duration ShortestPeriod { get; init; } = Duration.FromMilliseconds(100);

    /// <summary>Power at the connection that self-consumption aims at, + import.</summary>
    public Power GridTarget { get; init; } = GridTargets.Normal;

    /// <summary>Billed maximum that the driven batteries keep; absent: none.</summary>
    public PeakShavingSettings? Peaks { get; init; }

    /// <summary>With lost readings the batteries go to 0 W within this time.</summary>
    public Duration LeaveWithin { get; init; } = Duration.FromSeconds(10);

    /// <summary>At most so many decision records in a minute; what is left out is counted in the next summary.</summary>
    public int RecordsPerMinute { get; init; } = 12;
}

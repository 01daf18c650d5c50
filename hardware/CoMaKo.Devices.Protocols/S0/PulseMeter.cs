using NodaTime;

namespace CoMaKo.Devices.Protocols.S0;

/// <summary>What a pulse output gives (metering.md §5; EN 62053-31).</summary>
/// <param name="PulsesPerKilowattHour">On the meter's label, e.g. 1000.</param>
public sealed record PulseOptions(decimal PulsesPerKilowattHour)
{
    /// <summary>The contact closes to ground, so that a pulse is low.</summary>
    public bool PulseIsHigh { get; init; }

    /// <summary>Shortest pulse and shortest pause of the output.</summary>
    public Duration PulseLength { get; init; } = Duration.FromMilliseconds(30);

    /// <summary>More than this cannot flow (fuse); pulses that come faster are bounces.</summary>
    public decimal GreatestWatts { get; init; } = 30_000;

    /// <summary>After so long without a pulse the power counts as 0.</summary>
    public Duration Silence { get; init; } = Duration.FromMinutes(15);

    /// <summary>What the meter's display showed when the count began, Wh.</summary>
    public decimal StartWattHours { get; init; }
}

/// <summary>Where a count stands; goes on from there after a restart.</summary>
/// <param name="Pulses">Counted.</param>
/// <param name="Rejected">Too short, or faster than the fuse allows.</param>
/// <param name="LostEdges">Edges that the kernel had to drop; the pulses among them are not known and not added.</param>
public sealed record PulseCount(long Pulses, long Rejected, long LostEdges)
{
    public static readonly PulseCount Zero = new(0, 0, 0);
}

/// <summary>Edges of a pulse output to energy and power. Not safe from several threads.</summary>
public sealed class PulseMeter
{
    /// <summary>A kernel that debounces in software stamps edges by its tick (up to 10 ms).</summary>
    private static readonly Duration Tick = Duration.FromMilliseconds(10);

    private readonly PulseOptions options;
    private readonly Duration least;
    private readonly Duration closest;
    private readonly decimal wattHours;
    private readonly Duration began;
    private uint? sequence;
    private Duration? pulseBegan;
    private Duration? last;
    private Duration? gap;

    /// <param name="restored">Where an earlier run stopped.</param>
    /// <param name="now">The edges' clock.</param>
    public PulseMeter(PulseOptions options, PulseCount restored, Duration now)
    {
        ArgumentNullException.ThrowIfNull(options);
        (this.options, Count, began) = (options, restored, now);
        least = options.PulseLength > Tick + Tick ? options.PulseLength - Tick : options.PulseLength / 2;
        wattHours = 1000 / options.PulsesPerKilowattHour;
        closest = Duration.FromSeconds((double)(wattHours * 3600 / options.GreatestWatts / 1.1m));
    }

    public PulseCount Count { get; private set; }

    /// <summary>Register total, Wh; exact.</summary>
    public decimal TotalWattHours => options.StartWattHours + Count.Pulses * 1000m / options.PulsesPerKilowattHour;

    /// <summary>Energy of one pulse, Wh.</summary>
    public decimal Step => wattHours;

    public void Accept(GpioEdge edge)
    {
        if (sequence is { } before && edge.Sequence != before + 1)
        {
            Count = Count with { LostEdges = Count.LostEdges + (edge.Sequence - before - 1) };
            (pulseBegan, gap) = (null, null); // what lies between is not known
            last = null;
        }

        sequence = edge.Sequence;
        if (edge.Rising == options.PulseIsHigh) pulseBegan = edge.Monotonic;
        else if (pulseBegan is { } start) Finish(start, edge.Monotonic);
    }

    /// <summary>The line was opened again: its sequence starts anew, and a pulse that was under way is lost.</summary>
    public void Restart() => (sequence, pulseBegan, last, gap) = (null, null, null, null);

    /// <summary>Power from the distance of the last two pulses, W; falls when the next is overdue, 0 after a long silence. Absent until two pulses are known.</summary>
    public decimal? PowerAt(Duration now)
    {
        var since = now - (last ?? began);
        if (since >= options.Silence) return 0;
        if (last is null || gap is not { } distance) return null;
        return wattHours * 3600 / (decimal)(since <= distance * 2 ? distance : since).TotalSeconds;
    }

    private void Finish(Duration start, Duration end)
    {
        pulseBegan = null;
        if (end - start < least || (last is { } earlier && start - earlier < closest))
        {
            Count = Count with { Rejected = Count.Rejected + 1 };
            return;
        }

        gap = last is { } previous ? start - previous : null;
        last = start;
        Count = Count with { Pulses = Count.Pulses + 1 };
    }
}

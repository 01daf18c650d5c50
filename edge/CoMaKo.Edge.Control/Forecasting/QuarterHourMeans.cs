using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Forecasting;

/// <summary>
/// Turns the control cycles of a quarter hour into its mean powers: each fresh value holds until the next cycle, at most a few seconds.
/// A quantity that was known for less than nine tenths of the slot has no mean; the missing part is never filled.
/// </summary>
/// <param name="hasPv">The building has PV; without it none is counted as a measured nothing.</param>
public sealed class QuarterHourMeans(bool hasPv)
{
    private static readonly Duration LongestHold = Duration.FromSeconds(5);
    private static readonly Duration NeededCover = Duration.FromSeconds(QuarterHour.Seconds * 9 / 10);

    private readonly Sum load = new(), pv = new(), grid = new(), battery = new();
    private QuarterHour? slot;
    private Instant last;
    private decimal? soc;

    /// <summary>Counts the time since the last cycle with the values of this one.</summary>
    /// <returns>The quarter hour that has just ended; absent while it goes on and after a clock step.</returns>
    public QuarterHourMean? Add(ControlImage now)
    {
        ArgumentNullException.ThrowIfNull(now);
        var current = QuarterHour.Containing(now.At);
        QuarterHourMean? ended = null;
        if (slot is { } running && current != running)
        {
            if (current == running.Next) ended = new(running, load.Mean, pv.Mean, grid.Mean, battery.Mean, soc);
            foreach (var sum in (Sum[])[load, pv, grid, battery]) sum.Clear();
        }

        var since = slot is null || now.At < last ? Duration.Zero : Duration.Min(now.At - Instant.Max(last, current.Start), LongestHold);
        (slot, last, soc) = (current, now.At, now.Batteries is [var only] ? only.SoC?.Percent : null);
        Count(now, since);
        return ended;
    }

    private void Count(ControlImage now, Duration since)
    {
        var g = Fresh(now.Grid, now);
        var p = hasPv ? Fresh(now.Pv, now) : Power.Zero;
        var b = Batteries(now);
        grid.Add(g, since);
        pv.Add(p, since);
        battery.Add(b, since);
        load.Add(g is { } x && p is { } y && b is { } z ? x + y + z : null, since);
    }

    private static Power? Batteries(ControlImage now)
    {
        Power sum = Power.Zero;
        foreach (var one in now.Batteries)
        {
            if (Fresh(one.Power, now) is not { } power) return null;
            sum += power;
        }

        return sum;
    }

    private static Power? Fresh(Measured? measured, ControlImage now) =>
        measured is { } m && m.AgeAt(now.Monotonic) <= m.Period * 3 ? m.Value : null;

    private sealed class Sum
    {
        private Duration known;
        private decimal wattSeconds;

        public Power? Mean => known >= NeededCover ? Power.FromWatts(wattSeconds / (decimal)known.TotalSeconds) : null;

        public void Add(Power? power, Duration since)
        {
            if (power is not { } value) return;
            known += since;
            wattSeconds += value.Watts * (decimal)since.TotalSeconds;
        }

        public void Clear() => (known, wattSeconds) = (Duration.Zero, 0);
    }
}

/// <summary>Mean powers of one quarter hour.</summary>
/// <param name="Load">Consumption without battery and PV: grid + PV + battery.</param>
/// <param name="SoCPercent">State of charge at its end, with one battery only.</param>
public sealed record QuarterHourMean(QuarterHour Slot, Power? Load, Power? Pv, Power? Grid, Power? Battery, decimal? SoCPercent);

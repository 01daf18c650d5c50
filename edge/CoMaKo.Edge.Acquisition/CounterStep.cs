namespace CoMaKo.Edge.Acquisition;

/// <summary>Whether a counter can have gone from one value to another: the one rule for every place that compares two readings of a register.</summary>
/// <remarks>All values in Wh after the CT factor.</remarks>
public static class CounterStep
{
    /// <summary>Tolerance on the rated power (metering reference §4.8).</summary>
    private const decimal Margin = 1.1m;

    /// <summary>A step that the driver could not tell may be as coarse as a locked meter's: 1 kWh on its display.</summary>
    private const decimal CoarsestStep = 1000m;

    /// <summary>The smallest display that rolls over: four digits of kWh.</summary>
    private const decimal SmallestCapacity = 10_000_000m;

    /// <summary>No register of a building counts further (1 PWh).</summary>
    public const decimal Greatest = 1e15m;

    /// <param name="last">Last accepted value.</param>
    /// <param name="lastStep">Its step; 0 where unknown.</param>
    /// <param name="value">The new value.</param>
    /// <param name="step">Its step; 0 where unknown.</param>
    /// <param name="isFloat">A binary float never rolls over at 2³².</param>
    /// <param name="hours">How long energy can have flowed between the two.</param>
    /// <param name="settings">Rated power, CT factor and capacity.</param>
    public static CounterVerdict Judge(decimal last, decimal lastStep, decimal value, decimal step, bool isFloat, decimal hours, DeviceSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        decimal known = Math.Max(lastStep, step);
        decimal possible = settings.RatedPowerWatts * Margin * Math.Max(hours, 0m) + (known > 0 ? known : CoarsestStep * settings.CtFactor);
        decimal difference = value - last;
        if (difference >= -known) return difference <= possible ? CounterVerdict.Plausible : CounterVerdict.Implausible;
        foreach (decimal capacity in Capacities(last, step, isFloat, settings))
        {
            if (value < capacity && capacity - last + value <= possible) return new(CounterChange.RolledOver, capacity);
        }

        return CounterVerdict.Implausible;
    }

    /// <summary>Where a register that shows <paramref name="last"/> may roll over: as configured; else the next power of ten of kWh on its display
    /// (9999, 99 999, … and all decimals), or 2³² of its steps.</summary>
    private static IEnumerable<decimal> Capacities(decimal last, decimal step, bool isFloat, DeviceSettings settings)
    {
        if (settings.CapacityWattHours is { } configured)
        {
            if (last < configured) yield return configured;
            yield break;
        }

        decimal display = SmallestCapacity * settings.CtFactor;
        while (display <= last) display *= 10;
        yield return display;
        decimal binary = 4_294_967_296m * step;
        if (!isFloat && binary > last) yield return binary;
    }
}

/// <summary>How a counter got from one value to the next.</summary>
/// <param name="Capacity">Where it rolled over, in Wh; 0 otherwise.</param>
public readonly record struct CounterVerdict(CounterChange Change, decimal Capacity)
{
    public static readonly CounterVerdict Plausible = new(CounterChange.Plausible, 0);

    public static readonly CounterVerdict Implausible = new(CounterChange.Implausible, 0);
}

public enum CounterChange
{
    /// <summary>Forwards as far as the connection allows, or back by at most one step (the running maximum holds).</summary>
    Plausible,

    /// <summary>Through its end, and the wrapped difference is possible.</summary>
    RolledOver,

    /// <summary>Neither: a wrong value, or the register was reset.</summary>
    Implausible,
}

using CoMaKo.Devices;
using NodaTime;

namespace CoMaKo.Edge.Acquisition;

/// <summary>Energy of a measured power by the trapezoidal rule, apart for the two directions. Bridges no gap over 60 s.</summary>
public sealed class PowerIntegral(DeviceRole role)
{
    private const decimal NanosecondsPerHour = 3.6e12m;
    private (Duration At, decimal Watts)? last;

    /// <summary>Adds a measured power and returns what has flowed since the one before.</summary>
    /// <param name="monotonic">When it was measured.</param>
    /// <param name="watts">Positive towards the building (load: towards the consumer).</param>
    public FlowedEnergy Add(Duration monotonic, decimal watts)
    {
        var before = last;
        last = (monotonic, watts);
        if (before is not { } from || monotonic <= from.At || monotonic - from.At > SlotBorders.LongestGap) return default;
        decimal hours = (long)(monotonic - from.At).ToInt64Nanoseconds() / NanosecondsPerHour;
        var (positive, negative) = Areas(from.Watts, watts);
        decimal leastPositive = Math.Max(0, Math.Min(from.Watts, watts));
        decimal leastNegative = Math.Max(0, -Math.Max(from.Watts, watts));
        // Generation and storage count what they deliver as export, as a generation meter does.
        return role is DeviceRole.Pv or DeviceRole.Battery
            ? new(WattHours(negative), WattHours(positive), WattHours(leastNegative), WattHours(leastPositive))
            : new(WattHours(positive), WattHours(negative), WattHours(leastPositive), WattHours(leastNegative));

        decimal WattHours(decimal mean) => decimal.Round(mean * hours, 9);
    }

    /// <summary>Mean positive and mean negative part of a straight line from one power to the other.</summary>
    private static (decimal Positive, decimal Negative) Areas(decimal from, decimal to)
    {
        if (from >= 0 && to >= 0) return ((from + to) / 2, 0);
        if (from <= 0 && to <= 0) return (0, -(from + to) / 2);
        decimal crossing = from / (from - to); // share of the time before the line crosses zero
        decimal first = Math.Abs(from) * crossing / 2;
        decimal second = Math.Abs(to) * (1 - crossing) / 2;
        return from > 0 ? (first, second) : (second, first);
    }
}

/// <summary>Energy between two measurements of power, in Wh, 0 or more.</summary>
/// <param name="LeastImport">The same by the smaller of the two powers: what flowed at least, unless the power dipped in between.</param>
public readonly record struct FlowedEnergy(decimal Import, decimal Export, decimal LeastImport, decimal LeastExport);

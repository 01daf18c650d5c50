using CoMaKo.Devices;
using NodaTime;

namespace CoMaKo.Edge.Acquisition;

/// <summary>Energy of a measured power by the trapezoidal rule, apart for the two directions. Bridges no gap over 60 s.</summary>
public sealed class PowerIntegral(DeviceRole role)
{
    private const decimal NanosecondsPerHour = 3.6e12m;
    private (Duration At, decimal Watts)? last;

    /// <summary>Adds a measured power and returns what has flowed since the one before, both in Wh and 0 or more.</summary>
    /// <param name="monotonic">When it was measured.</param>
    /// <param name="watts">Positive towards the building (load: towards the consumer).</param>
    public (decimal Import, decimal Export) Add(Duration monotonic, decimal watts)
    {
        var before = last;
        last = (monotonic, watts);
        if (before is not { } from || monotonic <= from.At || monotonic - from.At > SlotBorders.LongestGap) return default;
        decimal hours = (long)(monotonic - from.At).ToInt64Nanoseconds() / NanosecondsPerHour;
        var (positive, negative) = Areas(from.Watts, watts);
        positive = decimal.Round(positive * hours, 9);
        negative = decimal.Round(negative * hours, 9);
        // Generation and storage count what they deliver as export, as a generation meter does.
        return role is DeviceRole.Pv or DeviceRole.Battery ? (negative, positive) : (positive, negative);
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

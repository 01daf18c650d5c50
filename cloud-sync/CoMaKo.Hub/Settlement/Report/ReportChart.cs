using System.Globalization;
using System.Text;
using CoMaKo.Hub.Settlement.Runs;

namespace CoMaKo.Hub.Settlement.Report;

/// <summary>A report's bars: quarter hours of a day, days of a longer period.</summary>
public sealed class ReportChart(GroupSlots slots)
{
    /// <summary>Whether a bar is a quarter hour.</summary>
    public bool IsOneDay => slots.Days.Count == 1;

    public IReadOnlyList<GroupEnergy> Bars { get; } =
        slots.Days is [var only] ? only : [.. slots.Days.Select(day => day.Aggregate((one, other) => one + other))];

    /// <summary>The scale's end: 1, 2, 4, 5 or 8 times a power of ten, above every bar, in Wh.</summary>
    public long Top
    {
        get
        {
            long highest = Math.Max(1, Bars.Max(bar => bar.Height));
            for (long unit = 1; ; unit *= 10)
                foreach (long step in (ReadOnlySpan<long>)[1, 2, 4, 5, 8])
                    if (unit * step >= highest) return unit * step;
        }
    }

    /// <summary>An SVG path of one layer over the others; a bar is 10 wide, the scale 100 high.</summary>
    public string PathOf(Func<GroupEnergy, long> part, Func<GroupEnergy, long> below)
    {
        var path = new StringBuilder();
        long top = Top;
        foreach (var (bar, i) in Bars.Select((bar, i) => (bar, i)))
            if (part(bar) > 0) path.Append(CultureInfo.InvariantCulture, $"M{i * 10 + 1} {Y(below(bar), top):0.##}h8V{Y(below(bar) + part(bar), top):0.##}h-8z");
        return path.ToString();
    }

    /// <summary>Bars of which nothing is settled, as a path of full height.</summary>
    public string OpenPath() => string.Concat(Bars.Select((bar, i) => bar.IsOpen ? FormattableString.Invariant($"M{i * 10} 0h10v100h-10z") : ""));

    private static decimal Y(long wh, long top) => 100 - 100m * wh / top;
}

using System.Globalization;
using System.Text;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Report;

/// <summary>Energy of the group in one bar of a chart; all in Wh.</summary>
/// <param name="Neighbours">Consumption covered by the community.</param>
/// <param name="Grid">Consumption beyond it.</param>
/// <param name="Away">Generation that left the group.</param>
/// <param name="IsOpen">Nothing of it is settled.</param>
public readonly record struct ReportBar(long Neighbours, long Grid, long Away, bool IsOpen)
{
    public long Height => Neighbours + Grid + Away;
}

/// <summary>Collects a report's bars while it is settled: quarter hours of a day, days of a longer period.</summary>
public sealed class ReportChart : ISlotObserver
{
    private readonly Dictionary<long, int> barOf = [];
    private readonly long[] neighbours, grid, away;
    private readonly bool[] isSettled;

    /// <param name="to">Exclusive.</param>
    public ReportChart(LocalDate from, LocalDate to)
    {
        IsOneDay = from.PlusDays(1) == to;
        int bar = 0;
        for (var day = from; day < to; day = day.PlusDays(1))
        {
            foreach (var slot in MarketDay.Slots(MarketDay.Number(day)))
            {
                barOf[slot.StartUnixSeconds] = bar;
                if (IsOneDay) bar++;
            }

            if (!IsOneDay) bar++;
        }

        (neighbours, grid, away, isSettled) = (new long[bar], new long[bar], new long[bar], new bool[bar]);
    }

    /// <summary>Whether a bar is a quarter hour.</summary>
    public bool IsOneDay { get; }

    public IReadOnlyList<ReportBar> Bars => [.. neighbours.Select((wh, i) => new ReportBar(wh, grid[i], away[i], !isSettled[i]))];

    /// <summary>The scale's end: 1, 2 or 5 times a power of ten, above every bar, in Wh.</summary>
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

    public void BeginDay(IReadOnlyList<string> consumers, IReadOnlyList<string> producers)
    {
    }

    public void Settled(QuarterHour slot, ReadOnlySpan<long> consumption, ReadOnlySpan<long> allocated, ReadOnlySpan<long> generation, ReadOnlySpan<long> credited)
    {
        int bar = barOf[slot.StartUnixSeconds];
        isSettled[bar] = true;
        for (int i = 0; i < allocated.Length; i++)
        {
            neighbours[bar] += allocated[i];
            grid[bar] += consumption[i] - allocated[i];
        }

        for (int i = 0; i < generation.Length; i++) away[bar] += generation[i] - credited[i];
    }

    /// <summary>An SVG path of one layer over the others; a bar is 10 wide, the scale 100 high.</summary>
    public string PathOf(Func<ReportBar, long> part, Func<ReportBar, long> below)
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

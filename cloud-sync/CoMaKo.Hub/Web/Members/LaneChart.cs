using System.Globalization;
using System.Text;

namespace CoMaKo.Hub.Web.Members;

/// <summary>
/// Geometry of one lane of bars: a bar is 10 wide, the scale 100 high, in a picture that stretches. What flows away is a path in the unit square instead,
/// because stripes must not stretch: it clips a striped area.
/// </summary>
/// <param name="solid">Stacks from below, each Wh per bar; absent parts are left out.</param>
/// <param name="striped">On top of them.</param>
/// <param name="line">The outline over all; it breaks where there is no value.</param>
/// <param name="missing">Bars of time without values.</param>
public sealed class LaneChart(IReadOnlyList<long?[]> solid, long?[] striped, long?[] line, bool[] missing)
{
    /// <summary>Number of bars.</summary>
    public int Count => missing.Length;

    public bool HasMissing => missing.Contains(true);

    /// <summary>Whether there is anything to draw.</summary>
    public bool IsEmpty => Enumerable.Range(0, Count).All(i => line[i] is null && HeightOf(i) == 0);

    /// <summary>The scale's end in Wh: 1, 2, 4, 5 or 8 times a power of ten, not below any bar.</summary>
    public long Top { get; } = TopOf(Enumerable.Range(0, missing.Length).Select(i => Math.Max(line[i] ?? 0, solid.Sum(layer => layer[i] ?? 0) + (striped[i] ?? 0))).DefaultIfEmpty(0).Max());

    /// <summary>One solid layer.</summary>
    public string Solid(int layer)
    {
        var path = new StringBuilder();
        for (int i = 0; i < Count; i++)
            if (solid[layer][i] is { } wh and > 0) path.Append(CultureInfo.InvariantCulture, $"M{i * 10 + 0.6m} {Y(Below(layer, i))}h8.8V{Y(Below(layer, i) + wh)}h-8.8z");
        return path.ToString();
    }

    /// <summary>Where stripes show, in the unit square.</summary>
    public string StripedArea()
    {
        var path = new StringBuilder();
        for (int i = 0; i < Count; i++)
            if (striped[i] is { } wh and > 0)
                path.Append(CultureInfo.InvariantCulture, $"M{X(i + 0.06m)} {Y(Below(solid.Count, i)) / 100:0.####}H{X(i + 0.94m)}V{Y(Below(solid.Count, i) + wh) / 100:0.####}H{X(i + 0.06m)}z");
        return path.ToString();
    }

    /// <summary>The outline of what is striped.</summary>
    public string StripedOutline()
    {
        var path = new StringBuilder();
        for (int i = 0; i < Count; i++)
            if (striped[i] is { } wh and > 0) path.Append(CultureInfo.InvariantCulture, $"M{i * 10 + 0.6m} {Y(Below(solid.Count, i))}V{Y(Below(solid.Count, i) + wh)}h8.8V{Y(Below(solid.Count, i))}");
        return path.ToString();
    }

    /// <summary>The stepped line; missing time interrupts it.</summary>
    public string Line()
    {
        var path = new StringBuilder();
        for (int i = 0; i < Count; i++)
        {
            if (line[i] is not { } wh) continue;
            bool isStart = i == 0 || line[i - 1] is null;
            path.Append(CultureInfo.InvariantCulture, $"{(isStart ? "M" : "L")}{i * 10} {Y(wh)}H{i * 10 + 10}");
        }

        return path.ToString();
    }

    /// <summary>Missing time, in the unit square.</summary>
    public string MissingArea() => string.Concat(Enumerable.Range(0, Count).Where(i => missing[i]).Select(i => FormattableString.Invariant($"M{X(i)} 0H{X(i + 1)}V1H{X(i)}z")));

    private static long TopOf(long highest)
    {
        for (long unit = 1; ; unit *= 10)
            foreach (long step in (ReadOnlySpan<long>)[1, 2, 4, 5, 8])
                if (unit * step >= Math.Max(1, highest)) return unit * step;
    }

    private long HeightOf(int i) => Below(solid.Count, i) + (striped[i] ?? 0);

    private long Below(int layer, int i) => solid.Take(layer).Sum(each => each[i] ?? 0);

    private decimal Y(long wh) => Math.Round(100 - 100m * wh / Top, 2);

    private string X(decimal bar) => (bar / Count).ToString("0.#####", CultureInfo.InvariantCulture);
}

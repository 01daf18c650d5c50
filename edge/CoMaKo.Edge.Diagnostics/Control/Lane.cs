using System.Globalization;
using System.Text;

namespace CoMaKo.Edge.Diagnostics.Control;

/// <summary>One quantity over the time ruler: its range and its paths, 10 units a slot wide. Paths are drawn stretched, so they hold no text.</summary>
/// <remarks>A chart has a dozen paths of 144 slots, sent as HTML: they are written with relative steps of half a pixel, equal steps merged.</remarks>
/// <param name="Top">Where it begins in the picture, px.</param>
/// <param name="Height">In px.</param>
/// <param name="Low">Value at the bottom.</param>
/// <param name="High">Value at the top.</param>
public sealed record Lane(double Top, double Height, double Low, double High)
{
    public const int SlotWidth = 10;

    /// <summary>Height of a value inside the lane, 0 at its top, to half a pixel; values outside stay on the edge.</summary>
    public double Y(double value) => Math.Round((High - Math.Clamp(value, Low, High)) / (High - Low) * Height * 2) / 2;

    /// <summary>A stepped line: each value holds over its slot. Absent values leave a gap.</summary>
    public string Steps(IReadOnlyList<double?> values)
    {
        var path = new LanePath();
        for (int i = 0; i < values.Count; i++)
        {
            if (values[i] is not { } value) continue;
            if (i == 0 || values[i - 1] is null) path.MoveTo(i * SlotWidth, Y(value));
            path.LineTo(i * SlotWidth, Y(value));
            path.LineTo((i + 1) * SlotWidth, Y(value));
        }

        return path.ToString();
    }

    /// <summary>A line through points; absent values leave a gap.</summary>
    /// <param name="offset">Where in the slot a value stands: 5 = its middle, 10 = its end.</param>
    public string Line(IReadOnlyList<double?> values, int offset)
    {
        var path = new LanePath();
        for (int i = 0; i < values.Count; i++)
        {
            if (values[i] is not { } value) continue;
            if (i == 0 || values[i - 1] is null) path.MoveTo(i * SlotWidth + offset, Y(value));
            else path.LineTo(i * SlotWidth + offset, Y(value));
        }

        return path.ToString();
    }

    /// <summary>A stepped band between two values of each slot; absent ones leave a gap.</summary>
    public string Band(IReadOnlyList<(double Low, double High)?> bounds)
    {
        var path = new LanePath();
        for (int i = 0; i < bounds.Count; i++)
        {
            if (bounds[i] is not { } first) continue;
            int end = i;
            while (end < bounds.Count && bounds[end] is not null) end++;
            path.MoveTo(i * SlotWidth, Y(first.High));
            for (int s = i; s < end; s++)
            {
                path.LineTo(s * SlotWidth, Y(bounds[s]!.Value.High));
                path.LineTo((s + 1) * SlotWidth, Y(bounds[s]!.Value.High));
            }

            for (int s = end - 1; s >= i; s--)
            {
                path.LineTo((s + 1) * SlotWidth, Y(bounds[s]!.Value.Low));
                path.LineTo(s * SlotWidth, Y(bounds[s]!.Value.Low));
            }

            path.Close();
            i = end - 1;
        }

        return path.ToString();
    }
}

/// <summary>Writes a path as short as it can be: relative, without needless spaces and zeros; steps in one direction become one.</summary>
internal sealed class LanePath
{
    private readonly StringBuilder path = new();
    private double x, y, stepX, stepY;

    public void MoveTo(double toX, double toY)
    {
        Flush();
        path.Append('M').Append(N(toX)).Append(Next(toY));
        (x, y) = (toX, toY);
    }

    public void LineTo(double toX, double toY)
    {
        var (dx, dy) = (toX - x, toY - y);
        bool goesOn = (dx == 0 && stepX == 0 && dy * stepY >= 0) || (dy == 0 && stepY == 0 && dx * stepX >= 0) || (dx != 0 && stepX != 0 && dy / dx == stepY / stepX && dx * stepX > 0);
        if (!goesOn) Flush();
        (stepX, stepY, x, y) = (stepX + dx, stepY + dy, toX, toY);
    }

    public void Close()
    {
        Flush();
        path.Append('z');
    }

    public override string ToString()
    {
        Flush();
        return path.ToString();
    }

    private void Flush()
    {
        if (stepY == 0 && stepX != 0) path.Append('h').Append(N(stepX));
        else if (stepX == 0 && stepY != 0) path.Append('v').Append(N(stepY));
        else if (stepX != 0) path.Append('l').Append(N(stepX)).Append(Next(stepY));
        (stepX, stepY) = (0, 0);
    }

    private static string N(double value) => value.ToString("#.#;-#.#;0", CultureInfo.InvariantCulture);

    /// <summary>A second number: a minus sign parts it as well as a space does.</summary>
    private static string Next(double value) => value < 0 ? N(value) : " " + N(value);
}

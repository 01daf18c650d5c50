namespace CoMaKo.Edge.Control.Planning;

/// <summary>A cost to go that owns its memory (see <see cref="ValueView"/>): kept from one solve to the next, averaged over scenarios, stored. Reusing one allocates nothing once it was large enough.</summary>
public sealed class ValueFunction
{
    private double[] slopes = [];
    private double[] lengths = [];
    private double start;
    private double value;
    private int count;

    public ValueFunction()
    {
    }

    /// <param name="start">Least stored energy, kWh.</param>
    /// <param name="value">Cost there, EUR.</param>
    /// <param name="slopes">EUR/kWh; copied.</param>
    /// <param name="lengths">kWh, as many as slopes; copied.</param>
    /// <exception cref="ArgumentException">The two lists differ in length.</exception>
    public ValueFunction(double start, double value, ReadOnlySpan<double> slopes, ReadOnlySpan<double> lengths)
    {
        if (slopes.Length != lengths.Length) throw new ArgumentException("Each slope needs a length.", nameof(lengths));
        Set(new ValueView(start, value, slopes, lengths));
    }

    public ValueView View => new(start, value, slopes.AsSpan(0, count), lengths.AsSpan(0, count));

    /// <summary>Becomes a copy.</summary>
    public void Set(ValueView other)
    {
        Resize(other.Slopes.Length);
        (start, value) = (other.Start, other.ValueAtStart);
        other.Slopes.CopyTo(slopes);
        other.Lengths.CopyTo(lengths);
    }

    /// <summary>Becomes the function through equally spaced values; convex if they are.</summary>
    /// <param name="from">Stored energy of the first value, kWh.</param>
    /// <param name="to">Stored energy of the last value, kWh; above <paramref name="from"/>.</param>
    /// <param name="values">Costs, EUR; at least two.</param>
    public void SetSamples(double from, double to, ReadOnlySpan<double> values)
    {
        Resize(values.Length - 1);
        (start, value) = (from, values[0]);
        double width = (to - from) / count;
        for (int i = 0; i < count; i++) (slopes[i], lengths[i]) = ((values[i + 1] - values[i]) / width, width);
    }

    private void Resize(int pieces)
    {
        if (slopes.Length < pieces) (slopes, lengths) = (new double[pieces], new double[pieces]);
        count = pieces;
    }
}

/// <summary>Weighted mean of many cost functions on an equal grid of stored energies (dispatch-optimisation §6.1): convex if all of them are, so one forward step works on it unchanged.</summary>
/// <param name="from">Least stored energy of the grid, kWh.</param>
/// <param name="to">Greatest, kWh; above <paramref name="from"/>.</param>
/// <param name="intervals">Pieces of the result, at least 1; the method was measured with 200.</param>
public sealed class ValueAverage(double from, double to, int intervals)
{
    private readonly double[] sums = new double[intervals + 1];
    private readonly double[] samples = new double[intervals + 1];
    private double weights;

    /// <summary>Forgets all functions.</summary>
    public void Clear()
    {
        weights = 0;
        sums.AsSpan().Clear();
    }

    /// <param name="weight">Above 0; only the ratio to the others counts.</param>
    public void Add(ValueView function, double weight)
    {
        function.Sample(from, to, samples);
        for (int i = 0; i < sums.Length; i++) sums[i] += weight * samples[i];
        weights += weight;
    }

    /// <summary>Writes the mean of what was added.</summary>
    /// <exception cref="InvalidOperationException">Nothing was added.</exception>
    public void Write(ValueFunction into)
    {
        if (weights <= 0) throw new InvalidOperationException("The mean of no function does not exist.");
        for (int i = 0; i < sums.Length; i++) samples[i] = sums[i] / weights;
        into.SetSamples(from, to, samples);
    }
}

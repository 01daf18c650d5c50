namespace CoMaKo.Edge.Control.Balancing;

/// <summary>A stretch of time in which a battery was commanded and the load was quiet, as material for <see cref="ResponseFit"/>.</summary>
/// <param name="StartPower">Where the battery stood before the first command.</param>
/// <param name="Commands">In order of time; at least one.</param>
/// <param name="Meter">Samples of the grid (+ import) without what other batteries contribute, by arrival.</param>
/// <param name="Readings">Of the battery itself, by arrival.</param>
internal sealed record ResponseSegment(double StartPower, IReadOnlyList<TimedPower> Commands, IReadOnlyList<TimedPower> Meter, IReadOnlyList<TimedPower> Readings)
{
    private const double Cell = 0.1;

    /// <summary>Power without any delay, each 100 ms from the first command to the last sample.</summary>
    public double[] Curve(double timeConstant, double ramp)
    {
        double end = Math.Max(Meter.Count > 0 ? Meter[^1].At : 0, Readings.Count > 0 ? Readings[^1].At : 0);
        var curve = new double[Math.Max(2, (int)((end - Commands[0].At) / Cell) + 2)];
        double share = timeConstant > 0 ? 1 - Math.Exp(-Cell / timeConstant) : 1;
        curve[0] = StartPower;
        for (int i = 1, next = 0; i < curve.Length; i++)
        {
            double middle = Commands[0].At + (i - 0.5) * Cell;
            while (next + 1 < Commands.Count && Commands[next + 1].At <= middle) next++;
            curve[i] = curve[i - 1] + Math.Clamp((Commands[next].Watts - curve[i - 1]) * share, -ramp * Cell, ramp * Cell);
        }

        return curve;
    }

    /// <summary>A curve of <see cref="Curve"/> at a time.</summary>
    public double At(double[] curve, double time)
    {
        double place = Math.Clamp((time - Commands[0].At) / Cell, 0, curve.Length - 1);
        int cell = Math.Min((int)place, curve.Length - 2);
        return curve[cell] + (curve[cell + 1] - curve[cell]) * (place - cell);
    }
}

/// <param name="At">Seconds of the monotonic clock.</param>
internal readonly record struct TimedPower(double At, double Watts);

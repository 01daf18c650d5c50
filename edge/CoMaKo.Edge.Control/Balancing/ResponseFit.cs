using NodaTime;

namespace CoMaKo.Edge.Control.Balancing;

/// <summary>
/// Least squares for delays, lag and ramp of a battery from commands and what meter and battery showed.
/// It uses every sample at its own time, so that several steps at different sampling phases add up; reading off the 10 % and 63 % points (local-control §2.2) cannot be finer than the sampling.
/// </summary>
/// <param name="MeterGain">Change of the battery's contribution in the meter per change of the command: 1 when all is right, negative if one of them counts the wrong way round.</param>
/// <param name="ReadingGain">The same for the battery's own reading.</param>
/// <param name="MeterFit">Share of the meter's movement that the model explains, 0 to 1.</param>
/// <param name="ReadingFit">Share of the reading's movement that the model explains, 0 to 1.</param>
internal sealed record ResponseFit(
    double MeterDelay, double ReadingDelay, double TimeConstant, double? Ramp, double MeterGain, double ReadingGain, double MeterFit, double ReadingFit)
{
    private const double LongestDelay = 9;

    /// <summary>A ramp explains much or it is none: small steps cannot tell it from a lag.</summary>
    private const double RampMustHalve = 0.5;

    private static readonly double[] TimeConstants = [0.1, 0.3, 0.6, 1, 1.5, 2, 2.5, 3, 4, 5, 6.5, 8];
    private static readonly double[] Ramps = [100, 140, 200, 280, 400, 560, 800, 1100, 1600, 2300];

    public BatteryDynamics Dynamics => new(
        Duration.FromSeconds(MeterDelay), Duration.FromSeconds(ReadingDelay), Duration.FromSeconds(TimeConstant),
        Ramp is { } ramp ? Watts.ToPower(ramp) : null);

    /// <summary>The best fit to all segments; a segment in which the load moved is left out if most are quiet.</summary>
    /// <returns>Absent if nothing moved.</returns>
    public static ResponseFit? Of(IReadOnlyList<ResponseSegment> segments)
    {
        if (Search(segments) is not { } all) return null;
        var quiet = Quiet(segments, all);
        return quiet.Count < segments.Count ? Search(quiet) ?? all : all;
    }

    /// <summary>How well known dynamics explain the segments; absent if nothing moved.</summary>
    public static ResponseFit? Check(IReadOnlyList<ResponseSegment> segments, BatteryDynamics known)
    {
        double tau = known.TimeConstant.TotalSeconds, ramp = known.Ramp?.ToWatts() ?? double.PositiveInfinity;
        var curves = segments.Select(s => s.Curve(tau, ramp)).ToList();
        var meter = Regression.Of(segments, curves, s => s.Meter, known.MeterDelay.TotalSeconds);
        var reading = Regression.Of(segments, curves, s => s.Readings, known.ReadingDelay.TotalSeconds);
        return meter.IsSome || reading.IsSome ? new Candidate(tau, ramp, meter, reading).ToFit() : null;
    }

    private static ResponseFit? Search(IReadOnlyList<ResponseSegment> segments)
    {
        Candidate best = default;
        foreach (double tau in TimeConstants) best = Better(best, Try(segments, tau, double.PositiveInfinity));
        best = Refine(segments, best);
        var ramped = best;
        foreach (double ramp in Ramps)
        {
            foreach (double tau in TimeConstants) ramped = Better(ramped, Try(segments, tau, ramp));
        }

        if (double.IsFinite(ramped.Ramp)) ramped = Refine(segments, ramped);
        if (double.IsFinite(ramped.Ramp) && ramped.Misfit < RampMustHalve * best.Misfit) best = ramped;
        return best.IsSome ? best.ToFit() : null;
    }

    private static Candidate Refine(IReadOnlyList<ResponseSegment> segments, Candidate best)
    {
        for (double factor = 1.2; factor > 1.01 && best.IsSome; factor = Math.Sqrt(factor))
        {
            double tau = best.TimeConstant, ramp = best.Ramp;
            foreach (double near in (double[])[tau / factor, tau * factor]) best = Better(best, Try(segments, near, ramp));
            if (double.IsInfinity(ramp)) continue;
            foreach (double near in (double[])[ramp / factor, ramp * factor]) best = Better(best, Try(segments, best.TimeConstant, near));
        }

        return best;
    }

    private static Candidate Better(Candidate a, Candidate b) => !b.IsSome || (a.IsSome && a.Misfit <= b.Misfit) ? a : b;

    private static Candidate Try(IReadOnlyList<ResponseSegment> segments, double tau, double ramp)
    {
        var curves = segments.Select(s => s.Curve(tau, ramp)).ToList();
        var meter = BestDelay(segments, curves, s => s.Meter);
        var reading = BestDelay(segments, curves, s => s.Readings);
        return new Candidate(tau, ramp, meter, reading);
    }

    private static Regression BestDelay(IReadOnlyList<ResponseSegment> segments, List<double[]> curves, Func<ResponseSegment, IReadOnlyList<TimedPower>> samples)
    {
        Regression best = default;
        for (double delay = 0; delay <= LongestDelay; delay += 0.25) best = best.Better(Regression.Of(segments, curves, samples, delay));
        double around = best.Delay;
        for (double delay = Math.Max(0, around - 0.2); delay <= around + 0.21; delay += 0.05) best = best.Better(Regression.Of(segments, curves, samples, delay));
        return best;
    }

    private static List<ResponseSegment> Quiet(IReadOnlyList<ResponseSegment> segments, ResponseFit fit)
    {
        var misfits = segments.Select(s =>
        {
            var curve = s.Curve(fit.TimeConstant, fit.Ramp ?? double.PositiveInfinity);
            return Regression.Of([s], [curve], one => one.Meter, fit.MeterDelay).Misfit / Math.Max(1, s.Meter.Count);
        }).ToList();
        double usual = misfits.Order().ElementAt(misfits.Count / 2);
        return [.. segments.Where((_, i) => misfits[i] <= 9 * usual)];
    }

    private readonly record struct Candidate(double TimeConstant, double Ramp, Regression Meter, Regression Reading)
    {
        public bool IsSome => Meter.IsSome || Reading.IsSome;

        public double Misfit => Meter.Misfit + Reading.Misfit;

        public ResponseFit ToFit() => new(
            Meter.Delay, Reading.Delay, TimeConstant, double.IsFinite(Ramp) ? Ramp : null, -Meter.Gain, Reading.Gain, Meter.Explained, Reading.Explained);
    }

    /// <summary>Samples as a linear function of the model, with one gain for all segments and an offset of its own for each.</summary>
    private readonly record struct Regression(double Delay, double Gain, double Misfit, double Explained, bool IsSome)
    {
        public Regression Better(Regression other) => !other.IsSome || (IsSome && Misfit <= other.Misfit) ? this : other;

        public static Regression Of(
            IReadOnlyList<ResponseSegment> segments, IReadOnlyList<double[]> curves, Func<ResponseSegment, IReadOnlyList<TimedPower>> samples, double delay)
        {
            double sxx = 0, sxy = 0, syy = 0;
            for (int i = 0; i < segments.Count; i++)
            {
                var values = samples(segments[i]);
                if (values.Count < 3) continue;
                double xs = 0, ys = 0, xx = 0, xy = 0, yy = 0;
                foreach (var (at, y) in values)
                {
                    double x = segments[i].At(curves[i], at - delay);
                    (xs, ys, xx, xy, yy) = (xs + x, ys + y, xx + x * x, xy + x * y, yy + y * y);
                }

                (sxx, sxy, syy) = (sxx + xx - xs * xs / values.Count, sxy + xy - xs * ys / values.Count, syy + yy - ys * ys / values.Count);
            }

            if (sxx < 1) return default;
            double misfit = Math.Max(0, syy - sxy * sxy / sxx);
            return new Regression(delay, sxy / sxx, misfit, syy > 0 ? 1 - misfit / syy : 0, true);
        }
    }
}

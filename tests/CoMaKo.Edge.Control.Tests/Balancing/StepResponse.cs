namespace CoMaKo.Edge.Control.Tests.Balancing;

/// <summary>How a loop took a step of the load.</summary>
/// <param name="Settling">Seconds until the grid stays within ±100 W, around its target and around 0 (the later of both).</param>
/// <param name="Overshoot">Greatest excursion beyond the target on the far side, as share of the step.</param>
/// <param name="Reversals">Changes of side beyond ±100 W after the step.</param>
internal readonly record struct StepResponse(double Settling, double Overshoot, int Reversals)
{
    public static StepResponse Of(IReadOnlyList<(double Time, double Grid, double Battery)> trace, double stepAt, double until, double step, double target = 30)
    {
        double settled = stepAt, beyond = 0;
        int reversals = 0, side = Math.Sign(step);
        foreach (var (time, grid, _) in trace)
        {
            if (time <= stepAt || time > until - Plant.Tick / 2) continue;
            double error = grid - target;
            if (Math.Abs(error) > 100 || Math.Abs(grid) > 100) settled = time;
            beyond = Math.Max(beyond, -Math.Sign(step) * error);
            if (Math.Abs(error) > 100 && Math.Sign(error) != side) (side, reversals) = (Math.Sign(error), reversals + 1);
        }

        return new StepResponse(settled - stepAt, beyond / Math.Abs(step), reversals);
    }

    public StepResponse Worst(StepResponse other) =>
        new(Math.Max(Settling, other.Settling), Math.Max(Overshoot, other.Overshoot), Math.Max(Reversals, other.Reversals));
}

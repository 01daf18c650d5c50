using CoMaKo.Edge.Control.Planning;

namespace CoMaKo.Benchmarks.Plan;

/// <summary>Two days of a house with PV and a price for each quarter hour, made by formula and seed: no two values are equal, as in real days.</summary>
internal static class HouseProblems
{
    private const int Steps = 192;

    public static PlanningProblem TwoDays(int seed)
    {
        var random = new Random(seed);
        double[] hours = new double[Steps], load = new double[Steps], pv = new double[Steps], import = new double[Steps], export = new double[Steps];
        double sun = 2 + 6 * random.NextDouble();
        for (int t = 0; t < Steps; t++)
        {
            double hour = t / 4.0 % 24, morning = Math.Exp(-Math.Pow((hour - 7.5) / 1.5, 2)), evening = Math.Exp(-Math.Pow((hour - 19) / 2, 2));
            hours[t] = 0.25;
            load[t] = 0.3 + 0.5 * morning + 1.2 * evening + 0.6 * random.NextDouble();
            pv[t] = sun * Math.Max(0, Math.Sin(Math.PI * (hour - 6) / 12)) * (0.4 + 0.6 * random.NextDouble());
            import[t] = 0.25 + 0.03 * morning + 0.06 * evening - 0.04 * Math.Max(0, Math.Sin(Math.PI * (hour - 6) / 12)) + 0.01 * random.NextDouble();
            export[t] = 0.07;
        }

        return new() { StepHours = hours, Load = load, Pv = pv, ImportPrice = import, ExportPrice = export, Battery = new(0.5, 10, 5, 5, 5, 0.95, 0.95, 0.02, 0.2) };
    }

    public static PlanningProblem Shortened(PlanningProblem problem, int steps) => problem with
    {
        StepHours = problem.StepHours[..steps], Load = problem.Load[..steps], Pv = problem.Pv[..steps], ImportPrice = problem.ImportPrice[..steps], ExportPrice = problem.ExportPrice[..steps],
    };
}

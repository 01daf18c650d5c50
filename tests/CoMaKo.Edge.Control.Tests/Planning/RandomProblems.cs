using CoMaKo.Edge.Control.Planning;

namespace CoMaKo.Edge.Control.Tests.Planning;

/// <summary>Planning problems by seed. Every term occurs with some probability, alone and together with the others.</summary>
internal sealed class RandomProblems(int seed)
{
    private readonly Random random = new(seed);

    /// <summary>Prices in order, negative ones only as far as the inequality of §2.3 holds.</summary>
    /// <param name="mostSteps">8 to this.</param>
    public PlanningProblem Convex(int mostSteps)
    {
        int steps = random.Next(8, mostSteps + 1);
        var battery = Battery();
        double mean = Between(0.15, 0.4), spread = Between(0, 0.15), feed = Between(0.02, 0.1);
        double[] import = Each(steps, () => Math.Max(feed, mean + spread * Between(-1, 1)));
        double[] export = Chance(0.5) ? Each(steps, () => feed) : Each(steps, () => feed * Between(0, 1));
        double[] pv = Pv(steps);
        double[]? curtailable = Chance(0.3) ? [.. pv.Select(power => power * (Chance(0.7) ? 1 : Between(0, 1)))] : null;
        if (Chance(0.3)) AllowNegative(import, export, battery, curtailable is not null);
        var problem = new PlanningProblem
        {
            StepHours = Hours(steps), Load = Each(steps, () => Between(0, 4)), Pv = pv, ImportPrice = import, ExportPrice = export, CurtailableMax = curtailable, Battery = battery,
            GridImportMax = Chance(0.3) ? Each(steps, () => Between(1, 8)) : null,
            GridExportMax = Chance(0.3) ? Each(steps, () => Between(0, 4)) : null,
            ChargeMax = Chance(0.2) ? Each(steps, () => Chance(0.5) ? Between(0, 6) : 0) : null,
            DischargeMax = Chance(0.2) ? Each(steps, () => Between(0, 6)) : null,
            StoredMin = Chance(0.25) ? Goals(steps, battery, isFloor: true) : null,
            StoredMax = Chance(0.2) ? Goals(steps, battery, isFloor: false) : null,
            TerminalAbove = Chance(0.25) ? new(Between(battery.EMin, battery.EMax), battery.TerminalValue * Between(0, 1)) : null,
        };
        return Chance(0.4) ? WithLadder(problem, steps) : problem;
    }

    /// <summary>Prices of any order and sign, with caps, curtailment, and a ladder whose prices need not lie between the others.</summary>
    public PlanningProblem AnyWithLadder(int steps) => Any(steps) with
    {
        CoopImport = new(Each(steps, () => Chance(0.8) ? 0.10 : Between(-0.2, 0.3)), Each(steps, () => Between(0, 6))),
        CoopExport = new(Each(steps, () => Chance(0.8) ? 0.10 : Between(-0.2, 0.3)), Each(steps, () => Between(0, 6))),
    };

    /// <summary>Prices of any order and sign, with caps and curtailment.</summary>
    public PlanningProblem Any(int steps)
    {
        var battery = Battery();
        double[] pv = Pv(steps), spot = Each(steps, () => Between(-0.35, 0.35));
        bool isSpot = Chance(0.6);
        return new()
        {
            StepHours = Hours(steps), Load = Each(steps, () => Between(0, 4)), Pv = pv,
            ImportPrice = [.. spot.Select(price => price + (isSpot ? 0.08 : 0.15))],
            ExportPrice = isSpot ? spot : Each(steps, () => Between(-0.1, 0.12)),
            CurtailableMax = Chance(0.4) ? pv : null,
            GridImportMax = Chance(0.3) ? Each(steps, () => Between(4, 12)) : null,
            GridExportMax = Chance(0.3) ? Each(steps, () => Between(0, 6)) : null,
            Battery = battery,
        };
    }

    public double Between(double low, double high) => low + (high - low) * random.NextDouble();

    public bool Chance(double probability) => random.NextDouble() < probability;

    private double[] Each(int steps, Func<double> value)
    {
        var values = new double[steps];
        for (int t = 0; t < steps; t++) values[t] = value();
        return values;
    }

    private BatteryModel Battery()
    {
        double max = Chance(0.05) ? 0 : Between(2, 20), min = Chance(0.5) ? 0 : Between(0, 0.3) * max;
        double start = Chance(0.2) ? Between(0, 1.1) * max : Between(min, max);
        double charge = Chance(0.1) ? 0 : Between(0.5, 8), discharge = Chance(0.05) ? 0 : Between(0.5, 8);
        double selfDischarge = Chance(0.2) ? Between(0, 0.01) : 0;
        return new(min, max, start, charge, discharge, Between(0.85, 1), Between(0.85, 1), Chance(0.2) ? 0 : Between(0, 0.08), Between(0, 0.3), selfDischarge);
    }

    private double[] Hours(int steps)
    {
        double length = Chance(0.7) ? 0.25 : Chance(0.5) ? 1 : 0.5;
        var hours = Each(steps, () => length);
        if (Chance(0.5)) hours[0] *= Between(0.01, 1);
        return hours;
    }

    private double[] Pv(int steps)
    {
        double peak = Chance(0.2) ? 0 : Between(1, 12);
        int t = random.Next(96);
        return Each(steps, () => peak * Math.Max(0, Math.Sin(2 * Math.PI * t++ / 96)) * Between(0.3, 1));
    }

    private double[] Goals(int steps, BatteryModel battery, bool isFloor) =>
        Each(steps, () => Chance(0.3) ? Between(battery.EMin, battery.EMax) : isFloor ? 0 : battery.EMax * 2);

    /// <summary>Slopes down to −κ/(1/(η_c η_d) − 1) keep the problem convex; a negative price for export needs curtailment or stays above that.</summary>
    private void AllowNegative(double[] import, double[] export, BatteryModel battery, bool isCurtailable)
    {
        double least = -Math.Min(0.2, battery.Wear / (1 / (battery.EtaCharge * battery.EtaDischarge) - 1)) * 0.999;
        for (int t = 0; t < export.Length; t++)
        {
            if (Chance(0.3)) export[t] = Between(isCurtailable && Chance(0.5) ? 0 : least, 0);
            if (Chance(0.1)) import[t] = Math.Max(export[t], Between(least, 0.1));
        }
    }

    private PlanningProblem WithLadder(PlanningProblem problem, int steps)
    {
        double[] inside = new double[steps], outside = new double[steps];
        for (int t = 0; t < steps; t++)
        {
            (double low, double high) = (problem.ExportPrice[t], problem.ImportPrice[t]);
            (double a, double b) = (Between(low, high), Between(low, high));
            (outside[t], inside[t]) = (Math.Min(a, b), Math.Max(a, b));
        }

        return problem with
        {
            CoopImport = new(inside, Each(steps, () => Chance(0.3) ? 0 : Between(0, 10))),
            CoopExport = Chance(0.8) ? new(outside, Each(steps, () => Chance(0.3) ? 0 : Between(0, 6))) : null,
        };
    }
}

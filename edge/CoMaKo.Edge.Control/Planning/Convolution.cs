namespace CoMaKo.Edge.Control.Planning;

/// <summary>
/// Infimal convolution of two piecewise-linear functions that need not be convex: each is cut into convex runs, every pair of runs is merged by slope, and the lower envelope of all pairs is the result. Exact but for rounding.
/// </summary>
internal sealed class Convolution
{
    private const double SlopeTolerance = 1e-12;

    /// <summary>kWh; ends that meet a limit up to rounding still count.</summary>
    private const double Margin = 1e-9;

    private readonly Envelope pair = new();
    private readonly Envelope scratch = new();

    /// <summary>The result of the last call.</summary>
    public Envelope Result { get; } = new();

    /// <summary>Computes min over e of a(e) + b(y − e) for y between two limits; beyond them it may be incomplete.</summary>
    public void Compute(ValueView a, ValueView b, double low, double high)
    {
        Result.Clear();
        var runsOfA = new Runs(a);
        while (runsOfA.Next())
        {
            var runsOfB = new Runs(b);
            while (runsOfB.Next())
            {
                double start = runsOfA.Start + runsOfB.Start;
                if (start > high + Margin || start + runsOfA.Length + runsOfB.Length < low - Margin) continue;
                MergePair(a, in runsOfA, b, in runsOfB);
                Result.TakeLeast(pair, scratch);
            }
        }
    }

    private void MergePair(ValueView a, in Runs runOfA, ValueView b, in Runs runOfB)
    {
        double place = runOfA.Start + runOfB.Start, cost = runOfA.Cost + runOfB.Cost;
        int i = runOfA.From, j = runOfB.From;
        pair.Clear();
        if (i == runOfA.To && j == runOfB.To) pair.Add(place, cost, 0);
        while (i < runOfA.To || j < runOfB.To)
        {
            bool takesA = j == runOfB.To || (i < runOfA.To && a.Slopes[i] <= b.Slopes[j]);
            (double slope, double length) = takesA ? (a.Slopes[i], a.Lengths[i++]) : (b.Slopes[j], b.Lengths[j++]);
            pair.Add(place, cost, slope);
            place += length;
            cost += slope * length;
        }

        pair.Close(place);
    }

    /// <summary>The convex runs of a function from left to right; a function without pieces is one run, a point.</summary>
    private ref struct Runs
    {
        private readonly ValueView function;
        private bool isStarted;

        public Runs(ValueView function)
        {
            this.function = function;
            Start = function.Start;
            Cost = function.ValueAtStart;
        }

        /// <summary>First piece of the run.</summary>
        public int From { get; private set; }

        /// <summary>Piece after the run's last.</summary>
        public int To { get; private set; }

        public double Start { get; private set; }

        public double Length { get; private set; }

        /// <summary>Value at <see cref="Start"/>.</summary>
        public double Cost { get; private set; }

        private double CostChange { get; set; }

        public bool Next()
        {
            if (isStarted && To >= function.Slopes.Length) return false;
            isStarted = true;
            Start += Length;
            Cost += CostChange;
            (From, Length, CostChange) = (To, 0, 0);
            for (; To < function.Slopes.Length && (To == From || function.Slopes[To] >= function.Slopes[To - 1] - SlopeTolerance); To++)
            {
                Length += function.Lengths[To];
                CostChange += function.Slopes[To] * function.Lengths[To];
            }

            return true;
        }
    }
}

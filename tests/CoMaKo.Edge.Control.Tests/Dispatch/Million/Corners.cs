namespace CoMaKo.Edge.Control.Tests.Dispatch.Million;

/// <summary>Whether linear limits on at most four powers can hold together: a bounded set that is not empty has a corner. Kilowatts.</summary>
internal static class Corners
{
    private const double Slack = 1e-5;

    /// <param name="limits">Weights and greatest weighted sum; with a lower and an upper end for each power among them.</param>
    public static bool Exist(IReadOnlyList<(double[] Weights, double Most)> limits, int powers)
    {
        int[] chosen = new int[powers];
        return Choose(limits, chosen, 0, 0);
    }

    private static bool Choose(IReadOnlyList<(double[] Weights, double Most)> limits, int[] chosen, int from, int count)
    {
        if (count == chosen.Length) return Corner(limits, chosen) is { } corner && limits.All(l => l.Weights.Zip(corner, (w, x) => w * x).Sum() <= l.Most + Slack);
        for (int i = from; i < limits.Count; i++)
        {
            chosen[count] = i;
            if (Choose(limits, chosen, i + 1, count + 1)) return true;
        }

        return false;
    }

    /// <summary>Where the chosen limits meet, by elimination with the greatest pivot; absent if they do not meet in one point.</summary>
    private static double[]? Corner(IReadOnlyList<(double[] Weights, double Most)> limits, int[] chosen)
    {
        int n = chosen.Length;
        double[][] rows = [.. chosen.Select(c => (double[])[.. limits[c].Weights, limits[c].Most])];
        for (int column = 0; column < n; column++)
        {
            int pivot = Enumerable.Range(column, n - column).MaxBy(r => Math.Abs(rows[r][column]));
            if (Math.Abs(rows[pivot][column]) < 1e-9) return null;
            (rows[column], rows[pivot]) = (rows[pivot], rows[column]);
            for (int row = 0; row < n; row++)
            {
                double share = row == column ? 0 : rows[row][column] / rows[column][column];
                for (int k = column; k <= n && share != 0; k++) rows[row][k] -= share * rows[column][k];
            }
        }

        return [.. Enumerable.Range(0, n).Select(i => rows[i][n] / rows[i][i])];
    }
}

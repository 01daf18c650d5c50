namespace CoMaKo.Edge.Control.Balancing;

/// <summary>How much of a model's movement was seen in a measurement over the last half minute: 1 all of it, 0 nothing. Seconds and watts.</summary>
internal sealed class MovementMatch
{
    private const double Memory = 30;

    /// <summary>Less movement says nothing.</summary>
    private const double LeastMovement = 300;

    private (double At, double Model, double Seen)? last;
    private double both;
    private double model;

    /// <summary>Absent while there was too little movement.</summary>
    public double? Gain => model >= LeastMovement * LeastMovement ? both / model : null;

    public void Take(double at, double modelNow, double seen)
    {
        if (last is { } before)
        {
            double keep = Math.Exp(-(at - before.At) / Memory), moved = modelNow - before.Model;
            both = keep * both + moved * (seen - before.Seen);
            model = keep * model + moved * moved;
        }

        last = (at, modelNow, seen);
    }

    public void Restart() => (last, both, model) = (null, 0, 0);
}

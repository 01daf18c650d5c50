namespace CoMaKo.Edge.Tests.Acquisition;

/// <summary>The truth: a random load of whole watts that changes at whole milliseconds, and the exact energy that flowed until any moment.</summary>
internal sealed class LoadCurve
{
    private const decimal MillijoulesPerWattHour = 3_600_000m;
    private readonly List<(long FromMs, long Watts, long Millijoules)> pieces = [];

    public LoadCurve(Random random, long lengthMs)
    {
        long at = 0, energy = 0;
        while (at < lengthMs)
        {
            long watts = random.Next(5) switch { 0 => 0, 1 => random.Next(20_000), _ => random.Next(3_000) };
            long duration = random.Next(500, random.Next(3) == 0 ? 900_000 : 60_000);
            pieces.Add((at, watts, energy));
            (at, energy) = (at + duration, energy + watts * duration);
        }
    }

    /// <summary>W at a moment.</summary>
    public long Watts(long atMs) => pieces[PieceAt(atMs)].Watts;

    /// <summary>Wh from the start until a moment, exact to the last of 28 digits.</summary>
    public decimal Energy(long atMs)
    {
        var (from, watts, before) = pieces[PieceAt(atMs)];
        return (before + watts * (atMs - from)) / MillijoulesPerWattHour;
    }

    private int PieceAt(long atMs)
    {
        int low = 0, high = pieces.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (pieces[middle].FromMs <= atMs) low = middle;
            else high = middle - 1;
        }

        return low;
    }
}

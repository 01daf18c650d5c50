namespace CoMaKo.Edge.Control.Tests.Balancing;

/// <summary>Net loads over time in watts (local-control §8 item 1, and restless ones by seed).</summary>
internal static class Loads
{
    public static double Kettle(double time) => 300 + (time % 40 < 20 ? 2000 : 0);

    public static double WashingMachine(double time) => 300 + (time % 1 < 0.5 ? 400 : 0);

    /// <summary>Seen by a meter with a period of 1 s, this beats with a period of 10 s.</summary>
    public static double WashingMachineOutOfStep(double time) => 300 + (time * 0.9 % 1 < 0.5 ? 400 : 0);

    /// <summary>PV of 5 kW falls to 0.5 kW within 3 s and comes back.</summary>
    public static double CloudEdge(double time) => 600 - 5000 + 4500 * (Math.Clamp((time % 90 - 20) / 3, 0, 1) - Math.Clamp((time % 90 - 60) / 3, 0, 1));

    public static double FastKettle(double time) => 300 + (time % 14 < 7 ? 2000 : 0);

    /// <summary>Jumps to a random level after random times.</summary>
    public static Func<double, double> Restless(int seed, double meanHold, double most)
    {
        var random = new Random(seed);
        var jumps = new List<(double At, double Watts)>();
        for (double at = 0; at < 4000; at -= Math.Log(1 - random.NextDouble()) * meanHold) jumps.Add((at, 200 + most * random.NextDouble()));
        return time => jumps[Math.Max(0, ~jumps.BinarySearch((time, double.MaxValue)) - 1)].Watts;
    }

    public static IEnumerable<(string Name, Func<double, double> Load)> Ordinary =>
    [
        ("kettle", Kettle), ("washing machine", WashingMachine), ("washing machine, beating", WashingMachineOutOfStep), ("cloud edge", CloudEdge), ("fast kettle", FastKettle),
        ("restless 1", Restless(1, 12, 4500)), ("restless 2", Restless(2, 4, 3000)), ("restless 3", Restless(3, 1.5, 2000)),
    ];
}

namespace CoMaKo.Devices.Simulator.Model;

/// <summary>One household: standby, a fridge, a little unrest, and appliances that people switch on at their hours. Days are cut at UTC midnight.</summary>
internal sealed class Flat(ulong seed, int number)
{
    private const int SecondsPerDay = 86_400;

    private static readonly Appliance[] Appliances =
    [
        new("kettle", 0.95, 5.2, 7.5, [(2000, 3)]),
        new("coffee", 0.70, 5.4, 8.0, [(900, 5)]),
        new("stove, noon", 0.35, 10.5, 12.2, [(1900, 12), (900, 20)]),
        new("washing machine", 0.35, 8.0, 15.0, [(2050, 18), (220, 55), (520, 9)]),
        new("kettle, afternoon", 0.50, 13.5, 16.0, [(2000, 3)]),
        new("stove, evening", 0.75, 16.6, 18.6, [(2400, 10), (1100, 25)]),
        new("dishwasher", 0.55, 18.2, 20.5, [(2050, 16), (70, 45), (2050, 11)]),
        new("light and screens", 1.00, 16.0, 17.5, [(210, 290)]),
    ];

    private readonly int[] day = new int[SecondsPerDay];
    private long dayNumber = long.MinValue;

    /// <summary>Milliwatts used in the second that starts at <paramref name="second"/> (Unix).</summary>
    public long Consumption(long second)
    {
        long today = second / SecondsPerDay;
        if (today != dayNumber) Compose(today);
        double unrest = Chance.Unit(seed, Stream(1), second);
        return day[second % SecondsPerDay] + (long)(12_000 * unrest);
    }

    private void Compose(long today)
    {
        Array.Fill(day, 70_000); // standby
        int fridgePhase = (int)(Chance.Unit(seed, Stream(2), today) * 2700);
        for (int s = 0; s < SecondsPerDay; s++)
            if ((s + fridgePhase) % 2700 < 840) day[s] += 85_000;
        for (int i = 0; i < Appliances.Length; i++) Add(Appliances[i], i, today);
        dayNumber = today;
    }

    private void Add(Appliance appliance, int index, long today)
    {
        long place = today * 64 + index * 2;
        if (Chance.Unit(seed, Stream(3), place) >= appliance.Probability) return;
        double hour = appliance.FromHour + (appliance.ToHour - appliance.FromHour) * Chance.Unit(seed, Stream(3), place + 1);
        int start = (int)(hour * 3600);
        foreach (var (watts, minutes) in appliance.Phases)
        {
            int end = Math.Min(start + minutes * 60, SecondsPerDay);
            for (int s = start; s < end; s++) day[s] += watts * 1000;
            start = end;
        }
    }

    private long Stream(int kind) => 100 + number * 10L + kind;

    /// <param name="Name">For readers of this table.</param>
    /// <param name="Probability">Chance that it runs on a day.</param>
    /// <param name="FromHour">Earliest start, UTC.</param>
    /// <param name="ToHour">Latest start, UTC.</param>
    /// <param name="Phases">Watts and minutes, one after another.</param>
    private sealed record Appliance(string Name, double Probability, double FromHour, double ToHour, (int Watts, int Minutes)[] Phases);
}

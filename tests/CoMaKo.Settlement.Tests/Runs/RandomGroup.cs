using CoMaKo.Settlement.Allocation;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Settlement.Tests.Runs;

/// <summary>Groups by seed, with all that may happen to one: joins, leaves, new keys and prices, gaps, late values, corrections.</summary>
internal sealed class RandomGroup
{
    private static readonly LocalDate[] Begins = [new(2026, 1, 30), new(2026, 3, 28), new(2026, 10, 24), new(2027, 3, 27), new(2026, 6, 1)];
    private readonly Random random;
    private readonly int bits;

    public RandomGroup(Random random, int points, int days, int bits)
    {
        this.random = random;
        this.bits = bits;
        var from = Begins[random.Next(Begins.Length)];
        Group = new TestGroup(from, from.PlusDays(days));
        for (int i = 0; i < points; i++) AddPoint($"ZP{random.Next(10_000):0000}-{i}");
        Group.Prices.Clear();
        Group.Prices.Add(Price(null));
        if (days > 1 && random.Next(2) == 0) Group.Prices.Add(Price(AnyDay()));
        RenewKeys();
        foreach (var day in Group.Days)
            foreach (var point in Group.Points) Fill(point, day);
    }

    public TestGroup Group { get; }

    /// <summary>Something is corrected, arrives late or is taken back.</summary>
    public void Change()
    {
        switch (random.Next(10))
        {
            case 0: Group.Prices[random.Next(Group.Prices.Count)] = Price(Group.Prices[0].From); break;
            case 1: Group.Prices.Add(Price(AnyDay())); break;
            case 2: Leave(); break;
            case 3: RenewKeys(); break;
            case 4:
                Fill(Group.Points[random.Next(Group.Points.Count)], AnyDay());
                break;
            default:
                for (int i = random.Next(1, 6); i > 0; i--) Spoil();
                break;
        }
    }

    private void AddPoint(string id)
    {
        var directions = (PointDirections)random.Next(1, 4);
        LocalDate? since = random.Next(5) == 0 ? AnyDay() : null;
        LocalDate? until = random.Next(6) == 0 ? (since ?? Group.From).PlusDays(random.Next(1, 4)) : null;
        Group.Point(id, directions, since, until);
    }

    private LocalDate AnyDay() => Group.Days.ElementAt(random.Next(Group.Days.Count()));

    private PriceVersion Price(LocalDate? from) =>
        new(from, random.Next(4) == 0 ? random.Next(300_000) : 100_000, random.Next(2) * random.Next(20_000), random.Next(2) == 0 ? null : random.Next(90_000));

    /// <summary>A version whenever the members change; now and then one is forgotten, which must leave days open.</summary>
    private void RenewKeys()
    {
        Group.Keys.Clear();
        string[] before = [];
        LocalDate? since = null;
        foreach (var day in Group.Days)
        {
            string[] members = [.. Group.Memberships.Where(each => each.From <= day && (each.To is not { } to || to > day)).Select(each => each.Point).Distinct()
                .Where(id => Group.Points.Single(point => point.Id == id).Directions.HasFlag(PointDirections.Consumption))];
            if (since is not null && members.SequenceEqual(before)) continue;
            if (since is null || random.Next(5) > 0) Group.Keys.Add(Version(Group.Keys.Count == 0 ? null : day, members));
            (since, before) = (day, members);
        }
    }

    private KeyVersion Version(LocalDate? from, string[] members)
    {
        var method = (AllocationMethod)random.Next(1, 5);
        if (random.Next(4) == 0 && method != AllocationMethod.Ranked) return KeyVersion.Equal(from, method, members);
        long[] weights = method == AllocationMethod.Ranked
            ? [.. members.Select(_ => (long)random.Next(1, 4))]
            : LargestRemainder.Distribute(KeyVersion.Whole, [.. members.Select((_, i) => (long)(i == 0 ? 1 : random.Next(3)) * random.Next(1, 50))]);
        return new KeyVersion(from, method, members.Zip(weights).ToDictionary(pair => pair.First, pair => pair.Second));
    }

    private void Fill(SettlementPoint point, LocalDate day)
    {
        int scale = random.Next(bits + 1);
        if (point.Directions.HasFlag(PointDirections.Consumption)) Group.Curve(point.Id, EnergyDirection.Consumption, day, _ => random.NextInt64((1L << scale) + 1));
        if (point.Directions.HasFlag(PointDirections.Generation)) Group.Curve(point.Id, EnergyDirection.Generation, day, _ => random.Next(2) * random.NextInt64((1L << scale) + 1));
    }

    private void Spoil()
    {
        var point = Group.Points[random.Next(Group.Points.Count)];
        var direction = point.Directions == PointDirections.Both ? (EnergyDirection)random.Next(1, 3) : (EnergyDirection)(int)point.Directions;
        var day = AnyDay();
        if (Group.Series(point.Id, direction, day) is not { } series) return;
        int slot = random.Next(series.Wh.Length);
        var status = random.Next(3) == 0 ? (ValueStatus)random.Next(6) : ValueStatus.Corrected;
        Group.Set(point.Id, direction, day, slot, status, random.NextInt64(1L << bits));
    }

    private void Leave()
    {
        int index = random.Next(Group.Memberships.Count);
        var each = Group.Memberships[index];
        Group.Memberships[index] = each with { To = random.Next(3) == 0 ? null : LocalDate.Max(each.From, AnyDay()).PlusDays(1) };
        if (random.Next(2) == 0) RenewKeys();
    }
}

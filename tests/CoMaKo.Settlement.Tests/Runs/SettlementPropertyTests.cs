using CoMaKo.Quantities;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Settlement.Tests.Runs;

/// <summary>What must hold in every slot and every run, whatever the group, its values and its corrections.</summary>
public sealed class SettlementPropertyTests
{
    private const long Slots = 1_000_000;

    /// <summary>All methods, 1 to 200 points, values to 2^40, joins and leaves, gaps, late values, corrections; each run is made twice.</summary>
    [Fact]
    public void Slots_AMillionOfThem_BreakNothing()
    {
        var check = new InvariantCheck();
        for (int seed = 0; check.Count < Slots; seed++)
        {
            var random = new Random(seed);
            int points = random.Next(4) switch { 0 => random.Next(1, 4), 1 => random.Next(1, 200) + 1, _ => random.Next(1, 40) };
            var source = new RandomGroup(random, points, random.Next(1, 4), random.Next(41));
            var published = new List<SettlementLine>();
            for (int run = 0; run < 4; run++)
            {
                if (run > 0) source.Change();
                var result = source.Group.Settle(check);
                published.AddRange(DeltaRun.Of(result.Lines, published));
                CheckRun(result, published);
                if (run == 3) Assert.Equal(SettlementJson.ToBytes(result), SettlementJson.ToBytes(Shuffled(source.Group, random)));
            }
        }

        Assert.True(check.Shared > 0 && check.Split > Slots / 4, "The groups are too simple to show anything.");
    }

    private static void CheckRun(SettlementResult result, List<SettlementLine> published)
    {
        Assert.Equal(result.Total.Allocated, result.Total.Credited);
        Assert.Equal(0, result.Lines.Where(line => line.Kind is LineKind.SharedEnergy or LineKind.SharedGeneration).Sum(line => line.Cents));
        Assert.Equal(result.Lines.Select(Amount), DeltaRun.Sum(published).Where(line => line is not { Wh: 0, Cents: 0 }).Select(Amount));
        foreach (var point in result.Points)
        {
            var total = point.Total;
            bool isWhole = point.Consumption.Expected + point.Generation.Expected > 0 && result.OpenSlots.Count == 0;
            Assert.True(isWhole ? total.Used == total.Allocated + total.Grid : total.Used >= total.Allocated + total.Grid);
            Assert.True(isWhole ? total.Generated == total.Credited + total.Surplus : total.Generated >= total.Credited + total.Surplus);
            Assert.True(total is { Allocated: >= 0, Grid: >= 0, Credited: >= 0, Surplus: >= 0 });
        }
    }

    private static (LineKind, string, NodaTime.LocalDate, long, long) Amount(SettlementLine line) => (line.Kind, line.Point, line.From, line.Wh, line.Cents);

    /// <summary>The same input in another order, with values where there is no value: the same bytes.</summary>
    private static SettlementResult Shuffled(TestGroup group, Random random)
    {
        var terms = group.Terms;
        terms = terms with
        {
            Points = [.. terms.Points.Reverse()],
            Memberships = [.. terms.Memberships.Reverse(), new Membership(terms.Points[0].Id, group.To, null)],
            Keys = [.. terms.Keys.Select(key => key with { Weights = key.Weights.Reverse().ToDictionary() }), new KeyVersion(group.To, Settlement.Allocation.AllocationMethod.Dynamic, new Dictionary<string, long>())],
            Prices = [.. terms.Prices, new PriceVersion(group.To, random.Next(100))],
        };
        var days = group.Curves().Select(day => day with { Series = [.. day.Series.Reverse().Select(series => series with { Wh = Noise(series) })] });
        return SettlementRun.Settle(terms, group.From, group.To, days);

        long[] Noise(SeriesDay series)
        {
            long[] wh = series.Wh.ToArray();
            for (int i = 0; i < wh.Length; i++)
                if (series.Status.Span[i] is ValueStatus.Absent or ValueStatus.Faulty) wh[i] = random.Next();
            return wh;
        }
    }

    private sealed class InvariantCheck : ISlotObserver
    {
        public long Count { get; private set; }

        /// <summary>Slots in which something was shared.</summary>
        public long Shared { get; private set; }

        /// <summary>Slots in which generation was short and had to be split.</summary>
        public long Split { get; private set; }

        public void BeginDay(IReadOnlyList<string> consumers, IReadOnlyList<string> producers)
        {
        }

        public void Settled(QuarterHour slot, ReadOnlySpan<long> consumption, ReadOnlySpan<long> allocated, ReadOnlySpan<long> generation, ReadOnlySpan<long> credited)
        {
            long used = 0, demand = 0, shared = 0, supply = 0;
            bool isRight = true;
            for (int i = 0; i < consumption.Length; i++)
            {
                isRight &= allocated[i] >= 0 && allocated[i] <= consumption[i];
                used += allocated[i];
                demand += consumption[i];
            }

            for (int i = 0; i < generation.Length; i++)
            {
                isRight &= credited[i] >= 0 && credited[i] <= generation[i];
                shared += credited[i];
                supply += generation[i];
            }

            isRight &= used <= supply && used <= demand && shared == used;
            if (!isRight) Assert.Fail($"{slot}: {string.Join(' ', allocated.ToArray())} of {string.Join(' ', consumption.ToArray())}, {string.Join(' ', credited.ToArray())} of {string.Join(' ', generation.ToArray())}");
            Count++;
            if (used > 0) Shared++;
            if (used > 0 && supply < demand) Split++;
        }
    }
}

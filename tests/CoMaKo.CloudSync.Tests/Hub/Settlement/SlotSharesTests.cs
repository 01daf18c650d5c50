using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Settlement.Curves;
using NodaTime;

namespace CoMaKo.CloudSync.Tests.Hub.Settlement;

/// <summary>What quarter hours brought is packed and comes back as it was.</summary>
public sealed class SlotSharesTests
{
    /// <summary>Random days of 92, 96 and 100 slots, with open slots, zeros and large values, of consumers, producers and both.</summary>
    [Fact]
    public void PackedDays_ComeBackAsTheyWere()
    {
        var random = new Random(7);
        string[] consumers = ["A", "B", "X"], producers = ["X", "Y"];
        foreach (var date in (LocalDate[])[new(2026, 3, 29), new(2026, 5, 4), new(2026, 10, 25)])
        {
            var slots = MarketDay.Slots(MarketDay.Number(date));
            var shares = new SlotShares();
            var expected = new Dictionary<(string, int), (long Allocated, long Credited)>();
            shares.BeginDay(consumers, producers);
            for (int i = 0; i < slots.Count; i++)
            {
                if (random.Next(6) == 0) continue; // open
                long[] allocated = [.. consumers.Select(_ => Value())], credited = [.. producers.Select(_ => Value())];
                shares.Settled(slots[i], new long[3], allocated, new long[2], credited);
                for (int c = 0; c < 3; c++) expected[(consumers[c], i)] = (allocated[c], consumers[c] == "X" ? credited[0] : 0);
                expected[("Y", i)] = (0, credited[1]);
            }

            foreach (string point in (string[])["A", "B", "X", "Y"])
            {
                var found = SlotShares.Unpack(shares.Of(point, MarketDay.Number(date)), slots.Count);
                for (int i = 0; i < slots.Count; i++)
                    Assert.Equal(expected.TryGetValue((point, i), out var was) ? new SlotShare(was.Allocated, was.Credited) : null, found[i]);
            }

            Assert.Null(shares.Of("A", MarketDay.Number(date) + 1));
        }

        long Value() => random.Next(4) switch { 0 or 1 => 0, 2 => random.Next(300), _ => random.NextInt64(1L << 41) };
    }

    /// <summary>A truncated or damaged text of numbers never throws and never runs over the day.</summary>
    [Fact]
    public void DamagedBytes_AreReadWithoutHarm()
    {
        var random = new Random(11);
        for (int i = 0; i < 2_000; i++)
        {
            byte[] bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            Assert.Equal(96, SlotShares.Unpack(bytes, 96).Length);
        }
    }
}

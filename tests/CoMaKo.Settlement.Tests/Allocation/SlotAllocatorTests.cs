using CoMaKo.Settlement.Allocation;

namespace CoMaKo.Settlement.Tests.Allocation;

/// <summary>The worked example and each method against the plain rule.</summary>
public sealed class SlotAllocatorTests
{
    private static readonly long[] Keys = [500_000, 300_000, 200_000];

    [Theory]
    [InlineData(AllocationMethod.Static, 2000, "600 900 300", "600 600 300")]
    [InlineData(AllocationMethod.Static, 700, "500 800 400", "350 210 140")]
    [InlineData(AllocationMethod.StaticRedistributed, 2000, "600 900 300", "600 900 300")]
    [InlineData(AllocationMethod.StaticRedistributed, 700, "500 800 400", "350 210 140")]
    [InlineData(AllocationMethod.Dynamic, 2000, "600 900 300", "600 900 300")]
    [InlineData(AllocationMethod.Dynamic, 700, "500 800 400", "206 329 165")]
    public void Slot_OfTheWorkedExample_IsAllocatedAsStated(AllocationMethod method, long generation, string consumption, string expected) =>
        Assert.Equal(Numbers(expected), Allocate(method, Keys, generation, Numbers(consumption)));

    [Fact]
    public void Redistribution_GivesNothingToAKeyOfZero() =>
        Assert.Equal([100, 0], Allocate(AllocationMethod.StaticRedistributed, [1_000_000, 0], 500, [100, 300]));

    [Fact]
    public void Ranks_AreServedInOrder() =>
        Assert.Equal([75, 400, 25], Allocate(AllocationMethod.Ranked, [2, 1, 2], 500, [300, 400, 100]));

    [Fact]
    public void Slot_WithoutGeneration_AllocatesNothing()
    {
        foreach (var method in Enum.GetValues<AllocationMethod>())
            Assert.Equal([0, 0, 0], Allocate(method, Keys, 0, [5, 6, 7]));
    }

    [Fact]
    public void Slots_OfAllMethods_AreThoseOfThePlainRule()
    {
        var random = new Random(7);
        for (int round = 0; round < 8_000; round++)
        {
            int count = 1 + random.Next(random.Next(8) == 0 ? 200 : 12);
            int bits = random.Next(41);
            long[] consumption = [.. Enumerable.Range(0, count).Select(_ => random.Next(4) == 0 ? 0 : random.NextInt64(1L << bits))];
            long generation = random.NextInt64(2 * consumption.Sum() + 3);
            var method = (AllocationMethod)(1 + random.Next(4));
            long[] weights = method == AllocationMethod.Ranked
                ? [.. consumption.Select(_ => (long)random.Next(1, 4))]
                : LargestRemainder.Distribute(1_000_000, [.. consumption.Select(_ => (long)random.Next(3) * random.Next(100)).Append(1)]).AsSpan(0, count).ToArray();

            Assert.Equal(NaiveAllocation.Allocate(method, generation, consumption, weights), Allocate(method, weights, generation, consumption));
        }
    }

    private static long[] Allocate(AllocationMethod method, long[] weights, long generation, long[] consumption)
    {
        long[] allocated = new long[consumption.Length];
        Array.Fill(allocated, -77); // what was there before must not matter
        long sum = SlotAllocator.Create(method, weights).Allocate(generation, consumption, allocated);
        Assert.Equal(allocated.Sum(), sum);
        return allocated;
    }

    private static long[] Numbers(string text) => [.. text.Split(' ').Select(long.Parse)];
}

using CoMaKo.Settlement.Allocation;

namespace CoMaKo.Settlement.Tests.Allocation;

public sealed class LargestRemainderTests
{
    [Fact]
    public void Units_LeftOver_GoToTheLargestFractions() =>
        Assert.Equal([206, 329, 165], LargestRemainder.Distribute(700, [500, 800, 400]));

    [Fact]
    public void Ties_GoToTheSmallerIndex() =>
        Assert.Equal([34, 33, 33], LargestRemainder.Distribute(100, [335, 335, 330]));

    [Fact]
    public void Weights_AllZero_GiveZeros() => Assert.Equal([0, 0], LargestRemainder.Distribute(5, [0, 0]));

    [Fact]
    public void Weights_OfZero_GetNothingInAnyTie() => Assert.Equal([0, 1, 0, 1, 0], LargestRemainder.Distribute(2, [0, 1, 0, 1, 1]));

    [Fact]
    public void Total_AboveTheSumOfWeights_IsGivenWhole() => Assert.Equal([67, 33], LargestRemainder.Distribute(100, [2, 1]));

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(1, -1)]
    public void Negatives_AreRefused(long total, long weight) =>
        Assert.ThrowsAny<ArgumentException>(() => LargestRemainder.Distribute(total, [weight, 2]));

    [Fact]
    public void Weights_BeyondSixtyFourBits_AreRefused() =>
        Assert.Throws<OverflowException>(() => LargestRemainder.Distribute(1, [long.MaxValue, 1]));

    /// <summary>All ways through the code: sorted and counted remainders, estimated and divided quotients, many equal fractions.</summary>
    [Theory]
    [InlineData(1, 40)]
    [InlineData(2, 40)]
    [InlineData(200, 40)]
    [InlineData(300, 8)]
    [InlineData(300, 49)]
    [InlineData(300, 53)]
    [InlineData(5_000, 3)]
    [InlineData(5_000, 20)]
    [InlineData(5_000, 40)]
    [InlineData(5_000, 50)]
    public void Shares_OfRandomWeights_AreThoseOfThePlainRule(int count, int bits)
    {
        var random = new Random(count * 64 + bits);
        for (int round = 0; round < 20_000 / count + 10; round++)
        {
            long[] weights = new long[count];
            for (int i = 0; i < count; i++) weights[i] = random.NextInt64(1L << random.Next(bits + 1));
            long sum = weights.Sum();
            long[] totals = [sum / 2, sum - 1, sum + 1, random.NextInt64(sum + 2), random.NextInt64(1L << bits), long.MaxValue / 3];
            foreach (long total in totals.Where(total => total >= 0))
                Assert.Equal(NaiveAllocation.LargestRemainder(total, weights), LargestRemainder.Distribute(total, weights));
        }
    }
}

using CoMaKo.Quantities;

namespace CoMaKo.Contracts.Tests.Quantities;

public sealed class QuantityTests
{
    [Fact]
    public void FromWatts_TenthOfMilliwatt_IsRounded() => Assert.Equal(1_234, Power.FromWatts(1.23449m).Milliwatts);

    [Fact]
    public void Floor_NegativeAndPositive_GoesDown()
    {
        Assert.Equal(5_430_157, Energy.Floor(5_430_157.9m).WattHours);
        Assert.Equal(-1, Energy.Floor(-0.1m).WattHours);
    }

    [Fact]
    public void Addition_BeyondRange_Throws() =>
        Assert.Throws<OverflowException>(() => new Energy(long.MaxValue) + new Energy(1));

    [Fact]
    public void Next_Chain_MatchesKnownValue()
    {
        // SHA-256 of 32 zero bytes followed by SHA-256(""), computed with: (head -c 32 /dev/zero; printf '' | sha256sum | xxd -r -p) | sha256sum
        byte[] chain = RecordChain.Next(RecordChain.Start.Span, RecordChain.Hash([]));
        Assert.Equal("1c9ecec90e28d2461650418635878a5c91e49f47586ecf75f2b0cbb94e897112", Convert.ToHexStringLower(chain));
    }
}

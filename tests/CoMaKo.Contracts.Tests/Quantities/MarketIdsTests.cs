using CoMaKo.Quantities;

namespace CoMaKo.Contracts.Tests.Quantities;

public sealed class MarketIdsTests
{
    [Theory]
    [InlineData("41373559241")]
    [InlineData("51238696781")]
    public void Parse_PublishedMarketLocation_IsAccepted(string text) =>
        Assert.Equal(text, MarketLocationId.Parse(text).GetValueOrThrow().Value);

    [Fact]
    public void Parse_EverySingleDigitChange_IsRefused()
    {
        const string Right = "51238696781";
        for (int at = 0; at < Right.Length; at++)
        {
            for (char digit = '0'; digit <= '9'; digit++)
            {
                if (digit == Right[at]) continue;
                string changed = Right[..at] + digit + Right[(at + 1)..];
                // Digits at even places count twice, so a change by five there is invisible to this check digit (2 × 5 = 10).
                bool blind = at % 2 == 1 && at < 10 && Math.Abs(digit - Right[at]) == 5;
                Assert.Equal(blind, MarketLocationId.Parse(changed).Success);
            }
        }
    }

    [Theory]
    [InlineData("", "CME-1002", 0)]
    [InlineData("5123869678", "CME-1002", 10)]
    [InlineData("512386967811", "CME-1002", 11)]
    [InlineData("5123869678a", "CME-1002", 10)]
    [InlineData("01238696781", "CME-1002", 0)]
    [InlineData("51238696780", "CME-1003", 10)]
    public void Parse_WrongMarketLocation_SaysWhy(string text, string code, int offset)
    {
        var error = MarketLocationId.Parse(text).Error!;
        Assert.Equal((code, offset), (error.Code, error.Offset));
    }

    [Theory]
    [InlineData("DE00056266802AO6G56M11SN51G21M24S", -1)]
    [InlineData("DE00056266802AO6G56M11SN51G21M24", 32)]
    [InlineData("DE00056266802AO6G56M11SN51G21M24SX", 33)]
    [InlineData("de00056266802AO6G56M11SN51G21M24S", 0)]
    [InlineData("DE0005626680AAO6G56M11SN51G21M24S", 12)]
    [InlineData("DE00056266802AO6G56M11SN51G21M2äS", 31)]
    public void Parse_MeteringLocation_SaysWhere(string text, int wrongAt)
    {
        var result = MeteringLocationId.Parse(text);
        Assert.Equal(wrongAt, result.Error?.Offset ?? -1);
    }

    [Theory]
    [InlineData("gw-0417", true)]
    [InlineData("", false)]
    [InlineData("gw/1", false)]
    [InlineData("gw\n", false)]
    public void IsValid_GatewayId(string text, bool valid) => Assert.Equal(valid, GatewayId.IsValid(text));

    [Fact]
    public void Of_ServerIdAndObis_GivesUrlSafeRegister() =>
        Assert.Equal("0a01495341000000002a~1-0.1.8.0", RegisterId.Of("0a01495341000000002a", ObisCode.ActiveEnergyImport).Value);

    [Theory]
    [InlineData("0A01~1-0.1.8.0")]
    [InlineData("0a0~1-0.1.8.0")]
    [InlineData("0a01~1-0:1.8.0")]
    [InlineData("~1-0.1.8.0")]
    public void RegisterId_WrongForm_IsRefused(string text) => Assert.False(RegisterId.IsValid(text));
}

using CoMaKo.Quantities;

namespace CoMaKo.Contracts.Tests.Quantities;

public sealed class EicCodeTests
{
    [Theory]
    [InlineData("10YDE-VE-------2")] // control areas, published by ENTSO-E
    [InlineData("10YDE-RWENET---I")]
    [InlineData("10YDE-EON------1")]
    [InlineData("10YDE-ENBW-----N")]
    [InlineData("10YCB-GERMANY--8")]
    [InlineData("10Y1001A1001A83F")]
    public void Parse_OfPublishedCodes_Succeeds(string text) => Assert.Equal(text, EicCode.Parse(text).GetValueOrThrow().Value);

    [Theory]
    [InlineData("10YDE-VE-------3", "CME-1007")]
    [InlineData("10YDE-EV-------2", "CME-1007")] // two characters swapped
    [InlineData("10yde-ve-------2", "CME-1006")]
    [InlineData("10YDE-VE------2", "CME-1006")]
    [InlineData("", "CME-1006")]
    public void Parse_OfMistypedCodes_SaysWhy(string text, string code) => Assert.Equal(code, EicCode.Parse(text).Error!.Code);
}

using CoMaKo.Quantities;
using FsCheck;
using FsCheck.Fluent;

namespace CoMaKo.Contracts.Tests.Quantities;

public sealed class ObisCodeTests
{
    [Theory]
    [InlineData("1-0:1.8.0*255", "1-0:1.8.0*255")]
    [InlineData("1-0:1.8.0", "1-0:1.8.0*255")]
    [InlineData("129-129:199.130.3*255", "129-129:199.130.3*255")]
    [InlineData("1-0:96.50.1*1", "1-0:96.50.1*1")]
    [InlineData("01-00:001.8.0*4", "1-0:1.8.0*4")]
    public void Parse_Code_GivesFullForm(string text, string expected) =>
        Assert.Equal(expected, ObisCode.Parse(text).GetValueOrThrow().ToString());

    [Theory]
    [InlineData("", 0)]
    [InlineData("1-0:1.8", 7)]
    [InlineData("1.0:1.8.0", 1)]
    [InlineData("1-0:1.8.256", 8)]
    [InlineData("1-0:1.8.0*", 10)]
    [InlineData("1-0:1.8.0*255x", 13)]
    [InlineData("1-0:1.8.0001", 8)]
    [InlineData("-1-0:1.8.0", 0)]
    [InlineData("1-0:1.٣.0", 6)]
    public void Parse_WrongText_SaysWhere(string text, int offset)
    {
        var result = ObisCode.Parse(text);
        Assert.False(result.Success);
        Assert.Equal(("CME-1001", offset), (result.Error.Code, result.Error.Offset));
    }

    [Fact]
    public void ToString_AnyCode_ParsesBack() => Prop.ForAll(
        ArbMap.Default.ArbFor<byte[]>().Filter(b => b.Length >= 6),
        octets => ObisCode.Parse(ObisCode.FromOctets(octets).ToString()).Value == ObisCode.FromOctets(octets)).QuickCheckThrowOnFailure();

    [Fact]
    public void Equals_OtherGroupF_IsAnotherCode() =>
        Assert.NotEqual(new ObisCode(1, 0, 1, 8, 0, 255), new ObisCode(1, 0, 1, 8, 0, 4));
}

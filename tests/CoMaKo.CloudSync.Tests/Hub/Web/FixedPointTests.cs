using System.Globalization;
using System.Numerics;
using System.Text.Json;
using CoMaKo.Hub.Web.Api;

namespace CoMaKo.CloudSync.Tests.Hub.Web;

/// <summary>Decimal quantities, digit by digit.</summary>
public sealed class FixedPointTests
{
    [Theory]
    [InlineData("5.25", 3, 5250)]
    [InlineData("0", 3, 0)]
    [InlineData("-0.001", 3, -1)]
    [InlineData("1e3", 3, 1_000_000)]
    [InlineData("1500e-3", 3, 1500)]
    [InlineData("0.1e1", 0, 1)]
    [InlineData("10.0000000000000000000000000000000000", 3, 10_000)]
    [InlineData("0.0000000000000000000000000000e40", 3, 0)]
    public void Parse_OfANumber_IsExact(string text, int decimals, long expected)
    {
        Assert.Equal(NumberOutcome.Good, FixedPoint.Parse(text, decimals, out long scaled));
        Assert.Equal(expected, scaled);
    }

    [Theory]
    [InlineData("0.0001", "TooFine")]
    [InlineData("5.250000000000000000000000000000001", "TooFine")] // System.Decimal would round it to 5.25
    [InlineData("1e-99999", "TooFine")]
    [InlineData("1e99999", "TooLarge")]
    [InlineData("1e99999999999", "NoNumber")]
    [InlineData("1000000000000", "TooLarge")]
    [InlineData("", "NoNumber")]
    [InlineData(".5", "NoNumber")]
    [InlineData("5.", "NoNumber")]
    [InlineData("1.000.000", "NoNumber")]
    [InlineData("1,5", "NoNumber")]
    [InlineData("+1", "NoNumber")]
    [InlineData("0x10", "NoNumber")]
    public void Parse_OfSomethingElse_SaysWhy(string text, string expected) => Assert.Equal(expected, FixedPoint.Parse(text, 3, out _).ToString());

    [Fact]
    public void Parse_AndFormat_AgreeWithBigIntegers()
    {
        var random = new Random(7);
        for (int i = 0; i < 20_000; i++)
        {
            int decimals = random.Next(7), places = random.Next(9);
            long digits = random.NextInt64(1_000_000_000);
            string text = places == 0 ? digits.ToString(CultureInfo.InvariantCulture) : $"{BigInteger.Divide(digits, BigInteger.Pow(10, places))}.{BigInteger.Remainder(digits, BigInteger.Pow(10, places)).ToString("D" + places, CultureInfo.InvariantCulture)}";
            bool isWhole = (digits * BigInteger.Pow(10, decimals) % BigInteger.Pow(10, places)).IsZero;
            var outcome = FixedPoint.Parse(text, decimals, out long scaled);
            Assert.Equal(isWhole ? NumberOutcome.Good : NumberOutcome.TooFine, outcome);
            if (isWhole) Assert.Equal(digits * BigInteger.Pow(10, decimals) / BigInteger.Pow(10, places), scaled);
            if (isWhole) Assert.Equal(decimal.Parse(text, CultureInfo.InvariantCulture), decimal.Parse(FixedPoint.Format(scaled, decimals), CultureInfo.InvariantCulture));
        }
    }

    [Fact]
    public void Quantities_AreNumbersWithFixedDecimals() =>
        Assert.Equal("""{"A":1420.000,"B":51.02,"C":10,"D":-0.05}""", JsonSerializer.Serialize(new { A = new Kwh(1_420_000), B = new Eur(5102), C = new CtPerKwh(100_000), D = new Eur(-5) }));
}

using System.Globalization;
using CoMaKo.Devices.Protocols.Sml;
using CoMaKo.Quantities;

namespace CoMaKo.Devices.Tests.Sml;

public sealed class SmlEntryTests
{
    [Theory]
    [InlineData(12345, 3, "12345000")]
    [InlineData(12345, 0, "12345")]
    [InlineData(1000, -1, "100.0")]
    [InlineData(5, -4, "0.0005")]
    [InlineData(-5, -1, "-0.5")]
    [InlineData(0, 3, "0")]
    [InlineData(long.MinValue, -2, "-92233720368547758.08")]
    public void Value_Signed_IsExactWithoutExponent(long bits, sbyte scaler, string text) => Check(TlvType.Signed, bits, scaler, text);

    [Theory]
    [InlineData(-1, 0, "18446744073709551615")]
    [InlineData(-1, -3, "18446744073709551.615")]
    [InlineData(-1, 9, "18446744073709551615000000000")]
    public void Value_Unsigned64_UsesAllBits(long bits, sbyte scaler, string text) => Check(TlvType.Unsigned, bits, scaler, text);

    [Theory]
    [InlineData(10)]
    [InlineData(127)]
    [InlineData(-29)]
    [InlineData(-128)]
    public void Value_ScalerOfNoMeasuredValue_IsTextOnly(sbyte scaler)
    {
        var entry = Entry(TlvType.Unsigned, 7, scaler);

        Assert.False(entry.TryGetValue(out _));
        Assert.Equal(scaler > 0 ? "7" + new string('0', scaler) : "0." + new string('0', -scaler - 1) + "7", entry.ValueText);
    }

    private static void Check(TlvType type, long bits, sbyte scaler, string text)
    {
        var entry = Entry(type, bits, scaler);

        Assert.Equal(text, entry.ValueText);
        Assert.True(entry.TryGetValue(out decimal value));
        Assert.Equal(decimal.Parse(text, CultureInfo.InvariantCulture), value);
    }

    private static SmlEntry Entry(TlvType type, long bits, sbyte scaler) =>
        new() { Obis = ObisCode.ActivePower, Type = type, Length = 8, Offset = 0, Bits = bits, Scaler = scaler };
}

using CoMaKo.Devices.Protocols.Profiles;
using FsCheck;
using FsCheck.Fluent;

namespace CoMaKo.Devices.Tests.Profiles;

public sealed class RegisterFieldTests
{
    [Theory]
    [InlineData(RegisterType.Int16, new[] { 0xFFFE }, "-2", "1")]
    [InlineData(RegisterType.UInt16, new[] { 0xFFFE }, "65534", "1")]
    [InlineData(RegisterType.Int32, new[] { 0xFFFF, 0xFFFE }, "-2", "1")]
    [InlineData(RegisterType.UInt32, new[] { 0x0001, 0x0002 }, "65538", "1")]
    [InlineData(RegisterType.Int64, new[] { 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFE }, "-2", "1")]
    [InlineData(RegisterType.UInt64, new[] { 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFE }, "18446744073709551614", "1")]
    [InlineData(RegisterType.Float32, new[] { 0x449A, 0x5000 }, "1234.5", "0.0001220703125")]
    [InlineData(RegisterType.Float32, new[] { 0xC49A, 0x5000 }, "-1234.5", "0.0001220703125")]
    [InlineData(RegisterType.Float64, new[] { 0x4093, 0x4A00, 0, 0 }, "1234.5", "0.000000000000227373675443232")]
    public void Decode_BothWordOrders_GiveTheNumberAndItsStep(RegisterType type, int[] words, string value, string step)
    {
        ushort[] registers = [.. words.Select(w => (ushort)w)];
        foreach (var (order, given) in (ReadOnlySpan<(WordOrder, ushort[])>)[(WordOrder.HighFirst, registers), (WordOrder.LowFirst, [.. registers.Reverse()])])
        {
            var number = new RegisterField(RegisterTable.Input, 0, type, order, []).Decode(given)!.Value;
            Assert.Equal(decimal.Parse(value, System.Globalization.CultureInfo.InvariantCulture), number.Value);
            Assert.Equal(decimal.Parse(step, System.Globalization.CultureInfo.InvariantCulture), number.Step);
        }
    }

    [Theory]
    [InlineData(RegisterType.Int16, 0x8000UL)]
    [InlineData(RegisterType.UInt16, 0xFFFFUL)]
    [InlineData(RegisterType.Int32, 0x8000_0000UL)]
    [InlineData(RegisterType.UInt32, 0xFFFF_FFFFUL)]
    [InlineData(RegisterType.Int64, 0x8000_0000_0000_0000UL)]
    [InlineData(RegisterType.UInt64, 0xFFFF_FFFF_FFFF_FFFFUL)]
    [InlineData(RegisterType.Float32, 0x7FC0_0000UL)]
    [InlineData(RegisterType.Float32, 0xFFFF_FFFFUL)]
    [InlineData(RegisterType.Float32, 0x7F80_0000UL)]
    [InlineData(RegisterType.Float32, 0xFF80_0000UL)]
    [InlineData(RegisterType.Float32, 0x7F7F_FFFFUL)]
    [InlineData(RegisterType.Float64, 0x7FF8_0000_0000_0001UL)]
    [InlineData(RegisterType.Float64, 0xFFF0_0000_0000_0000UL)]
    public void Decode_PatternThatMeansNothing_IsAbsent(RegisterType type, ulong bits) => Assert.Null(RegisterField.Decode(type, bits, []));

    [Fact]
    public void Decode_OwnInvalidPattern_IsAbsent() => Assert.Null(RegisterField.Decode(RegisterType.Int32, 0x7FFF_FFFF, [0x7FFF_FFFF]));

    [Fact]
    public void Decode_AnyBits_NeverThrows() => Prop.ForAll(Gen.Choose(0, 7).Zip(ArbMap.Default.GeneratorFor<ulong>()).ToArbitrary(), input =>
    {
        var number = RegisterField.Decode((RegisterType)input.Item1, input.Item2, []);
        return number is null || Math.Abs(number.Value.Value) <= 100_000_000_000_000_000_000m;
    }).QuickCheckThrowOnFailure();
}

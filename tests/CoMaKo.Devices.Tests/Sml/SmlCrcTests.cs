using System.Text;
using CoMaKo.Devices.Protocols.Sml;

namespace CoMaKo.Devices.Tests.Sml;

public sealed class SmlCrcTests
{
    [Fact]
    public void Crc_CheckText_GivesThePublishedValues()
    {
        byte[] check = Encoding.ASCII.GetBytes("123456789");

        Assert.Equal(0x906E, SmlCrc.X25(check));
        Assert.Equal(0x2189, SmlCrc.Kermit(check));
    }

    [Fact]
    public void Crc_StartSequence_GivesTheRegistersThatOtherDecodersStartFrom()
    {
        byte[] start = [0x1B, 0x1B, 0x1B, 0x1B, 1, 1, 1, 1];

        Assert.Equal(0x6E23, SmlCrc.X25(start));
        Assert.Equal(0xED50, SmlCrc.Kermit(start));
    }

    [Fact]
    public void Crc_AnyLength_IsThatOfTheBitByBitRule()
    {
        var bytes = new byte[100];
        new Random(1).NextBytes(bytes);
        for (int length = 0; length <= bytes.Length; length++)
        {
            int register = 0xFFFF;
            for (int i = 0; i < length; i++)
            {
                register ^= bytes[i];
                for (int bit = 0; bit < 8; bit++) register = (register & 1) != 0 ? register >> 1 ^ 0x8408 : register >> 1;
            }

            Assert.Equal((ushort)~register, SmlCrc.X25(bytes.AsSpan(0, length)));
        }
    }

    [Theory]
    [InlineData(0x6E, 0x90, SmlCrcKind.X25)]
    [InlineData(0x21, 0x89, SmlCrcKind.Kermit)]
    [InlineData(0x89, 0x21, SmlCrcKind.KermitSwapped)]
    [InlineData(0x90, 0x6E, SmlCrcKind.Bad)]
    public void KindOf_OctetsOnTheWire_TellsTheKind(byte first, byte second, SmlCrcKind kind) =>
        Assert.Equal(kind, SmlCrc.KindOf(Encoding.ASCII.GetBytes("123456789"), first, second));
}

using System.Globalization;
using CoMaKo.Devices.Protocols.Sml;
using CoMaKo.Devices.Simulator.Devices;
using CoMaKo.Quantities;

namespace CoMaKo.Devices.Tests.Simulator;

/// <summary>The simulator's encoder against the product's decoder: they share no code.</summary>
public sealed class SmlMeterTests
{
    [Theory]
    [InlineData(19_548_567_720_000, 3_600_000, 1_234_567, "5430157.7", "1.0", "1234.6")]
    [InlineData(0, 0, 0, "0.0", "0.0", "0.0")]
    [InlineData(359_999, 7_200_000_359_999, -9_800_049, "0.0", "2000000.0", "-9800.0")]
    public void Frame_AnyFace_IsDecodedExactly(long import, long export, long power, string importWh, string exportWh, string watts)
    {
        var frame = Decode(new SmlMeter(4711).Frame(new MeterFace(import, export, power), 123_456));
        Assert.Equal("0a01434d4b0000001267", Convert.ToHexStringLower(frame.ServerId));
        Assert.Equal(123_456, frame.Seconds);
        Assert.Equal(SmlCrcKind.X25, frame.TransportCrc);
        var values = Numbers(frame);
        Assert.Equal([("1-0:1.8.0*255", importWh, (byte)30), ("1-0:2.8.0*255", exportWh, (byte)30), ("1-0:16.7.0*255", watts, (byte)27)], values);
    }

    [Fact]
    public void Frame_StatusWord_ShowsTheDirection()
    {
        var meter = new SmlMeter(1);
        Assert.Equal(0x1C0104UL, Status(Decode(meter.Frame(new MeterFace(0, 0, 5_000), 1))));
        Assert.Equal(0x1C7904UL, Status(Decode(meter.Frame(new MeterFace(0, 0, -5_000), 2))));
    }

    [Fact]
    public void Frame_EscapeSequenceInside_IsSentTwice()
    {
        byte[] bytes = new SmlMeter(0x1B1B1B1B).Frame(new MeterFace(1, 1, 1), 0x1B1B1B1B);
        Assert.Equal("0a01434d4b001b1b1b1b", Convert.ToHexStringLower(Decode(bytes).ServerId));
        Assert.Equal(0, bytes.Length % 4);
    }

    [Fact]
    public void Frame_ReducedDataSet_HasWholeKilowattHoursAndNoPower()
    {
        var frame = Decode(new SmlMeter(1, energyScaler: 3).Frame(new MeterFace(19_548_567_720_000, 0, 500_000), 1));
        Assert.Equal([("1-0:1.8.0*255", "5430000", (byte)30), ("1-0:2.8.0*255", "0", (byte)30)], Numbers(frame));
    }

    [Fact]
    public void Frames_ManyRandomFaces_AreAllDecodedExactly()
    {
        var random = new Random(11);
        var meter = new SmlMeter(99);
        for (int i = 0; i < 2_000; i++)
        {
            var face = new MeterFace(random.NextInt64(1L << 50), random.NextInt64(1L << 50), random.NextInt64(-50_000_000, 50_000_000));
            var values = Numbers(Decode(meter.Frame(face, (uint)i)));
            Assert.Equal((face.Import / 360_000 / 10m).ToString("F1", CultureInfo.InvariantCulture), values[0].Value);
            Assert.Equal((face.Export / 360_000 / 10m).ToString("F1", CultureInfo.InvariantCulture), values[1].Value);
        }
    }

    private static SmlFrame Decode(byte[] bytes)
    {
        var decoder = new SmlDecoder();
        ReadOnlySpan<byte> rest = bytes;
        Assert.Equal(SmlOutcome.Accepted, decoder.Read(ref rest));
        Assert.True(rest.IsEmpty);
        return decoder.Frame;
    }

    private static List<(string Obis, string Value, byte? Unit)> Numbers(SmlFrame frame)
    {
        var list = new List<(string, string, byte?)>();
        foreach (var entry in frame.Entries)
            if (entry.IsNumeric) list.Add((entry.Obis.ToString(), entry.ValueText, entry.Unit));
        return list;
    }

    private static ulong? Status(SmlFrame frame)
    {
        foreach (var entry in frame.Entries)
            if (entry.Obis == ObisCode.Parse("1-0:1.8.0*255")) return entry.Status;
        return null;
    }
}

using CoMaKo.Devices.Protocols.Sml;

namespace CoMaKo.Devices.Tests.Sml;

public sealed class SmlFieldsTests
{
    public static TheoryData<string> Names => SmlCorpusTests.Names;

    [Fact]
    public void Explain_GoodFrame_NamesEveryPart()
    {
        var fields = SmlFields.Explain(SmlRun.CorpusFile("fnn_basic"));

        Assert.Equal(new SmlField(0, 8, SmlFieldKind.Other, "start", null, null, "SML transport 1"), fields[0]);
        Assert.Contains(fields, f => f is { Name: "server id", Result: "0a01544d4f00000003e9" });
        Assert.Contains(fields, f => f is { Kind: SmlFieldKind.Register, Length: 7, Result: "1-0:1.8.0*255" });
        Assert.Contains(fields, f => f is { Kind: SmlFieldKind.StatusOrCrc, Name: "status", Result: "0x1C0104: running, U L1, U L2, U L3" });
        Assert.Contains(fields, f => f is { Kind: SmlFieldKind.UnitOrScaler, Name: "scaler", Obis: "1-0:1.8.0*255", Result: "10^-1" });
        Assert.Contains(fields, f => f is { Kind: SmlFieldKind.Value, Calculation: "54301577 × 10^-1", Result: "5430157.7 Wh" });
        Assert.Contains(fields, f => f is { Kind: SmlFieldKind.Value, Calculation: "-1500 × 10^0", Result: "-1500 W" });
        Assert.Equal(3, fields.Count(f => f is { Name: "message crc", Result: "x25" }));
        Assert.Equal("x25", fields[^1].Result);
    }

    [Fact]
    public void Explain_SignDefect_ShowsTheCorrection() =>
        Assert.Contains(SmlFields.Explain(SmlRun.CorpusFile("dzg_defect_two_bytes")),
            f => f is { Calculation: "(-29912 + 65536: sign defect) × 10^-2", Result: "356.24 W" });

    [Theory]
    [MemberData(nameof(Names))]
    public void Explain_AnyInput_CoversEveryByteOnce(string name)
    {
        byte[] bytes = SmlRun.CorpusFile(name);

        CheckCover(bytes);
    }

    [Fact]
    public void Explain_FrameDamagedAnywhere_GoesAsFarAsItCan()
    {
        byte[] frame = SmlRun.CorpusFile("escaped_energy");
        for (int at = 0; at < frame.Length; at++)
        {
            byte[] damaged = [.. frame];
            damaged[at] ^= 0x55;
            CheckCover(damaged);
            CheckCover(frame[..at]);
        }
    }

    [Fact]
    public void Explain_EscapedValue_CoversBothGroups()
    {
        var value = SmlFields.Explain(SmlRun.CorpusFile("escaped_energy")).First(f => f.Kind == SmlFieldKind.Value && f.Obis == "1-0:1.8.0*255");

        Assert.Equal((9, "45476124.3 Wh"), (value.Length, value.Result));
    }

    private static void CheckCover(byte[] bytes)
    {
        int at = 0;
        foreach (var field in SmlFields.Explain(bytes))
        {
            Assert.Equal(at, field.Offset);
            Assert.True(field.Length > 0);
            at += field.Length;
        }

        Assert.Equal(Math.Min(bytes.Length, SmlTransport.MaxFrame), at);
    }
}

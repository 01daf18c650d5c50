using CoMaKo.Devices.Protocols.Sml;

namespace CoMaKo.Devices.Tests.Sml;

public sealed class SmlObservationsTests
{
    [Theory]
    [InlineData("fnn_basic", "")]
    [InlineData("empty", "CME-1110")]
    [InlineData("no_sml", "CME-1110 CME-1113")]
    [InlineData("not_raw", "CME-1111 CME-1114 CME-1113")]
    [InlineData("damage_bit", "CME-1112 CME-1113")]
    [InlineData("damage_cut", "CME-1114 CME-1113")]
    [InlineData("refused_fill_of_four", "CME-1115 CME-1113")]
    [InlineData("damage_endless", "CME-1120 CME-1113")]
    [InlineData("kermit", "CME-1116")]
    [InlineData("kermit_in_messages_only", "CME-1116")]
    [InlineData("crc_kind_changes", "CME-1116 CME-1117")]
    [InlineData("reduced_16_bit", "CME-1118 CME-1119")]
    [InlineData("dzg_defect_two_bytes", "CME-1122")]
    [InlineData("value_absent", "CME-1123")]
    [InlineData("alarms", "CME-1126 CME-1127 CME-1128")]
    public void Diagnose_Recording_SaysWhatIsWrong(string file, string codes)
    {
        byte[] recording = SmlRun.CorpusFile(file);

        Assert.Equal(codes, string.Join(' ', Observe(recording).Diagnose(recording.Length).Select(d => d.Code)));
    }

    [Fact]
    public void Diagnose_SecondsIndexGoesBack_SaysThatTheMeterRestarted() =>
        Assert.Contains(Observe([.. SmlRun.CorpusFile("hundred_frames"), .. SmlRun.CorpusFile("hundred_frames")]).Diagnose(), d => d.Code == "CME-1121");

    [Fact]
    public void Diagnose_CrcErrorsBelowOnePercent_AreNoWarning()
    {
        byte[] good = SmlRun.CorpusFile("fnn_basic");
        byte[] bad = [.. good];
        bad[100] ^= 1;

        var rare = Observe([.. bad, .. Enumerable.Repeat(good, 100).SelectMany(f => f)]).Diagnose().Single();
        var often = Observe([.. bad, .. Enumerable.Repeat(good, 98).SelectMany(f => f)]).Diagnose().Single();

        Assert.Equal((false, true), (rare.IsWarning, often.IsWarning));
    }

    private static SmlObservations Observe(ReadOnlySpan<byte> recording)
    {
        var decoder = new SmlDecoder();
        var observations = new SmlObservations(decoder);
        for (SmlOutcome outcome; (outcome = decoder.Read(ref recording)) != SmlOutcome.NeedMore;) observations.Saw(outcome);
        for (SmlOutcome outcome; (outcome = decoder.EndOfSilence()) != SmlOutcome.NeedMore;) observations.Saw(outcome);
        return observations;
    }
}

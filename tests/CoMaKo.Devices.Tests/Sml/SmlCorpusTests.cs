using System.Text.Json;
using CoMaKo.Devices.Protocols.Sml;

namespace CoMaKo.Devices.Tests.Sml;

/// <summary>The committed corpus, written by Corpus/generate.py from the format description, independently of the product.</summary>
public sealed class SmlCorpusTests
{
    private static readonly JsonElement Expected = SmlRun.Json(Path.Combine(SmlRun.Corpus, "expected.json"));

    public static TheoryData<string> Names => [.. Expected.EnumerateObject().Select(p => p.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Decoder_CorpusFile_GivesExactlyTheExpectedFrames(string name)
    {
        var frames = SmlRun.Decode(SmlRun.CorpusFile(name)).Where(s => s.Outcome is SmlOutcome.Accepted or SmlOutcome.Rejected).Select(Text);

        Assert.Equal(Expected.GetProperty(name).EnumerateArray().Select(Text), frames);
    }

    [Fact]
    public void Corpus_Files_AreAllExpected()
    {
        Assert.Equal(Expected.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal), SmlRun.CorpusNames);
    }

    private static string Text(SmlSeen seen) => $"{seen.Offset}+{seen.Length} {seen.TransportCrc} {seen.Accepted} {seen.Content}";

    private static string Text(JsonElement frame)
    {
        var values = frame.GetProperty("values").EnumerateArray()
            .Select(v => $"{v.GetProperty("obis")}={SmlRun.Plain(v.GetProperty("value").GetString()!)}{v.GetProperty("unit")}");
        return $"{frame.GetProperty("offset")}+{frame.GetProperty("length")} {frame.GetProperty("transportCrc")} {frame.GetProperty("accepted").GetBoolean()} "
            + $"{frame.GetProperty("serverId")} {string.Join(' ', values)}";
    }
}

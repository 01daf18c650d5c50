using System.CommandLine;
using System.Text.Json;
using CoMaKo.Edge.Commands;
using CoMaKo.Testing;

namespace CoMaKo.Edge.Tests.Commands;

public sealed class SmlDecodeCommandTests
{
    private static readonly string Corpus = Repository.At("tests", "CoMaKo.Devices.Tests", "Sml", "Corpus");

    public static TheoryData<string> Recordings => [.. Directory.GetFiles(Corpus, "*.bin").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Recordings))]
    public void Decode_AnyRecordingAsJson_FitsTheSchemaAndExits0(string file)
    {
        var (exit, output, error) = Run(Path.Combine(Corpus, file), "--json");

        Assert.Equal((0, ""), (exit, error));
        using var document = JsonDocument.Parse(output);
        Assert.Empty(JsonSchema.Read("sml-decode.schema.json").Check(document.RootElement));
    }

    [Fact]
    public void Decode_GoodFrameAsJson_IsExactlyThis()
    {
        var (_, output, _) = Run(Path.Combine(Corpus, "fnn_basic.bin"), "--json");

        Assert.Equal("""
            {"frames":[{"offset":0,"length":232,"transportCrc":"x25","accepted":true,"serverId":"0a01544d4f00000003e9","values":[{"obis":"1-0:1.8.0*255","value":"5430157.7","unit":"Wh"},{"obis":"1-0:2.8.0*255","value":"424.2","unit":"Wh"},{"obis":"1-0:16.7.0*255","value":"-1500","unit":"W"}]}],"diagnosis":[]}
            """, output.TrimEnd());
    }

    [Fact]
    public void Decode_DamagedRecordingAsJson_ListsTheRefusedFrameWithoutValues()
    {
        var (_, output, _) = Run(Path.Combine(Corpus, "damage_bit.bin"), "--json");

        Assert.StartsWith("""{"frames":[{"offset":0,"length":232,"transportCrc":"bad","accepted":false,"serverId":null,"values":[]},{"offset":232,""", output, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"CME-1112\"", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_AsTable_IsReadable()
    {
        var (_, output, _) = Run(Path.Combine(Corpus, "damage_bit.bin"));

        Assert.Contains("frame at 0, 232 bytes, CRC bad, REFUSED, meter unknown", output, StringComparison.Ordinal);
        Assert.Contains("  1-0:1.8.0*255                         5430157.7 Wh", output, StringComparison.Ordinal);
        Assert.Contains("CME-1112 1 of 2 complete frames", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_MissingFile_SaysSoAndExits2()
    {
        var (exit, output, error) = Run("no-such-recording.bin", "--json");

        Assert.Equal((2, ""), (exit, output));
        Assert.StartsWith("CME-1140 no-such-recording.bin: cannot be read:", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_Folder_SaysSoAndExits2()
    {
        var (exit, _, error) = Run(Corpus);

        Assert.Equal(2, exit);
        Assert.StartsWith("CME-1140", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_FileThatIsTooLarge_SaysSoAndExits2()
    {
        string path = Path.GetTempFileName();
        try
        {
            using (var file = File.OpenWrite(path)) file.SetLength(64L * 1024 * 1024 + 1);

            var (exit, _, error) = Run(path);

            Assert.Equal(2, exit);
            Assert.StartsWith("CME-1141", error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static (int Exit, string Output, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int exit = SmlDecodeCommand.Create().Parse(["decode", .. arguments]).Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (exit, output.ToString(), error.ToString());
    }
}

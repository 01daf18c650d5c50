using System.Text;
using CoMaKo.Devices.Protocols.Profiles;

namespace CoMaKo.Devices.Tests.Profiles;

public sealed class StrictYamlTests
{
    private static readonly Dictionary<string, int> Colours = new() { ["red"] = 1, ["green"] = 2 };

    [Fact]
    public void Root_ValidFile_GivesEveryKindOfValue()
    {
        var yaml = StrictYaml.Parse("""
            name: "no"
            plain: no
            port: 0x1F6
            ratio: 0.25
            on: true
            colour: green
            inner: { a: 1 }
            items:
              - { n: 1 }
              - n: 2
            words: [x, "2"]
            numbers: [1, -2]
            """);
        var root = yaml.Root;

        Assert.Equal("no", root.Text("name"));
        Assert.Equal("no", root.Text("plain"));
        Assert.Equal(502, root.Integer("port", 1, 65535));
        Assert.Equal(0.25m, root.Decimal("ratio"));
        Assert.True(root.Flag("on"));
        Assert.Equal(2, root.Word("colour", Colours));
        Assert.Equal(1, root.Map("inner").Integer("a"));
        Assert.Equal([1L, 2L], root.Maps("items").Select(m => m.Integer("n")));
        Assert.Equal(["x", "2"], root.OptionalTexts("words"));
        Assert.Equal([1L, -2L], root.OptionalIntegers("numbers"));
        Assert.Null(root.OptionalText("absent"));
        Assert.Empty(yaml.Complete());
    }

    [Fact]
    public void Complete_ManyMistakes_ReportsAllWithPathAndLine()
    {
        var yaml = StrictYaml.Parse("""
            port: "502"
            ratio: 1e3
            on: yes
            colour: blue
            empty:
            readings:
              - { type: 7, typo: 1 }
              - text
            port: 1
            list: { a: 1 }
            """);
        var root = yaml.Root;
        root.Integer("port");
        root.Decimal("ratio");
        root.Flag("on");
        root.Word("colour", Colours);
        root.Text("empty");
        foreach (var reading in root.Maps("readings")) reading.Integer("type", 1, 5);
        root.OptionalTexts("list");
        root.Map("missing").Text("not reported");

        Assert.Equal(
            [
                ("CME-1206", "port", 1), ("CME-1205", "missing", 1), ("CME-1206", "ratio", 2), ("CME-1206", "on", 3), ("CME-1207", "colour", 4),
                ("CME-1207", "empty", 5), ("CME-1207", "readings[0].type", 7), ("CME-1204", "readings[0].typo", 7), ("CME-1206", "readings[1]", 8),
                ("CME-1203", "port", 9), ("CME-1206", "list", 10),
            ],
            yaml.Complete().OrderBy(f => f.Line).ThenBy(f => Order(f.Path)).Select(f => (f.Code, f.Path, f.Line!.Value)));

        static int Order(string path) => path == "missing" ? 1 : 0;
    }

    [Theory]
    [InlineData("a: &x 1\nb: 2", 1)]
    [InlineData("a: 1\nb: *x", 2)]
    [InlineData("a: !!int 1\nb: 2", 1)]
    [InlineData("a: 1\n---\nb: 2", 2)]
    [InlineData("? [a]\n: 1", 1)]
    [InlineData("a: [[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]", 1)]
    public void Complete_PartOfYamlThatIsNotAllowed_IsReported(string text, int line)
    {
        var findings = StrictYaml.Parse(text).Complete();

        Assert.Contains(findings, f => f.Code == "CME-1202" && f.Line == line);
    }

    [Theory]
    [InlineData("a: [1")]
    [InlineData("a: 1\n b: 2\n  c")]
    [InlineData("")]
    [InlineData("@a: 1")]
    [InlineData("a: \"open")]
    public void Complete_NotYaml_ReportsOnlyThat(string text)
    {
        var yaml = StrictYaml.Parse(text);
        yaml.Root.Text("missing");

        Assert.Equal("CME-1201", Assert.Single(yaml.Complete()).Code);
        Assert.False(yaml.IsReadable);
    }

    [Fact]
    public void Parse_TooLargeOrNotUtf8_IsAFinding()
    {
        Assert.Equal("CME-1201", Assert.Single(StrictYaml.Parse(new string('a', StrictYaml.MaxBytes + 1)).Complete()).Code);
        Assert.Equal("CME-1201", Assert.Single(StrictYaml.Parse([0x61, 0x3a, 0x20, 0xff]).Complete()).Code);
        Assert.Equal("CME-1201", Assert.Single(StrictYaml.Load("/nonexistent/file.yaml").Complete()).Code);
    }

    [Fact]
    public void Parse_RandomBytesAndMutations_NeverThrows()
    {
        var random = new Random(20261120);
        byte[] seed = Encoding.UTF8.GetBytes("a: [1, {b: 'c'}]\n? x\n: &y |\n  text\n- *y\n--- # c\n...\n%YAML 1.2\n\"q\\x41\": !t >-\n  f\n");
        for (int i = 0; i < 4000; i++)
        {
            byte[] bytes = [.. seed];
            for (int n = random.Next(1, 8); n > 0; n--) bytes[random.Next(bytes.Length)] = (byte)(random.Next(2) == 0 ? seed[random.Next(seed.Length)] : random.Next(256));
            var yaml = StrictYaml.Parse(i % 2 == 0 ? bytes : bytes.AsSpan(0, random.Next(bytes.Length)));
            yaml.Root.OptionalMaps("a");
            Assert.All(yaml.Complete(), f => Assert.StartsWith("CME-12", f.Code, StringComparison.Ordinal));
        }
    }
}

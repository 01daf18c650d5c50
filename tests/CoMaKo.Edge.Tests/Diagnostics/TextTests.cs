using System.Text.RegularExpressions;
using System.Xml.Linq;
using CoMaKo.Devices;
using CoMaKo.Edge.Diagnostics;
using CoMaKo.Testing;

namespace CoMaKo.Edge.Tests.Diagnostics;

/// <summary>German and English are complete, and say the same things.</summary>
public sealed partial class TextTests
{
    private static readonly string Folder = Repository.At("edge", "CoMaKo.Edge.Diagnostics");
    private static readonly Dictionary<string, string> English = Read("Texts.resx");
    private static readonly Dictionary<string, string> German = Read("Texts.de.resx");

    [Fact]
    public void BothLanguages_HaveTheSameKeysAndNoEmptyText()
    {
        Assert.Equal(English.Keys.Order(StringComparer.Ordinal), German.Keys.Order(StringComparer.Ordinal));
        Assert.DoesNotContain(English.Concat(German), text => string.IsNullOrWhiteSpace(text.Value));
    }

    [Fact]
    public void BothLanguages_PutInTheSameValues()
    {
        foreach (var (key, english) in English)
            Assert.True(Holes(english).SequenceEqual(Holes(German[key])), $"{key}: {english} | {German[key]}");
    }

    [Fact]
    public void EveryKeyInTheCode_HasAText()
    {
        var used = Sources().SelectMany(source => Key().Matches(source)).Select(match => match.Groups["key"].Value).ToList();
        Assert.NotEmpty(used);
        Assert.All(used, key => Assert.True(English.ContainsKey(key) || (English.ContainsKey(key + ".one") && English.ContainsKey(key + ".other")), key));
    }

    [Fact]
    public void EveryWordOfAnEnumeration_HasAText()
    {
        Type[] shown = [typeof(Measurand), typeof(FrameFault), typeof(FrameFieldMeaning), typeof(NumberForm), typeof(ClockTrust), typeof(Role), typeof(ControlMode), typeof(RelayMeaning), typeof(GridEventKind), typeof(GridEventOrigin),
            typeof(ForecastQuantity), typeof(ForecastLead), typeof(WriteTestPhase), typeof(StepState)];
        var missing = shown.SelectMany(type => Enum.GetNames(type).Select(name => $"{type.Name}.{name}")).Where(key => !English.ContainsKey(key)).ToList();
        Assert.Empty(missing);
        Assert.All(Enum.GetNames<ClockTrust>(), name => Assert.True(English.ContainsKey($"ClockTrust.{name}.detail"), name));
    }

    [Fact]
    public void NoText_IsLeftOver()
    {
        string code = string.Join('\n', Sources());
        string[] composed = ["nav.", "flow.", "field.", "Measurand.", "FrameFault.", "FrameFieldMeaning.", "NumberForm.", "ClockTrust.", "Role.", "ControlMode.", "RelayMeaning.", "GridEventKind.", "GridEventOrigin.", "ForecastQuantity.", "ForecastLead.", "savings.hindrance.", "savings.skipped.", "WriteTestPhase.", "StepState.",
            "LimitSource.", "limit.", "cause.", "driver.", "trigger.", "precondition.", "step.", "reason.", "control.well.", "test.", "slot.", "SlotState.", "FieldGroup.", "MeterAlarms.", "CME-", "loop."];
        var alone = English.Keys.Where(key => !composed.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal)));
        Assert.All(alone, key => Assert.True(code.Contains($"\"{Plural().Replace(key, "")}\"", StringComparison.Ordinal), key));
    }

    [Fact]
    public void Component_HasNoWordsOfItsOwn()
    {
        // Text between tags in a component must come from the resources; two letters and more in a row would be a word.
        foreach (string file in Directory.EnumerateFiles(Folder, "*.razor", SearchOption.AllDirectories))
        {
            string markup = Comment().Replace(File.ReadAllText(file).Split("@code {")[0], "");
            foreach (Match match in BareText().Matches(markup))
                if (match.Groups["text"].Value is not ['/', ..] and not "kWh") Assert.Fail($"{Path.GetFileName(file)} says \"{match.Groups["text"].Value.Trim()}\" in one language only.");
        }
    }

    private static IEnumerable<string> Sources() => Directory.EnumerateFiles(Folder, "*.*", SearchOption.AllDirectories)
        .Where(file => file.EndsWith(".razor", StringComparison.Ordinal) || file.EndsWith(".cs", StringComparison.Ordinal)).Select(File.ReadAllText);

    private static Dictionary<string, string> Read(string file) => XDocument.Load(Path.Combine(Folder, "Texts", file)).Root!.Elements("data")
        .ToDictionary(data => data.Attribute("name")!.Value, data => data.Element("value")!.Value, StringComparer.OrdinalIgnoreCase);

    private static IEnumerable<string> Holes(string text) => Hole().Matches(text).Select(match => match.Value).Distinct().Order(StringComparer.Ordinal);

    [GeneratedRegex("Say(?:\\[|\\.Count\\()\"(?<key>[A-Za-z0-9.-]*[A-Za-z0-9])\"[,\\])]", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Key();

    [GeneratedRegex("\\{[0-9a-z]+\\}", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Hole();

    [GeneratedRegex("\\.(one|other)$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Plural();

    [GeneratedRegex("@\\*.*?\\*@", RegexOptions.CultureInvariant | RegexOptions.Singleline, 1000)]
    private static partial Regex Comment();

    [GeneratedRegex("[a-z\"]>(?<text>[^<>@{}=()&;]*\\p{L}{3,}[^<>@{}=()&;]*)<", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex BareText();
}

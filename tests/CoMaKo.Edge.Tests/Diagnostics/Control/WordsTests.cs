using System.Reflection;
using System.Text.RegularExpressions;
using CoMaKo.Edge.Control.Commissioning;
using CoMaKo.Edge.Control.Dispatch;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Edge.Diagnostics;
using CoMaKo.Edge.Diagnostics.Control;
using CoMaKo.Edge.Diagnostics.Texts;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.Edge.Tests.Diagnostics;

/// <summary>Whatever control says, the pages have words for it in both languages. Taken from control itself, so that a new word is missed here.</summary>
public sealed partial class WordsTests
{
    public static TheoryData<string> Languages => new(Wording.Languages);

    [Theory]
    [MemberData(nameof(Languages))]
    public void EveryWordOfControl_HasAText(string language)
    {
        var say = new Wording(language, DateTimeZone.Utc);
        string[] wanted =
        [
            .. Constants(typeof(Causes)).Select(cause => "cause." + cause),
            .. Constants(typeof(ControlCodes)), .. Constants(typeof(WriteTestCodes)),
            .. Enum.GetNames<LimitSource>().Select(source => "LimitSource." + source),
            .. Enum.GetNames<DecisionTrigger>().Select(trigger => "trigger." + trigger.ToLowerInvariant()),
            .. InSource("Limits", LimitName()).Select(name => "limit." + name),
            .. InSource("Commissioning", StageName()).Select(name => "step." + name),
            .. InSource("Commissioning", PreconditionName()).Select(name => "precondition." + name),
        ];
        Assert.True(wanted.Length > 70);
        Assert.DoesNotContain(wanted, key => say.Find(key) is null);
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void EveryModeOfControl_HasASentence(string language)
    {
        var say = new Wording(language, DateTimeZone.Utc);
        Assert.DoesNotContain(Enum.GetNames<CoMaKo.Edge.Diagnostics.ControlMode>().SelectMany(mode => (string[])[$"ControlMode.{mode}", $"control.well.{mode}", $"control.well.{mode}.detail"]), key => say.Find(key) is null);
    }

    /// <summary>The cases that the port names, with the values that it names, make whole sentences with "because" in bold.</summary>
    [Theory]
    [MemberData(nameof(Languages))]
    public void EveryReasonOfThePort_IsASentence(string language)
    {
        var say = new Wording(language, DateTimeZone.Utc);
        string remarks = File.ReadAllText(Repository.At("edge", "CoMaKo.Edge.Diagnostics", "Ports", "Control", "Reason.cs")).Split("<remarks>")[1].Split("</remarks>")[0];
        int cases = 0;
        foreach (Match group in ReasonGroup().Matches(remarks))
            foreach (string code in ReasonCode().Matches(group.Groups[1].Value).Select(match => match.Groups[1].Value))
            {
                var values = group.Groups[2].Value.Split(", ").Select(name => new ReasonValue(name, name == "at" ? ReasonUnit.UnixSeconds : ReasonUnit.Watts, 1_780_000_000m)).ToList();
                var runs = ReasonText.Of(say, new Reason(code, values));
                Assert.True(runs.Count == 3 && runs[1].IsBold, $"{code} in {language}: {string.Concat(runs.Select(run => run.Text))}");
                cases++;
            }

        Assert.Equal(17, cases);
    }

    private static IEnumerable<string> Constants(Type type) => type.GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!);

    private static IEnumerable<string> InSource(string folder, Regex pattern) => Directory.EnumerateFiles(Repository.At("edge", "CoMaKo.Edge.Control", folder), "*.cs")
        .SelectMany(file => pattern.Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value)).Distinct();

    [GeneratedRegex("((?:<c>[a-z-]+</c>,?[\\s/]*)+) ?\\(([a-z, ]+)\\)", RegexOptions.None, 1000)]
    private static partial Regex ReasonGroup();

    [GeneratedRegex("<c>([a-z-]+)</c>", RegexOptions.None, 1000)]
    private static partial Regex ReasonCode();

    [GeneratedRegex("string Name => \"([^\"]+)\"", RegexOptions.None, 1000)]
    private static partial Regex LimitName();

    [GeneratedRegex("new\\(\"([a-z-]+)\"\\)[,\\]]", RegexOptions.None, 1000)]
    private static partial Regex StageName();

    [GeneratedRegex("(?:new|FreshReading)\\(\"([a-z-]+)\", ", RegexOptions.None, 1000)]
    private static partial Regex PreconditionName();
}

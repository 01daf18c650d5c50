using System.Reflection;
using System.Text.RegularExpressions;
using CoMaKo.Edge.Control.Commissioning;
using CoMaKo.Edge.Control.Dispatch;
using CoMaKo.Edge.Control.Limits;
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
        Assert.DoesNotContain(Enum.GetNames<ControlMode>().SelectMany(mode => (string[])[$"ControlMode.{mode}", $"control.well.{mode}", $"control.well.{mode}.detail"]), key => say.Find(key) is null);
    }

    private static IEnumerable<string> Constants(Type type) => type.GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!);

    private static IEnumerable<string> InSource(string folder, Regex pattern) => Directory.EnumerateFiles(Repository.At("edge", "CoMaKo.Edge.Control", folder), "*.cs")
        .SelectMany(file => pattern.Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value)).Distinct();

    [GeneratedRegex("string Name => \"([^\"]+)\"", RegexOptions.None, 1000)]
    private static partial Regex LimitName();

    [GeneratedRegex("new\\(\"([a-z-]+)\"\\)[,\\]]", RegexOptions.None, 1000)]
    private static partial Regex StageName();

    [GeneratedRegex("(?:new|FreshReading)\\(\"([a-z-]+)\", ", RegexOptions.None, 1000)]
    private static partial Regex PreconditionName();
}

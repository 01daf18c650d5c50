using System.Text.RegularExpressions;
using CoMaKo.Testing;

namespace CoMaKo.Contracts.Tests.Web;

/// <summary>The colour tokens of all pages keep their contrasts, in both themes.</summary>
public sealed partial class TokenTests
{
    private static readonly string[] Surfaces = ["bg", "surface", "sunk"];
    private static readonly string[] States = ["ok", "info", "attention", "fault", "stale"];
    private static readonly string[] EnergyHues = ["e-pv", "e-grid", "e-bat", "e-price"];

    public static TheoryData<string> Themes => ["light", "dark"];

    [Theory]
    [MemberData(nameof(Themes))]
    public void Text_OnAnySurface_HasContrast(string theme)
    {
        foreach (string ink in (string[])["ink", "ink-2", "ink-3"])
            foreach (string surface in Surfaces)
                AtLeast(4.5, theme, ink, surface);
        AtLeast(4.5, theme, "on-act", "act");
    }

    [Theory]
    [MemberData(nameof(Themes))]
    public void StateText_OnItsBackAndOnSurfaces_HasContrast(string theme)
    {
        foreach (string state in States)
        {
            AtLeast(4.5, theme, state, state + "-back");
            AtLeast(4.5, theme, "ink", state + "-back");
            AtLeast(4.5, theme, state, "surface");
            AtLeast(4.5, theme, state, "bg");
        }
    }

    [Theory]
    [MemberData(nameof(Themes))]
    public void InkOnFrameFields_HasContrast(string theme)
    {
        foreach (string field in (string[])["f-register", "f-unit", "f-value", "f-status", "f-other"])
            AtLeast(4.5, theme, "ink", field);
    }

    [Theory]
    [MemberData(nameof(Themes))]
    public void Shapes_OnAnySurface_HaveContrast(string theme)
    {
        foreach (string shape in (string[])["e-pv", "e-grid", "e-bat", "e-home", "e-price", "slot", "ctl"])
            foreach (string surface in Surfaces)
                AtLeast(3.0, theme, shape, surface);
        AtLeast(3.0, theme, "e-grid", "e-grid-tint");
        AtLeast(3.0, theme, "e-bat", "e-bat-tint");
    }

    [Theory]
    [MemberData(nameof(Themes))]
    public void EnergyHues_ForEveryKindOfVision_StayApart(string theme)
    {
        var tokens = Tokens(theme);
        foreach (var vision in Enum.GetValues<Vision>())
            for (int i = 0; i < EnergyHues.Length; i++)
                for (int j = i + 1; j < EnergyHues.Length; j++)
                {
                    double distance = Colour.Distance(tokens[EnergyHues[i]].As(vision), tokens[EnergyHues[j]].As(vision));
                    Assert.True(distance > 10, FormattableString.Invariant($"{theme}, {vision}: {EnergyHues[i]} and {EnergyHues[j]} are {distance:F1} apart."));
                }
    }

    [Fact]
    public void Contrast_OfBlackOnWhite_Is21()
    {
        Assert.Equal(21, Colour.Contrast(Colour.Parse("#000000"), Colour.Parse("#FFFFFF")), 6);
        Assert.Equal(100, Colour.Distance(Colour.Parse("#000000"), Colour.Parse("#FFFFFF")), 1);
    }

    [Fact]
    public void Components_UseTokensOnly()
    {
        foreach (string file in Directory.EnumerateFiles(Repository.Root, "*.css", SearchOption.AllDirectories))
        {
            string path = Path.GetRelativePath(Repository.Root, file);
            if (path.StartsWith("artifacts", StringComparison.Ordinal) || path.StartsWith("node_modules", StringComparison.Ordinal) || path.EndsWith("tokens.css", StringComparison.Ordinal)) continue;
            Assert.False(HexColour().IsMatch(File.ReadAllText(file)), $"{path} names a colour; use a token of contracts/web/tokens.css.");
        }
    }

    private static void AtLeast(double needed, string theme, string front, string back)
    {
        var tokens = Tokens(theme);
        double contrast = Colour.Contrast(tokens[front], tokens[back]);
        Assert.True(contrast >= needed, FormattableString.Invariant($"{theme}: {front} on {back} has {contrast:F2}, needs {needed}."));
    }

    private static Dictionary<string, Colour> Tokens(string theme) => Token()
        .Matches(File.ReadAllText(Repository.At("contracts", "web", "tokens.css")))
        .ToDictionary(match => match.Groups["name"].Value, match => Colour.Parse(match.Groups[theme].Value));

    [GeneratedRegex("--(?<name>[a-z0-9-]+): light-dark\\((?<light>#[0-9A-F]{6}), (?<dark>#[0-9A-F]{6})\\);", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Token();

    [GeneratedRegex("#[0-9a-fA-F]{3,8}\\b(?=[^{]*[;}])", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex HexColour();
}

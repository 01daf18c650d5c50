using System.Text.RegularExpressions;

namespace CoMaKo.Architecture.Tests;

/// <summary>House rules that a reader of the source relies on.</summary>
public sealed partial class SourceTests
{
    [Fact]
    public void Types_Names_AreFieldWords()
    {
        var wrong = Solution.Files("*.cs")
            .SelectMany(path => TypeName().Matches(File.ReadAllText(path)).Select(m => $"{Path.GetFileName(path)}: {m.Groups[1].Value}"));
        Assert.Empty(wrong);
    }

    [Fact]
    public void Protocols_AndPureProjects_TouchNoSocketFileOrClock()
    {
        string[] pure = ["contracts/CoMaKo.Quantities", "hardware/CoMaKo.Devices", "edge/CoMaKo.Edge.Acquisition", "cloud-sync/CoMaKo.Settlement"];
        foreach (string folder in pure)
        {
            var wrong = Directory.EnumerateFiles(Path.Combine(Solution.Root, folder), "*.cs", SearchOption.AllDirectories)
                .Where(path => Outside().IsMatch(File.ReadAllText(path)));
            Assert.Empty(wrong);
        }
    }

    [Fact]
    public void HubContexts_Sql_TouchesOwnTablesOnly()
    {
        var prefixes = new Dictionary<string, string>(StringComparer.Ordinal) { ["Ingest"] = "ing", ["Metering"] = "met", ["Market"] = "mkt", ["Settlement"] = "mkt", ["Web"] = "web", ["Access"] = "web", ["Events"] = "web", ["Mail"] = "mai", ["Alerts"] = "alr" };
        string hub = Path.Combine(Solution.Root, "cloud-sync", "CoMaKo.Hub");
        foreach (var (context, own) in prefixes)
        {
            string folder = Path.Combine(hub, context);
            if (!Directory.Exists(folder)) continue;
            var foreign = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Where(path => Path.GetExtension(path) is ".cs" or ".sql")
                .SelectMany(path => Table().Matches(File.ReadAllText(path)).Select(m => (path, prefix: m.Groups[1].Value)))
                .Where(found => prefixes.ContainsValue(found.prefix) && found.prefix != own)
                .Select(found => $"{Path.GetRelativePath(hub, found.path)} uses {found.prefix}_");
            Assert.Empty(foreign);
        }
    }

    [Fact]
    public void Projects_OfProduction_HaveAReadme() =>
        Assert.Empty(Solution.Production.Values.Where(p => !File.Exists(Path.Combine(p.Folder, "README.md"))).Select(p => p.Name));

    [GeneratedRegex(@"\b(?:class|struct|interface|record)\s+(\w*(?:Manager|Helper|Utils|Utility)\w*)\b", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex TypeName();

    [GeneratedRegex(@"using System\.Net\.Sockets|\bFile\.(?:Read|Write|Open|Create)|new FileStream", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex Outside();

    [GeneratedRegex(@"(?i:\b(?:from|into|update|join|table)\s+(?:if not exists\s+)?)([a-z]{3})_[a-z_]+", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex Table();
}

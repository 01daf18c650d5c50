using System.Xml.Linq;
using CoMaKo.Testing;

namespace CoMaKo.Architecture.Tests;

/// <summary>The checkout as the tests see it: project files and what they refer to.</summary>
internal static class Solution
{
    public static string Root => Repository.Root;

    /// <summary>Every project under the production folders, by name.</summary>
    public static IReadOnlyDictionary<string, Project> Production { get; } =
        new[] { "contracts", "hardware", "edge", "cloud-sync" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.csproj", SearchOption.AllDirectories))
            .Where(path => !path.Contains("node_modules", StringComparison.Ordinal))
            .Select(Project.Read)
            .ToDictionary(project => project.Name);

    /// <summary>Tracked-like files: everything outside build output and packages.</summary>
    public static IEnumerable<string> Files(string pattern) =>
        Directory.EnumerateFiles(Root, pattern, SearchOption.AllDirectories).Where(path =>
        {
            string relative = Path.GetRelativePath(Root, path);
            return !relative.StartsWith("artifacts", StringComparison.Ordinal)
                && !relative.StartsWith(".git" + Path.DirectorySeparatorChar, StringComparison.Ordinal)
                && !relative.Contains("node_modules", StringComparison.Ordinal);
        });
}

internal sealed record Project(string Name, string Folder, IReadOnlyList<string> ProjectReferences, IReadOnlyList<string> PackageReferences)
{
    public static Project Read(string path)
    {
        var xml = XDocument.Load(path);
        return new(
            Path.GetFileNameWithoutExtension(path),
            Path.GetDirectoryName(path)!,
            [.. xml.Descendants("ProjectReference").Select(e => Path.GetFileNameWithoutExtension(e.Attribute("Include")!.Value.Replace('\\', '/')))],
            [.. xml.Descendants("PackageReference").Select(e => e.Attribute("Include")!.Value)]);
    }
}

using System.Text.RegularExpressions;

namespace CoMaKo.Architecture.Tests;

/// <summary>No path goes around the write guard (architecture §4): nobody else even names the write sides of devices.</summary>
public sealed partial class WriteGuardTests
{
    /// <summary>The ports themselves, the drivers that implement them, the guard, and the composition that hands them over.</summary>
    private static readonly string[] Allowed =
    [
        "hardware/CoMaKo.Devices/", "hardware/CoMaKo.Devices.Protocols/", "hardware/CoMaKo.Devices.Linux/", "hardware/adapters/",
        "edge/CoMaKo.Edge.Control/Dispatch/Guard/", "edge/CoMaKo.Edge/Hosting/",
    ];

    [Fact]
    public void WriteSidesOfDevices_OutsideGuardDriversAndComposition_AreNotNamed()
    {
        string[] files = [.. Sources()];

        Assert.Contains(files, IsNamed); // the search itself works
        Assert.Empty(files.Where(path => !Array.Exists(Allowed, folder => Relative(path).StartsWith(folder, StringComparison.Ordinal)) && IsNamed(path)).Select(Relative));
    }

    /// <summary>Devices are handed to the guard at composition; host code that called them itself would go around it.</summary>
    [Fact]
    public void WriteCalls_OutsideTheGuardAndDrivers_DoNotExist() =>
        Assert.Empty(Sources().Where(path => Relative(path).StartsWith("edge/", StringComparison.Ordinal) && !Relative(path).StartsWith("edge/CoMaKo.Edge.Control/Dispatch/Guard/", StringComparison.Ordinal)
            && Call().IsMatch(File.ReadAllText(path))).Select(Relative));

    private static IEnumerable<string> Sources() =>
        new[] { "hardware", "edge", "cloud-sync", "contracts" }.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Solution.Root, folder), "*.*", SearchOption.AllDirectories))
            .Where(path => path.EndsWith(".cs", StringComparison.Ordinal) || path.EndsWith(".razor", StringComparison.Ordinal));

    private static bool IsNamed(string path) => Port().IsMatch(File.ReadAllText(path));

    private static string Relative(string path) => Path.GetRelativePath(Solution.Root, path).Replace('\\', '/');

    [GeneratedRegex(@"\b(?:IBatteryControl|IFeedInLimit|ILoadLimit)\b", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex Port();

    [GeneratedRegex(@"\.(?:SetRangeAsync|SetFeedInLimitAsync|SetLimitAsync)\(", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex Call();
}

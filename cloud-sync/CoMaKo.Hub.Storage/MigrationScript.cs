using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace CoMaKo.Hub.Storage;

/// <summary>One numbered step of a context's schema.</summary>
/// <param name="Context">Bounded context, e.g. <c>Ingest</c>.</param>
/// <param name="Number">From 1, without gaps inside a context.</param>
/// <param name="Name">What the step does, from the file's name.</param>
/// <param name="Sql">Statements; run in one transaction.</param>
public sealed partial record MigrationScript(string Context, int Number, string Name, string Sql)
{
    /// <summary>All scripts for an engine that are embedded in an assembly under <c>&lt;Context&gt;/Sql/&lt;engine&gt;/NNN_name.sql</c>.</summary>
    public static IReadOnlyList<MigrationScript> EmbeddedIn(Assembly assembly, HubEngine engine)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        string folder = engine == HubEngine.Postgres ? "postgres" : "sqlite";
        var scripts = new List<MigrationScript>();
        foreach (string resource in assembly.GetManifestResourceNames())
        {
            var match = Resource().Match(resource);
            if (!match.Success || match.Groups["engine"].Value != folder) continue;
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            int number = int.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture);
            scripts.Add(new MigrationScript(match.Groups["context"].Value, number, match.Groups["name"].Value, reader.ReadToEnd()));
        }

        return [.. scripts.OrderBy(script => script.Context, StringComparer.Ordinal).ThenBy(script => script.Number)];
    }

    [GeneratedRegex(@"(?<context>\w+)\.Sql\.(?<engine>\w+)\.(?<number>\d{3})_(?<name>\w+)\.sql\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Resource();
}

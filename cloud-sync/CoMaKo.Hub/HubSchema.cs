using CoMaKo.Hub.Storage;

namespace CoMaKo.Hub;

/// <summary>The schema of all contexts in this version.</summary>
public static class HubSchema
{
    /// <summary>Scripts for <see cref="HubDatabase.Open"/>.</summary>
    public static IReadOnlyList<MigrationScript> Scripts { get; } = MigrationScript.EmbeddedIn(typeof(HubSchema).Assembly, "sqlite");
}

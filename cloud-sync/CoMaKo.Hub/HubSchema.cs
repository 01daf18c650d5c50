using CoMaKo.Hub.Storage;

namespace CoMaKo.Hub;

/// <summary>The schema of all contexts in this version.</summary>
public static class HubSchema
{
    private static readonly IReadOnlyList<MigrationScript> Sqlite = Read(HubEngine.Sqlite);
    private static readonly IReadOnlyList<MigrationScript> Postgres = Read(HubEngine.Postgres);

    /// <summary>Scripts for <see cref="HubDatabase.Open"/>.</summary>
    public static IReadOnlyList<MigrationScript> Of(HubEngine engine) => engine == HubEngine.Postgres ? Postgres : Sqlite;

    /// <summary>Opens a hub's database with this version's schema.</summary>
    public static HubDatabase Open(DatabaseAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return HubDatabase.Open(address, Of(address.Engine));
    }

    private static IReadOnlyList<MigrationScript> Read(HubEngine engine) =>
        [.. MigrationScript.EmbeddedIn(typeof(HubDatabase).Assembly, engine), .. MigrationScript.EmbeddedIn(typeof(HubSchema).Assembly, engine)];
}

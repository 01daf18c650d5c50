using CoMaKo.Hub.Access;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Curves;

namespace CoMaKo.Hub.Metering.Readings;

/// <summary>Standard load profiles, loaded as published. They are read with each use: a table has 3 456 numbers.</summary>
internal sealed class ProfileStore(HubDatabase database, TimeProvider clock)
{
    /// <summary>Stores a table that can be read.</summary>
    public Task PutAsync(string name, bool isDynamic, string csv, Caller caller) => database.WriteAsync(async tx =>
    {
        long now = clock.UnixMicroseconds();
        await tx.Prepare("""
            INSERT INTO met_profile (name, is_dynamic, csv, changed_us) VALUES ($1, $2, $3, $4)
            ON CONFLICT (name) DO UPDATE SET is_dynamic = excluded.is_dynamic, csv = excluded.csv, changed_us = excluded.changed_us
            """).Bind(name).Bind(isDynamic ? 1 : 0).Bind(csv).Bind(now).RunAsync();
        await Audit.AppendAsync(tx, now, caller.Name, "profile.load", name, isDynamic ? "dynamic" : "static");
    });

    /// <summary>The table with this name; absent if there is none.</summary>
    public static async ValueTask<ProfileTable?> FindAsync(HubTransaction tx, string name)
    {
        var rows = await tx.Prepare("SELECT is_dynamic, csv FROM met_profile WHERE name = $1").Bind(name).ListAsync(row => (IsDynamic: row.Int64(0) != 0, Csv: row.Text(1)));
        return rows is [var row] ? ProfileTable.Read(name, row.IsDynamic, row.Csv).Table : null;
    }
}

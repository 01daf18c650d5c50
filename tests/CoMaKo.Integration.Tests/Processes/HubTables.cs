using System.Data.Common;
using System.Globalization;
using CoMaKo.Edge.Storage;
using Microsoft.Data.Sqlite;

namespace CoMaKo.Integration.Tests.Processes;

/// <summary>Looks into the hub's database beside the hub's own code.</summary>
internal sealed class HubTables : IDisposable
{
    private readonly DbConnection connection;

    /// <param name="hubData">Folder of a hub that keeps a file.</param>
    public HubTables(string hubData)
    {
        SystemSqlite.Use();
        connection = new SqliteConnection($"Data Source={Path.Combine(hubData, "hub.db")};Mode=ReadOnly;Pooling=False");
        connection.Open();
    }

    /// <param name="server">Open connection to a hub's database on a server.</param>
    public HubTables(DbConnection server) => connection = server;

    public long Count(string table) => long.Parse(Texts($"SELECT COUNT(*) || '' FROM {table}")[0], CultureInfo.InvariantCulture);

    /// <summary>First column of each row.</summary>
    public List<string> Texts(string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var texts = new List<string>();
        while (reader.Read()) texts.Add(reader.GetString(0));
        return texts;
    }

    /// <summary>Every total: (register, slot end, segment) to Wh.</summary>
    public Dictionary<(string Register, long SlotEnd, long Segment), long> Totals()
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT r.name, t.slot_end, t.segment_us, t.total_wh FROM met_total t JOIN met_register r USING (register_id)";
        using var reader = command.ExecuteReader();
        var totals = new Dictionary<(string, long, long), long>();
        while (reader.Read()) totals.Add((reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2)), reader.GetInt64(3));
        return totals;
    }

    public void Dispose() => connection.Dispose();
}

using CoMaKo.Quantities;
using Npgsql;

namespace CoMaKo.Hub.Storage;

/// <summary>Where a hub's database is: a file, or a PostgreSQL server. Its text never holds the password.</summary>
public sealed class DatabaseAddress
{
    private readonly string shown;

    internal DatabaseAddress(HubEngine engine, string connection, string shown)
    {
        (Engine, Connection, this.shown) = (engine, connection, shown);
    }

    public HubEngine Engine { get; }

    /// <summary>The file's path, or the server's connection string, which may hold a password.</summary>
    internal string Connection { get; }

    /// <summary>A SQLite file; its folder must exist.</summary>
    public static DatabaseAddress OfFile(string path) => new(HubEngine.Sqlite, path, path);

    /// <summary>
    /// Reads <c>postgres://user:password@host:port/database?sslmode=require</c> (also <c>postgresql://</c>, with a driver's name after a plus sign) or
    /// Npgsql's <c>Host=…;Database=…</c>. An error names the part that is wrong and never repeats the text.
    /// </summary>
    public static ParseResult<DatabaseAddress> Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var builder = new NpgsqlConnectionStringBuilder();
        string? wrong = text.Contains("://", StringComparison.Ordinal) ? PostgresUrl.ReadInto(builder, text) : ReadPairsInto(builder, text);
        if (wrong is null && string.IsNullOrEmpty(builder.Host)) wrong = "it names no host";
        if (wrong is null && string.IsNullOrEmpty(builder.Database)) wrong = "it names no database";
        return wrong is null
            ? new DatabaseAddress(HubEngine.Postgres, builder.ConnectionString, Show(builder))
            : new ParseError("CMH-1005", 0, $"The database is written postgres://user:password@host:port/database or Host=…;Database=…, and {wrong}.");
    }

    public override string ToString() => shown;

    private static string? ReadPairsInto(NpgsqlConnectionStringBuilder builder, string text)
    {
        try
        {
            builder.ConnectionString = text;
            return null;
        }
        catch (Exception unreadable) when (unreadable is ArgumentException or FormatException or OverflowException)
        {
            return "one of its pairs of key and value cannot be read";
        }
    }

    private static string Show(NpgsqlConnectionStringBuilder builder)
    {
        string user = builder.Username is { Length: > 0 } name ? Uri.EscapeDataString(name) + "@" : "";
        string host = builder.Host!;
        if (host.StartsWith('/')) return FormattableString.Invariant($"postgres://{user}/{builder.Database}?host={host}&port={builder.Port}");
        string hosts = host.Contains(',') ? host : FormattableString.Invariant($"{(host.Contains(':') ? $"[{host}]" : host)}:{builder.Port}");
        return $"postgres://{user}{hosts}/{builder.Database}";
    }
}

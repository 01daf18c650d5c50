using System.Globalization;
using Npgsql;

namespace CoMaKo.Hub.Storage;

/// <summary>Reads a connection URL as libpq does (PostgreSQL manual, "Connection URIs"): several hosts and sockets included.</summary>
internal static class PostgresUrl
{
    /// <summary>libpq's words for what Npgsql calls otherwise; other keys are Npgsql's with an underscore for the space.</summary>
    private static readonly Dictionary<string, string> Keys = new(StringComparer.Ordinal)
    {
        ["sslmode"] = "SSL Mode",
        ["sslrootcert"] = "Root Certificate",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["connect_timeout"] = "Timeout",
        ["target_session_attrs"] = "Target Session Attributes",
        ["dbname"] = "Database",
        ["user"] = "Username",
    };

    /// <returns>What is wrong, without any of the text's values; absent if nothing is.</returns>
    public static string? ReadInto(NpgsqlConnectionStringBuilder builder, string text)
    {
        int scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (text[..scheme].Split('+')[0] is not ("postgres" or "postgresql")) return "its scheme is neither postgres nor postgresql";
        string rest = text[(scheme + 3)..];
        string query = Cut(ref rest, '?');
        string database = Cut(ref rest, '/');
        string hosts = rest;
        int at = rest.LastIndexOf('@');
        if (at >= 0)
        {
            hosts = rest[(at + 1)..];
            string user = rest[..at];
            string password = Cut(ref user, ':');
            if (user.Length > 0) builder.Username = Uri.UnescapeDataString(user);
            if (password.Length > 0) builder.Password = Uri.UnescapeDataString(password);
        }

        if (database.Length > 0) builder.Database = Uri.UnescapeDataString(database);
        return ReadHosts(builder, hosts) ?? ReadQuery(builder, query);
    }

    private static string? ReadHosts(NpgsqlConnectionStringBuilder builder, string hosts)
    {
        if (hosts.Length == 0) return null;
        if (hosts.Contains(','))
        {
            builder.Host = hosts; // Npgsql reads ports inside the list
            return null;
        }

        int colon = hosts.LastIndexOf(':');
        if (colon > hosts.LastIndexOf(']'))
        {
            if (!int.TryParse(hosts.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port) || port is < 1 or > 65535) return "its port is no number from 1 to 65535";
            builder.Port = port;
            hosts = hosts[..colon];
        }

        builder.Host = Uri.UnescapeDataString(hosts.Trim('[', ']'));
        return null;
    }

    private static string? ReadQuery(NpgsqlConnectionStringBuilder builder, string query)
    {
        foreach (string pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string key = pair;
            string value = Uri.UnescapeDataString(Cut(ref key, '='));
            try
            {
                builder[Keys.GetValueOrDefault(key) ?? key.Replace('_', ' ')] = key is "sslmode" ? value.Replace("-", "", StringComparison.Ordinal) : value;
            }
            catch (Exception unreadable) when (unreadable is ArgumentException or FormatException or OverflowException or InvalidCastException)
            {
                return $"its parameter '{key}' is unknown or has no such value";
            }
        }

        return null;
    }

    /// <summary>Takes off what follows the first such character.</summary>
    private static string Cut(ref string text, char at)
    {
        int index = text.IndexOf(at, StringComparison.Ordinal);
        if (index < 0) return "";
        string cut = text[(index + 1)..];
        text = text[..index];
        return cut;
    }
}

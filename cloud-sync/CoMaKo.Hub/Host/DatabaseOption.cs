using System.CommandLine;
using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;

namespace CoMaKo.Hub.Host;

/// <summary>Which database server a command uses: <c>--database</c>, else the environment's <c>DATABASE_URL</c>, which keeps a password out of the list of processes.</summary>
internal sealed class DatabaseOption
{
    private const string Variable = "DATABASE_URL";

    public Option<string?> Option { get; } = new("--database")
    {
        Description = $"PostgreSQL, postgres://user:password@host:port/database; default: the environment's {Variable}, else a file in the data folder",
    };

    /// <summary>The server; absent if none is named.</summary>
    public ParseResult<DatabaseAddress?> Read(ParseResult parsed)
    {
        string? text = parsed.GetValue(Option) ?? Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(text)) return new ParseResult<DatabaseAddress?>(null, null);
        var address = DatabaseAddress.Parse(text);
        return new ParseResult<DatabaseAddress?>(address.Value, address.Error);
    }
}

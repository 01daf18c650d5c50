using System.Data.Common;
using System.Text.RegularExpressions;
using CoMaKo.Hub.Storage;
using Dapper;

namespace CoMaKo.Hub.Access.People;

/// <summary>Somebody who may sign in.</summary>
/// <param name="Name">For sign-in, in small letters.</param>
/// <param name="Role">Viewer, member or operator.</param>
/// <param name="Participant">Whose own things a member reaches; absent for others.</param>
/// <param name="Language">Of pages and letters; absent: the browser's.</param>
/// <param name="Password">Its hash; absent: not chosen yet.</param>
/// <param name="LockedUs">Since when nobody gets in under this name.</param>
internal sealed partial record Person(long PersonId, string Name, Roles Role, string? Participant, string? Language, string? Email, string? Password, long CreatedUs, long? LockedUs)
{
    public const string NameForm = "A name for sign-in has 1 to 64 of the characters a-z 0-9 . _ - + @.";

    /// <summary>The condition, on a row <c>p</c> of people, that somebody has used their invitation.</summary>
    public const string HasWayIn = "(p.password IS NOT NULL OR EXISTS (SELECT 1 FROM web_openid o WHERE o.person_id = p.person_id))";

    private const string Columns = "person_id, name, role, participant, language, email, password, created_us, locked_us";

    /// <summary>How the audit names them.</summary>
    public string Actor => Caller.PersonPrefix + Name;

    /// <summary>What was typed, in one form.</summary>
    /// <returns>Absent if it cannot be a name.</returns>
    public static string? NormaliseName(string? typed)
    {
        string? name = typed?.Trim().ToLowerInvariant();
        return name is not null && NamePattern().IsMatch(name) ? name : null;
    }

    /// <summary>Reads somebody by name, in a transaction that will change them.</summary>
    public static ValueTask<Person?> FindAsync(HubTransaction tx, string name) =>
        tx.Prepare($"SELECT {Columns} FROM web_person WHERE name = $1 {(tx.Engine == HubEngine.Postgres ? "FOR UPDATE" : "")}").Bind(name).FirstAsync(Read);

    /// <summary>Reads somebody by number, in a transaction that will change them.</summary>
    public static ValueTask<Person?> FindAsync(HubTransaction tx, long personId) =>
        tx.Prepare($"SELECT {Columns} FROM web_person WHERE person_id = $1 {(tx.Engine == HubEngine.Postgres ? "FOR UPDATE" : "")}").Bind(personId).FirstAsync(Read);

    /// <summary>Reads somebody by name.</summary>
    public static async Task<Person?> FindAsync(DbConnection reader, string name) =>
        (await reader.QueryAsync<(long Id, string Name, long Role, string? Participant, string? Language, string? Email, string? Password, long Created, long? Locked)>(
            $"SELECT {Columns} FROM web_person WHERE name = @name", new { name })).Select(row => new Person(row.Id, row.Name, (Roles)row.Role, row.Participant, row.Language, row.Email, row.Password, row.Created, row.Locked)).SingleOrDefault();

    /// <summary>Those who may sign in and have a mail address, by name.</summary>
    public static ValueTask<List<Person>> WithAddressAsync(HubTransaction tx) => tx.Prepare($"SELECT {Columns} FROM web_person WHERE email IS NOT NULL AND locked_us IS NULL ORDER BY name").ListAsync(Read);

    private static Person Read(IHubRow row) =>
        new(row.Int64(0), row.Text(1), (Roles)row.Int64(2), TextOf(row, 3), TextOf(row, 4), TextOf(row, 5), TextOf(row, 6), row.Int64(7), row.IsNull(8) ? null : row.Int64(8));

    private static string? TextOf(IHubRow row, int column) => row.IsNull(column) ? null : row.Text(column);

    [GeneratedRegex(@"\A[a-z0-9._+@-]{1,64}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex NamePattern();
}

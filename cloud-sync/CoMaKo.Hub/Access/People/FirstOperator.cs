using CoMaKo.Hub.Storage;
using Dapper;

namespace CoMaKo.Hub.Access.People;

/// <summary>
/// The way in for the first operator of a new hub: a code in <c>operator-code</c> in the data folder, readable by its owner only. It is renewed at each
/// start until an operator has used one.
/// </summary>
internal sealed class FirstOperator(HubDatabase database, Invitations invitations)
{
    public const string FileName = "operator-code";

    private const string Name = "operator";

    /// <summary>Sees that there is a way in.</summary>
    /// <returns>The code; absent if an operator is there already.</returns>
    public async Task<string?> PrepareAsync(string dataFolder)
    {
        string file = Path.Combine(dataFolder, FileName);
        if (await IsThereAsync())
        {
            File.Delete(file);
            return null;
        }

        if (File.Exists(file) && OneTimeCode.Normalise((await File.ReadAllTextAsync(file)).Trim()) is { } kept && await invitations.FindAsync(OneTimeCode.Hash(kept)) is not null) return $"{kept[..5]}-{kept[5..]}";
        if (await invitations.CreateAsync(new InvitationWish(Name, Roles.Operator, null, null, null), "start") is not { } invitation) return null; // somebody else has that name
        await WriteAsync(file, invitation.Code);
        return invitation.Code;
    }

    private async Task<bool> IsThereAsync()
    {
        await using var reader = await database.OpenReaderAsync();
        return await reader.ExecuteScalarAsync<long>($"SELECT count(*) FROM web_person p WHERE p.role = @role AND {Person.HasWayIn} AND p.locked_us IS NULL", new { role = (long)Roles.Operator }) > 0;
    }

    private static async Task WriteAsync(string file, string code)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        File.Delete(file); // one that exists would keep its own mode
        await using var writer = new StreamWriter(file, options);
        await writer.WriteLineAsync(code);
    }
}

using System.CommandLine;
using System.Globalization;
using System.Net;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Storage;
using Microsoft.AspNetCore.DataProtection;

namespace CoMaKo.Hub.Host;

/// <summary><c>comako-hub key</c>: makes, lists and revokes the keys of programs, on the machine that has the database.</summary>
internal static class KeyCommand
{
    public const string Actor = "command line";

    public static Command Create(Option<DirectoryInfo> data, DatabaseOption server)
    {
        var command = new Command("key", "Keys of programs: create, list, rotate, revoke") { CreateCommand(data, server), ListCommand(data, server), RotateCommand(data, server), RevokeCommand(data, server) };
        return command;
    }

    private static Command CreateCommand(Option<DirectoryInfo> data, DatabaseOption server)
    {
        var role = new Option<Roles>("--role") { Description = "Operator, Member, Partner or Viewer", Required = true };
        var name = new Option<string>("--name") { Description = "What the key is for", DefaultValueFactory = _ => "script" };
        var participant = new Option<string?>("--participant") { Description = "Whose own things a member's key reaches" };
        var scopes = new Option<string[]>("--scope") { Description = $"What it is limited to, may be repeated: {string.Join(", ", Scopes.All)}" };
        var network = new Option<string?>("--network") { Description = "The only source addresses, e.g. 192.0.2.0/24" };
        var days = new Option<int>("--days") { Description = "Until it expires, at most 365", DefaultValueFactory = _ => KeyWish.MostDays };
        var file = new Option<FileInfo?>("--file") { Description = "Write it there, readable by its owner only; a key in it that is still good is kept" };
        var signed = new Option<bool>("--signed") { Description = "It signs requests (RFC 9421) instead of being shown with each" };
        var command = new Command("create", "Make a key; it is shown only now") { data, server.Option, role, name, participant, scopes, network, days, signed, file };
        command.SetAction((parsed, _) => HubCommands.WithDatabaseAsync(parsed, data, server, async database =>
        {
            IPNetwork source = default;
            if (parsed.GetValue(network) is { } text && !IPNetwork.TryParse(text, out source)) return await HubCommands.FailAsync("CMH-1511 --network: A network is written 192.0.2.0/24 or 2001:db8::/32.", 2);
            var wish = new KeyWish(parsed.GetValue(role), parsed.GetValue(name)!, parsed.GetValue(participant), parsed.GetValue(scopes), parsed.GetValue(network) is null ? null : source, parsed.GetValue(days), parsed.GetValue(signed));
            if (wish.Validate() is { Count: > 0 } findings) return await HubCommands.FailAsync(string.Join('\n', findings), 2);
            return await IssueAsync(Open(database, parsed.GetValue(data)!), wish, parsed.GetValue(file));
        }));
        return command;
    }

    private static async Task<int> IssueAsync(ApiKeys keys, KeyWish wish, FileInfo? file)
    {
        if (file is null)
        {
            Console.WriteLine((await keys.CreateAsync(wish, Actor)).Text);
            return 0;
        }

        if (file.Exists && await keys.FindAsync((await File.ReadAllTextAsync(file.FullName)).Trim()) is not null) return 0;
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        file.Delete(); // one that exists would keep its own mode
        await using var writer = new StreamWriter(file.FullName, options);
        await writer.WriteLineAsync((await keys.CreateAsync(wish, Actor)).Text);
        return 0;
    }

    private static Command ListCommand(Option<DirectoryInfo> data, DatabaseOption server)
    {
        var command = new Command("list", "All keys without their secrets") { data, server.Option };
        command.SetAction((parsed, _) => HubCommands.WithDatabaseAsync(parsed, data, server, async database =>
        {
            Console.WriteLine("key       client    role      expires     last used   state    scopes, network, participant, name");
            foreach (var key in await new ApiKeys(database, TimeProvider.System).ListAsync())
            {
                string state = key.RevokedUs is not null ? "revoked" : key.ExpiresUs <= TimeProvider.System.UnixMicroseconds() ? "expired" : "good";
                Console.WriteLine($"{key.Id}  {key.Client}  {key.Role,-8}  {Day(key.ExpiresUs)}  {Day(key.LastUsedUs)}  {state,-7}  {string.Join(' ', [key.IsSigned ? "signs" : "", .. key.Scopes, key.Network?.ToString() ?? "", key.Participant ?? "", key.Name])}");
            }

            return 0;
        }));
        return command;
    }

    private static Command RotateCommand(Option<DirectoryInfo> data, DatabaseOption server)
    {
        var id = new Argument<string>("key") { Description = "The eight characters that name it" };
        var days = new Option<int>("--overlap-days") { Description = "How long the old key is good yet, 0 to 30", DefaultValueFactory = _ => KeyEndpoints.UsualOverlapDays };
        var command = new Command("rotate", "Make the next key of a key's client; it is shown only now") { id, data, server.Option, days };
        command.SetAction((parsed, _) => HubCommands.WithDatabaseAsync(parsed, data, server, async database =>
        {
            if (parsed.GetValue(days) is < 0 or > KeyEndpoints.MostOverlapDays) return await HubCommands.FailAsync("CMH-1511 --overlap-days: Two keys overlap for 0 to 30 days.", 2);
            if (await Open(database, parsed.GetValue(data)!).RotateAsync(parsed.GetValue(id)!, TimeSpan.FromDays(parsed.GetValue(days)), Actor) is not { } key)
                return await HubCommands.FailAsync($"CMH-1516. There is no good key '{parsed.GetValue(id)}', or its client has two good ones already. 'comako-hub key list' names them.", 1);
            Console.WriteLine(key.Text);
            return 0;
        }));
        return command;
    }

    /// <summary>Keys whose secrets are sealed as the running hub does it.</summary>
    private static ApiKeys Open(HubDatabase database, DirectoryInfo data) => new(
        database, TimeProvider.System, DataProtectionProvider.Create(AccessModule.ProtectionFolderIn(data.FullName), protection => protection.SetApplicationName(ApiKeys.ProtectionName)));

    private static Command RevokeCommand(Option<DirectoryInfo> data, DatabaseOption server)
    {
        var id = new Argument<string>("key") { Description = "The eight characters that name it" };
        var command = new Command("revoke", "Make a key useless at once, on every replica") { id, data, server.Option };
        command.SetAction((parsed, _) => HubCommands.WithDatabaseAsync(parsed, data, server, async database =>
            await new ApiKeys(database, TimeProvider.System).RevokeAsync(parsed.GetValue(id)!, Actor) ? 0
            : await HubCommands.FailAsync($"CMH-1513. There is no good key '{parsed.GetValue(id)}'. 'comako-hub key list' names them.", 1)));
        return command;
    }

    private static string Day(long? unixUs) =>
        unixUs is { } us ? DateTimeOffset.UnixEpoch.AddTicks(us * 10).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : "-         ";
}

/// <summary><c>comako-hub audit</c>: the record of who did what, and whether its chain holds.</summary>
internal static class AuditCommand
{
    public static Command Create(Option<DirectoryInfo> data, DatabaseOption server)
    {
        var command = new Command("audit", "Who did what; exit code 1 if the record was changed afterwards") { data, server.Option };
        command.SetAction((parsed, _) => HubCommands.WithDatabaseAsync(parsed, data, server, async database =>
        {
            var (rows, brokenAt) = await Audit.ReadAsync(database);
            foreach (var row in rows)
                Console.WriteLine(FormattableString.Invariant($"{row.Seq} {DateTimeOffset.UnixEpoch.AddTicks(row.AtUs * 10):yyyy-MM-ddTHH:mm:ssZ} {row.Actor} {row.Action} {row.Subject} {row.Detail}"));
            if (brokenAt is { } seq) return await HubCommands.FailAsync(FormattableString.Invariant($"CMH-1512. The record was changed: row {seq} is missing or not the one that was written."), 1);
            Console.WriteLine($"The chain holds; keep its end elsewhere: {(rows.Count == 0 ? "empty" : Convert.ToHexStringLower(rows[^1].Sha256))}");
            return 0;
        }));
        return command;
    }
}

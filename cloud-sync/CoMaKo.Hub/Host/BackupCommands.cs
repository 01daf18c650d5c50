using System.CommandLine;
using System.Globalization;
using CoMaKo.Hub.Storage;

namespace CoMaKo.Hub.Host;

/// <summary><c>comako-hub backup</c> and <c>restore</c> for a hub that keeps its data in a file; a server has its own tools (deploy/systemd/README.md).</summary>
internal static class BackupCommands
{
    public static Command Backup(Option<DirectoryInfo> data, DatabaseOption server)
    {
        var to = new Option<FileInfo>("--to") { Description = "File for the copy; it must not exist yet", Required = true };
        var command = new Command("backup", "Copy the database file while the hub runs") { data, server.Option, to };
        command.SetAction((parsed, _) => OnFileAsync(parsed, server, () =>
        {
            string copy = parsed.GetValue(to)!.FullName;
            SqliteBackup.Write(HubOptions.DatabaseIn(parsed.GetValue(data)!.FullName), copy);
            Console.WriteLine($"{copy} is a whole copy, {new FileInfo(copy).Length.ToString(CultureInfo.InvariantCulture)} bytes.");
        }));
        return command;
    }

    public static Command Restore(Option<DirectoryInfo> data, DatabaseOption server)
    {
        var from = new Option<FileInfo>("--from") { Description = "The copy", Required = true };
        var command = new Command("restore", "Put a copy in the place of the database file of a hub that is stopped; gateways then send again what the copy lacks") { data, server.Option, from };
        command.SetAction((parsed, _) => OnFileAsync(parsed, server, () =>
        {
            string folder = parsed.GetValue(data)!.FullName;
            Directory.CreateDirectory(folder);
            string? aside = SqliteBackup.Restore(parsed.GetValue(from)!.FullName, HubOptions.DatabaseIn(folder), TimeProvider.System.GetUtcNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture));
            Console.WriteLine($"Restored. {(aside is null ? "There was no file before." : $"The file that was there is {aside}.")} Keys that were revoked after the copy was made are good again: revoke them again.");
        }));
        return command;
    }

    private static async Task<int> OnFileAsync(ParseResult parsed, DatabaseOption server, Action run)
    {
        var address = server.Read(parsed);
        if (!address.Success) return await HubCommands.FailAsync(address.Error.ToString(), 2);
        if (address.Value is not null) return await HubCommands.FailAsync("CMH-2020. This hub's database is on a server: use pg_dump and pg_restore, as deploy/systemd/README.md shows.", 2);
        run();
        return 0;
    }
}

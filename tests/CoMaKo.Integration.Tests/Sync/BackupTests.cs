using System.Diagnostics;
using CoMaKo.Testing;

namespace CoMaKo.Integration.Tests.Sync;

/// <summary>The drill of deploy/systemd/README.md: back up a hub that runs, lose it, take the copy, and let the gateway fill what the copy lacks.</summary>
[Trait("Category", "Slow")]
public sealed class BackupTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("comako-backup-");

    private string Copy => Path.Combine(folder.FullName, "hub.copy");

    public void Dispose() => folder.Delete(recursive: true);

    [Theory, OnSqlite, OnPostgres]
    public async Task Hub_LostAndTakenFromItsBackup_IsFilledByTheGateway(Engine engine)
    {
        await using var hub = await new HubProcess(engine).StartAsync();
        await using var gateway = new BufferedGateway(hub.SyncAddress, registerCount: 10);
        await gateway.StartAsync();
        await gateway.BookAsync(50);
        await gateway.SyncedAsync();
        await gateway.BookAsync(100); // on its way while the copy is made
        await BackUpAsync(hub, engine);
        await gateway.BookAsync(50);
        await gateway.SyncedAsync();

        await hub.KillAsync();
        await RestoreAsync(hub, engine);
        await hub.StartAsync();
        Assert.True(hub.Count("met_total") < gateway.Booked.Count);
        await gateway.BookAsync(1);

        await Until.HoldsAsync(() => Task.FromResult(hub.Count("met_total") == gateway.Booked.Count), "the hub is filled again");
        await gateway.SyncedAsync();
        using var tables = hub.Tables();
        var totals = tables.Totals();
        Assert.All(gateway.Booked, booked => Assert.Equal(booked.Value, totals[booked.Key]));
        Assert.Equal((gateway.Booked.Count, 0, 0), (totals.Count, hub.Count("met_conflict"), hub.Count("ing_parked")));
    }

    [Fact]
    public async Task Restore_WhileTheHubRuns_IsRefused()
    {
        await using var hub = await new HubProcess().StartAsync();
        await BackUpAsync(hub, Engine.Sqlite);

        var (code, output) = await hub.CommandAsync("restore", "--from", Copy);

        Assert.Equal(1, code);
        Assert.StartsWith("CMH-2022", output, StringComparison.Ordinal);
        Assert.Contains("\"status\":\"ok\"", await hub.GetAsync("/health"), StringComparison.Ordinal);
        Assert.Equal(["hub.db", "hub.db-shm", "hub.db-wal"], Directory.GetFiles(hub.Data, "hub.db*").Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4096)] // the head of the second page
    [InlineData(-1)]
    public async Task Restore_OfABrokenCopy_ChangesNothing(int brokenAt)
    {
        await using var hub = await new HubProcess().StartAsync();
        await BackUpAsync(hub, Engine.Sqlite);
        await hub.KillAsync();
        byte[] before = await File.ReadAllBytesAsync(Path.Combine(hub.Data, "hub.db"));
        using (var file = new FileStream(Copy, FileMode.Open))
        {
            if (brokenAt < 0) file.SetLength(file.Length / 2);
            else
            {
                file.Position = brokenAt;
                file.Write(new byte[400]);
            }
        }

        var (code, output) = await hub.CommandAsync("restore", "--from", Copy);

        Assert.Equal(1, code);
        Assert.StartsWith("CMH-2022", output, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(Path.Combine(hub.Data, "hub.db")));
    }

    [Fact]
    public async Task Backup_OntoAFileThatExists_LeavesItAlone()
    {
        await using var hub = await new HubProcess().StartAsync();
        await File.WriteAllTextAsync(Copy, "mine");

        var (code, output) = await hub.CommandAsync("backup", "--to", Copy);

        Assert.Equal(1, code);
        Assert.StartsWith("CMH-2021", output, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(Copy));
    }

    private async Task BackUpAsync(HubProcess hub, Engine engine)
    {
        if (engine == Engine.Postgres)
        {
            await RunAsync("pg_dump", "--format=custom", $"--file={Copy}", hub.ServerUrl);
            return;
        }

        var (code, output) = await hub.CommandAsync("backup", "--to", Copy);
        Assert.True(code == 0, output);
    }

    private async Task RestoreAsync(HubProcess hub, Engine engine)
    {
        if (engine == Engine.Postgres)
        {
            hub.LoseDatabase();
            await RunAsync("pg_restore", "--exit-on-error", "--single-transaction", $"--dbname={hub.ServerUrl}", Copy);
            return;
        }

        var (code, output) = await hub.CommandAsync("restore", "--from", Copy);
        Assert.True(code == 0, output);
        Assert.Single(Directory.GetFiles(hub.Data, "hub.db.before-restore-*"));
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var tool = Process.Start(new ProcessStartInfo(PostgresCluster.ProgramOf(program), arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        string errors = await tool.StandardError.ReadToEndAsync();
        await tool.WaitForExitAsync();
        Assert.True(tool.ExitCode == 0, errors);
    }
}

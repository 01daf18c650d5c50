using System.Diagnostics;
using System.Text.Json;
using CoMaKo.Hub.Host;
using CoMaKo.Testing;
using Microsoft.Data.Sqlite;
using static CoMaKo.CloudSync.Tests.Hub.TestGateway;

namespace CoMaKo.CloudSync.Tests.Hub.Host;

/// <summary>The command line as a process: exit codes, trace and its proof, a clean stop.</summary>
public sealed class CommandTests
{
    [Fact]
    public async Task Trace_OfASlot_LeadsToSequenceAndProvesIt()
    {
        using var hub = new TestHub();
        var gateway = new TestGateway(hub).Append(Begin("09:01", 1000), Total("09:15", 1100), Total("09:30", 1250), Total("09:45", 1300));
        await gateway.HelloAsync();
        await gateway.PushAsync(1, 3);
        await gateway.PushAsync(4, 4);
        var (code, output, _) = await RunAsync("trace", "--data", hub.Folder, "--register", Import.Value, "--slot", "2026-06-01T09:15:00Z", "--json");
        var trace = JsonDocument.Parse(output).RootElement;

        Assert.Equal(0, code);
        Assert.Empty(JsonSchema.Read("trace.schema.json").Check(trace));
        Assert.Equal(150, trace.GetProperty("wh").GetInt32());
        var end = trace.GetProperty("totals")[1];
        Assert.Equal(1250, end.GetProperty("total_wh").GetInt64());
        var origin = end.GetProperty("origin");
        Assert.Equal(("gw-1", "f000000000000001", 3), (origin.GetProperty("gateway").GetString(), origin.GetProperty("epoch").GetString(), origin.GetProperty("sequence").GetInt32()));
        Assert.Equal(Convert.ToHexStringLower(gateway.ChainAt(3)), origin.GetProperty("chain_after").GetString());
        Assert.True(origin.GetProperty("is_rehashed").GetBoolean() && origin.GetProperty("leads_to_mark").GetBoolean());
    }

    [Theory]
    [InlineData("UPDATE ing_batch SET chain_after = zeroblob(32)")]
    [InlineData("UPDATE ing_batch SET chain_before = zeroblob(32) WHERE from_sequence = 4")]
    public async Task Trace_OfAChangedLog_DoesNotProve(string tampering)
    {
        using var hub = new TestHub();
        var gateway = new TestGateway(hub).Append(Begin("09:01", 1000), Total("09:15", 1100), Total("09:30", 1250), Total("09:45", 1300));
        await gateway.HelloAsync();
        await gateway.PushAsync(1, 3);
        await gateway.PushAsync(4, 4);
        await hub.Database.WriteAsync(tx =>
        {
            tx.Execute(tampering);
            return 0;
        });
        var (code, output, _) = await RunAsync("trace", "--data", hub.Folder, "--register", Import.Value, "--slot", "2026-06-01T09:15:00Z");

        Assert.Equal(1, code);
        Assert.Contains("DOES NOT", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "nothing-like-this")]
    [InlineData(2, "run")]
    [InlineData(2, "run", "--data", "/nonexistent", "--port", "70000", "--loopback")]
    [InlineData(2, "run", "--data", "/nonexistent")] // neither loopback nor certificates
    [InlineData(2, "run", "--data", "/nonexistent", "--loopback", "--clock", "yesterday")]
    [InlineData(2, "trace", "--data", "/nonexistent", "--register", "x", "--slot", "noon")]
    [InlineData(1, "trace", "--data", "/nonexistent", "--register", "x", "--slot", "2026-06-01T09:15:00Z")]
    [InlineData(0, "--help")]
    public async Task ExitCode_TellsFindingsFromWrongUsage(int expected, params string[] arguments)
    {
        var (code, _, errors) = await RunAsync(arguments);

        Assert.Equal(expected, code);
        Assert.Equal(expected == 0, errors.Length == 0);
    }

    [Fact]
    public async Task Migrate_Twice_ChangesNothing()
    {
        var folder = Directory.CreateTempSubdirectory("comako-hub-");
        try
        {
            Assert.Equal(0, (await RunAsync("migrate", "--data", folder.FullName)).Code);
            Assert.Equal(0, (await RunAsync("migrate", "--data", folder.FullName)).Code);
            Assert.Empty(folder.GetFiles("*.before-step-*"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Run_UntilSigterm_AnnouncesItsAddressesAndStopsCleanly()
    {
        var folder = Directory.CreateTempSubdirectory("comako-hub-");
        try
        {
            using var process = Start("run", "--data", folder.FullName, "--port", "0", "--sync-port", "0", "--loopback");
            string? address = await process.StandardOutput.ReadLineAsync();
            Assert.StartsWith("comako-hub listens at http://127.0.0.1:", address, StringComparison.Ordinal);
            using var http = new HttpClient();
            Assert.Equal("""{"status":"ok","db":"connected"}""", await http.GetStringAsync(new Uri(address!.Split(' ')[^1] + "/health")));
            using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync();
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
            Assert.Equal(0, process.ExitCode);
            Assert.False(File.Exists(HubOptions.DatabaseIn(folder.FullName) + "-wal")); // copied back: closed cleanly
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Database_OfANewerVersion_IsRefused()
    {
        using var hub = new TestHub();
        hub.Database.Dispose();
        using (var connection = new SqliteConnection($"Data Source={Path.Combine(hub.Folder, "hub.db")};Pooling=False"))
        {
            connection.Open();
            Dapper.SqlMapper.Execute(connection, "INSERT INTO schema_step VALUES ('Ingest', 999, 'future', '')");
        }

        var refused = Assert.Throws<InvalidOperationException>(() => CoMaKo.Hub.Storage.HubDatabase.Open(Path.Combine(hub.Folder, "hub.db"), CoMaKo.Hub.HubSchema.Scripts));
        Assert.Contains("CMH-2003", refused.Message, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        var errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return (process.ExitCode, output, await errors);
    }

    private static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(typeof(HubOptions).Assembly.Location);
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}

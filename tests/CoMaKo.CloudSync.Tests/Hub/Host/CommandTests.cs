using System.Diagnostics;
using System.Text.Json;
using CoMaKo.Hub.Host;
using CoMaKo.Testing;
using static CoMaKo.CloudSync.Tests.Hub.TestGateway;

namespace CoMaKo.CloudSync.Tests.Hub.Host;

/// <summary>The command line as a process: exit codes, trace and its proof, a clean stop.</summary>
public sealed class CommandTests
{
    [Theory, OnSqlite, OnPostgres]
    public async Task Trace_OfASlot_LeadsToSequenceAndProvesIt(Engine engine)
    {
        using var hub = new TestHub(engine);
        var gateway = new TestGateway(hub).Append(Begin("09:01", 1000), Total("09:15", 1100), Total("09:30", 1250), Total("09:45", 1300));
        await gateway.HelloAsync();
        await gateway.PushAsync(1, 3);
        await gateway.PushAsync(4, 4);
        var (code, output, _) = await RunAsync(["trace", .. Place(hub.Place), "--register", Import.Value, "--slot", "2026-06-01T09:15:00Z", "--json"]);
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

    [Theory, OnSqlite, OnPostgres]
    [Row("UPDATE ing_batch SET chain_after = @zeros")]
    [Row("UPDATE ing_batch SET chain_before = @zeros WHERE from_sequence = 4")]
    public async Task Trace_OfAChangedLog_DoesNotProve(Engine engine, string tampering)
    {
        using var hub = new TestHub(engine);
        var gateway = new TestGateway(hub).Append(Begin("09:01", 1000), Total("09:15", 1100), Total("09:30", 1250), Total("09:45", 1300));
        await gateway.HelloAsync();
        await gateway.PushAsync(1, 3);
        await gateway.PushAsync(4, 4);
        await hub.Database.WriteAsync(async tx =>
        {
            await tx.ExecuteAsync(tampering, new { zeros = new byte[32] });
        });
        var (code, output, _) = await RunAsync(["trace", .. Place(hub.Place), "--register", Import.Value, "--slot", "2026-06-01T09:15:00Z"]);

        Assert.Equal(1, code);
        Assert.Contains("DOES NOT", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "nothing-like-this")]
    [InlineData(2, "run")]
    [InlineData(2, "run", "--data", "/nonexistent", "--port", "70000", "--loopback")]
    [InlineData(2, "run", "--data", "/nonexistent", "--loopback", "--settings", "/nonexistent/settings.json")]
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

    [Theory]
    [InlineData("mysql://hub:geheim@127.0.0.1/hub")]
    [InlineData("postgres://hub:geheim@127.0.0.1:port/hub")]
    [InlineData("postgres://hub:geheim@127.0.0.1")]
    [InlineData("postgres://hub:geheim@127.0.0.1/hub?colour=blue")]
    [InlineData("Host=127.0.0.1;Password=geheim;Port=many")]
    [InlineData("postgres://hub:geheim@127.0.0.1:1/hub")] // readable, but nobody listens
    public async Task Database_ThatCannotBeUsed_IsToldWithoutThePassword(string address)
    {
        var (code, output, errors) = await RunAsync("migrate", "--data", Path.GetTempPath(), "--database", address);

        Assert.Equal(address.Contains(":1/", StringComparison.Ordinal) ? 1 : 2, code);
        Assert.StartsWith(code == 2 ? "CMH-1005" : "CMH-2006", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", output + errors, StringComparison.Ordinal);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Migrate_Twice_ChangesNothing(Engine engine)
    {
        using var place = new TestDatabase(engine, hasSchema: false);
        var first = await RunAsync(["migrate", .. Place(place)]);
        var second = await RunAsync(["migrate", .. Place(place)]);

        Assert.Equal((0, 0, ""), (first.Code, second.Code, first.Errors + second.Errors));
        Assert.Contains(place.Address.ToString(), second.Output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(place.Folder, "*.before-step-*"));
        if (engine == Engine.Postgres) Assert.Empty(Directory.GetFiles(place.Folder));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Run_UntilSigterm_AnnouncesItsAddressesAndStopsCleanly(Engine engine)
    {
        using var place = new TestDatabase(engine, hasSchema: false);
        using var process = Start(["run", "--data", place.Folder, "--port", "0", "--sync-port", "0", "--loopback"], place.Url);
        string? address = await process.StandardOutput.ReadLineAsync();
        Assert.StartsWith("comako-hub listens at http://127.0.0.1:", address, StringComparison.Ordinal);
        using var http = new HttpClient();
        Assert.Equal("""{"status":"ok","db":"connected"}""", await http.GetStringAsync(new Uri(address!.Split(' ')[^1] + "/health")));
        using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(0, process.ExitCode);
        Assert.False(File.Exists(HubOptions.DatabaseIn(place.Folder) + "-wal")); // copied back: closed cleanly
    }

    [Fact]
    public async Task Run_WithABrokerThatIsAway_TellsItWithoutThePassword()
    {
        using var place = new TestDatabase(Engine.Sqlite, hasSchema: false);
        using var process = Start(["run", "--data", place.Folder, "--port", "0", "--sync-port", "0", "--loopback"], brokerUrl: "amqp://hub:geheim@127.0.0.1:1/");
        var lines = new List<string?>();
        do lines.Add(await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)));
        while (lines[^1]?.Contains("CMH-1521", StringComparison.Ordinal) == false);
        process.Kill();
        await process.WaitForExitAsync();
        string all = string.Join('\n', lines) + await process.StandardOutput.ReadToEndAsync() + await process.StandardError.ReadToEndAsync();

        Assert.Contains("amqp://127.0.0.1:1/", all, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_InAFile_IsMadeOnceAndReadByItsOwnerOnly()
    {
        using var place = new TestDatabase(Engine.Sqlite, hasSchema: false);
        string file = Path.Combine(place.Folder, "operator-key");
        await File.WriteAllTextAsync(file, "an old one");
        string[] command = ["key", "create", "--role", "operator", "--data", place.Folder, "--file", file];
        var first = await RunAsync(command);
        string key = await File.ReadAllTextAsync(file);
        var second = await RunAsync(command);

        Assert.Equal((0, 0, "", ""), (first.Code, second.Code, first.Output + first.Errors, second.Output + second.Errors));
        Assert.Equal(key, await File.ReadAllTextAsync(file));
        Assert.StartsWith("ck_live_", key, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        var list = await RunAsync("key", "list", "--data", place.Folder);
        Assert.DoesNotContain(key.Trim()[17..], list.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("key", "revoke", key[8..16], "--data", place.Folder)).Code);
        Assert.Equal(1, (await RunAsync("key", "revoke", key[8..16], "--data", place.Folder)).Code);
        Assert.Contains("key.revoke", (await RunAsync("audit", "--data", place.Folder)).Output, StringComparison.Ordinal);
    }

    /// <summary>How a command finds a test's database.</summary>
    private static string[] Place(TestDatabase place) => ["--data", place.Folder, .. place.Url is { } url ? (string[])["--database", url] : []];

    private static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        var errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return (process.ExitCode, output, await errors);
    }

    private static Process Start(string[] arguments, string? databaseUrl = null, string? brokerUrl = null)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(HubOptions).Assembly.Location, .. arguments]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DATABASE_URL"] = databaseUrl ?? "";
        start.Environment["RABBITMQ_URL"] = brokerUrl ?? "";
        return Process.Start(start)!;
    }
}

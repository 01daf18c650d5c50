using System.Diagnostics;
using System.Globalization;
using CoMaKo.Integration.Tests.Processes;
using CoMaKo.Testing;

namespace CoMaKo.Integration.Tests.Sync;

/// <summary>The real <c>comako-hub</c> on a database of its own, a file or on a server: started, killed, started again on the same ports.</summary>
internal sealed class HubProcess : IAsyncDisposable
{
    private readonly PostgresCluster? server;
    private readonly Dictionary<string, byte[]> files = [];
    private string? database;
    private string? backup;
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("comako-hub-");
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private RunningProcess? process;

    public HubProcess(Engine engine = Engine.Sqlite, PostgresCluster? ownServer = null)
    {
        if (engine == Engine.Sqlite) return;
        server = ownServer ?? PostgresCluster.Instance;
        database = server.CreateDatabase();
    }

    /// <summary>Another replica on the same server's database.</summary>
    public HubProcess(HubProcess other) => (server, database) = (other.server, other.database);

    public int Port { get; } = FreePort.Take();

    public int SyncPort { get; } = FreePort.Take();

    public string Data => folder.FullName;

    public Uri SyncAddress => new(FormattableString.Invariant($"http://127.0.0.1:{SyncPort}"));

    public async Task<HubProcess> StartAsync()
    {
        var start = RunningProcess.Describe("CoMaKo.Hub", "comako-hub", "run", "--data", Data, "--port", Text(Port), "--sync-port", Text(SyncPort), "--loopback");
        start.Environment["DATABASE_URL"] = database is null ? "" : server!.UrlOf(database);
        process = RunningProcess.Start(start);
        await Until.HoldsAsync(IsHealthyAsync, "the hub is healthy");
        return this;
    }

    /// <summary>SIGKILL: no handler runs.</summary>
    public async Task KillAsync()
    {
        await process!.KillAsync();
        await process.DisposeAsync();
        process = null;
    }

    public Task<string> GetAsync(string path) => http.GetStringAsync(new Uri(FormattableString.Invariant($"http://127.0.0.1:{Port}{path}")));

    /// <summary>The database beside the hub's own code.</summary>
    public HubTables Tables() => database is null ? new HubTables(Data) : new HubTables(server!.Connect(database));

    public long Count(string table)
    {
        using var tables = Tables();
        return tables.Count(table);
    }

    /// <summary>Keeps a copy of the database of a hub that is down.</summary>
    public void BackUp()
    {
        if (database is not null) backup = server!.CreateDatabase(database);
        else foreach (string file in Directory.GetFiles(Data)) files[file] = File.ReadAllBytes(file);
    }

    /// <summary>Sets the database of a hub that is down back to the copy.</summary>
    public void Restore()
    {
        if (database is not null)
        {
            server!.DropDatabase(database);
            database = server.CreateDatabase(backup);
            return;
        }

        foreach (string file in Directory.GetFiles(Data)) File.Delete(file);
        foreach (var (file, content) in files) File.WriteAllBytes(file, content);
    }

    /// <summary>Runs a command of the hub on this one's data.</summary>
    public async Task<(int Code, string Output)> CommandAsync(params string[] arguments)
    {
        var start = RunningProcess.Describe("CoMaKo.Hub", "comako-hub", [.. arguments, "--data", Data]);
        start.Environment["DATABASE_URL"] = database is null ? "" : server!.UrlOf(database);
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        using var command = Process.Start(start)!;
        var errors = command.StandardError.ReadToEndAsync();
        string output = await command.StandardOutput.ReadToEndAsync() + await errors;
        await command.WaitForExitAsync();
        return (command.ExitCode, output);
    }

    /// <summary>The database on the server as its own tools name it.</summary>
    public string ServerUrl => server!.UrlOf(database!);

    /// <summary>A hub that is down gets a new, empty database on the server.</summary>
    public void LoseDatabase()
    {
        server!.DropDatabase(database!);
        database = server.CreateDatabase();
    }

    /// <exception cref="InvalidOperationException">The hub ended by itself, which no test wants and no failure of a database may cause.</exception>
    public async ValueTask DisposeAsync()
    {
        string? end = process is { HasExited: true } ended ? $"The hub ended by itself. {ended.Output}" : null;
        if (process is not null) await KillAsync();
        http.Dispose();
        folder.Delete(recursive: true);
        if (end is not null) throw new InvalidOperationException(end);
    }

    private async Task<bool> IsHealthyAsync()
    {
        if (process!.HasExited) throw new InvalidOperationException($"The hub ended. {process.Output}");
        try
        {
            await GetAsync("/health");
            return true;
        }
        catch (Exception notYet) when (notYet is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Waiting with a limit.</summary>
internal static class Until
{
    /// <exception cref="TimeoutException">Not within 60 s.</exception>
    public static Task HoldsAsync(Func<Task<bool>> condition, string what) => HoldsAsync(condition, () => what);

    /// <param name="what">What did not come true, as it is in the end.</param>
    /// <exception cref="TimeoutException">Not within 60 s.</exception>
    public static async Task HoldsAsync(Func<Task<bool>> condition, Func<string> what)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > TimeSpan.FromSeconds(60)) throw new TimeoutException($"Not within 60 s: {what()}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }
}

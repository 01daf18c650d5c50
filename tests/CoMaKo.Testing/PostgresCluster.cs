using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Npgsql;

namespace CoMaKo.Testing;

/// <summary>
/// A PostgreSQL server of this process alone: a new cluster in a temporary folder, on loopback with a password, with disk sync on.
/// It ends when this process ends, however that happens, because then nobody holds the other end of its shell's input. A cluster in a folder that
/// is named stays there and is found again by the next process.
/// </summary>
public sealed class PostgresCluster : IDisposable
{
    private const string User = "comako";

    /// <summary>
    /// initdb and the server refuse to run as root; then they run as the package's own user. SIGQUIT: nothing of it is needed any more; SIGINT: what is kept is
    /// left in order.
    /// </summary>
    private const string Script = """
        set -eu
        if [ -n "$KEPT" ]; then folder=$KEPT; end=INT; else folder=$(mktemp -d /tmp/comako-pg-XXXXXX); end=QUIT; trap 'rm -rf "$folder"' EXIT; fi
        cd "$folder"
        if [ ! -d data ]; then
          printf '%s' "$PASSWORD" > password
          "$BIN/initdb" -D data -U "$USER_NAME" -A scram-sha-256 --pwfile=password -E UTF8 --locale=C.UTF-8 --no-sync --no-instructions > initdb.log 2>&1 || { cat initdb.log >&2; exit 1; }
        fi
        "$BIN/postgres" -D data -c port="$PORT" -c listen_addresses=127.0.0.1 -c unix_socket_directories="$folder" \
          -c fsync=on -c synchronous_commit=on -c full_page_writes=on -c max_connections=200 -c shared_buffers=256MB -c max_wal_size=4GB -c log_min_messages=warning >&2 &
        server=$!
        read -r _ || true
        kill -"$end" "$server"
        wait "$server" || true
        """;

    private static readonly Lazy<PostgresCluster> One = new(() => new PostgresCluster());

    private readonly string password;
    private readonly string kept;
    private readonly Process shell;
    private readonly List<string> log = [];
    private int databases;
    private bool isDisposed;

    /// <summary>A server of its own, for tests that harm it; others share <see cref="Instance"/>.</summary>
    /// <param name="kept">A folder in which it stays; absent: one that goes with this process. What is in it may be as old as the version that made it.</param>
    public PostgresCluster(string? kept = null)
    {
        this.kept = kept is null ? "" : Path.GetFullPath(kept);
        string known = Path.Combine(this.kept, "password");
        password = kept is not null && File.Exists(known) ? File.ReadAllText(known) : Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));
        if (kept is not null) MakeFolder(this.kept);
        Port = FreePort.Take();
        shell = Process.Start(Describe())!;
        shell.ErrorDataReceived += (_, line) =>
        {
            lock (log) log.Add(line.Data ?? "");
        };
        shell.BeginErrorReadLine();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Dispose();
        ConnectWhenReady().Dispose();
    }

    /// <summary>The server; it is started when first asked for.</summary>
    public static PostgresCluster Instance => One.Value;

    public int Port { get; }

    /// <summary>What the server wrote to its log.</summary>
    public string Log
    {
        get
        {
            lock (log) return string.Join('\n', log);
        }
    }

    /// <summary>A program of the server's package.</summary>
    public static string ProgramOf(string name) => Path.Combine("/usr/lib/postgresql/15/bin", name);

    /// <summary>A new database, empty or as a copy of one to which nobody is connected.</summary>
    /// <returns>Its name.</returns>
    public string CreateDatabase(string? template = null)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"test_{Interlocked.Increment(ref databases)}");
        Execute($"CREATE DATABASE {name} TEMPLATE {template ?? "template0"}");
        return name;
    }

    public bool HasDatabase(string name)
    {
        using var connection = Connect("postgres");
        using var command = new NpgsqlCommand("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", connection) { Parameters = { new() { Value = name } } };
        return (bool)command.ExecuteScalar()!;
    }

    /// <summary>Gives a database to which nobody is connected another name.</summary>
    public void RenameDatabase(string from, string to) => Execute($"ALTER DATABASE {from} RENAME TO {to}");

    public void DropDatabase(string name) => Execute($"DROP DATABASE {name} WITH (FORCE)");

    /// <summary>The address of a database as a user writes it.</summary>
    public string UrlOf(string database) => string.Create(CultureInfo.InvariantCulture, $"postgres://{User}:{password}@127.0.0.1:{Port}/{database}");

    /// <summary>A connection beside the product's own.</summary>
    public NpgsqlConnection Connect(string database)
    {
        var connection = new NpgsqlConnection(string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={Port};Username={User};Password={password};Database={database};Pooling=false"));
        connection.Open();
        return connection;
    }

    /// <summary>Kills a session of the server with SIGKILL, so that the whole server goes through the recovery of a crash; waits until it is back.</summary>
    public async Task CrashAsync()
    {
        int session;
        // The server may still be recovering from the crash before: it notices a killed session a moment later.
        using (var connection = ConnectWhenReady())
        {
            session = connection.ProcessID;
            using var kill = Process.Start("/bin/kill", ["-KILL", session.ToString(CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync();
        }

        await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        ConnectWhenReady().Dispose();
    }

    private void Execute(string sql)
    {
        using var connection = Connect("postgres");
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    private ProcessStartInfo Describe()
    {
        string[] asOwner = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "/bin/bash", "-c", Script] : ["/bin/bash", "-c", Script];
        var start = new ProcessStartInfo(asOwner[0], asOwner[1..]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardError = true, WorkingDirectory = "/tmp" };
        start.Environment["BIN"] = ProgramOf("");
        start.Environment["PORT"] = Port.ToString(CultureInfo.InvariantCulture);
        start.Environment["USER_NAME"] = User;
        start.Environment["PASSWORD"] = password;
        start.Environment["KEPT"] = kept;
        return start;
    }

    private static void MakeFolder(string folder)
    {
        string[] owner = Environment.IsPrivilegedProcess ? ["--owner=postgres", "--group=postgres"] : [];
        using var install = Process.Start("install", ["-d", "--mode=700", .. owner, folder]);
        install.WaitForExit();
        if (install.ExitCode != 0) throw new InvalidOperationException($"{folder} cannot be a folder of PostgreSQL's.");
    }

    private NpgsqlConnection ConnectWhenReady()
    {
        long started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return Connect("postgres");
            }
            catch (NpgsqlException notYet)
            {
                if (shell.HasExited || TimeProvider.System.GetElapsedTime(started) > TimeSpan.FromSeconds(60))
                    throw new InvalidOperationException($"PostgreSQL did not start: {notYet.Message}\n{Log}", notYet);
            }

            Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System).Wait();
        }
    }

    public void Dispose()
    {
        if (isDisposed) return;
        isDisposed = true;
        shell.StandardInput.Close();
        shell.WaitForExit(TimeSpan.FromSeconds(kept.Length > 0 ? 120 : 10));
        shell.Dispose();
    }
}

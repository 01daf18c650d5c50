using Npgsql;

namespace CoMaKo.Hub.Storage;

/// <summary>The one connection of a replica that listens for signals of others. It opens with the first who waits and again after each loss.</summary>
internal sealed class PostgresListener(DatabaseAddress address, HubSignals signals) : IDisposable
{
    public const string Channel = "comako_hub";

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource stopping = new();
    private readonly Lock starting = new();
    private Task? running;

    public void Start()
    {
        if (running is not null) return;
        lock (starting) running ??= Task.Run(RunAsync);
    }

    public void Dispose()
    {
        stopping.Cancel();
        running?.Wait(TimeSpan.FromSeconds(2));
        stopping.Dispose();
    }

    private async Task RunAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await ListenAsync();
            }
            catch (Exception lost) when (lost is NpgsqlException or OperationCanceledException or TimeoutException or IOException)
            {
                // Whoever waits looks by itself until the line stands again.
            }

            await Task.Delay(Pause, TimeProvider.System, stopping.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
        }
    }

    private async Task ListenAsync()
    {
        // Pings find a dead line that no packet reports.
        await using var connection = new NpgsqlConnection($"{address.Connection};Application Name=comako-hub listener;Pooling=false;Keepalive=30");
        connection.Notification += (_, notice) => signals.Raise(notice.Payload);
        await connection.OpenAsync(stopping.Token);
        await using (var listen = new NpgsqlCommand($"LISTEN {Channel}", connection)) await listen.ExecuteNonQueryAsync(stopping.Token);
        signals.RaiseAll(); // what happened before is not told
        while (true) await connection.WaitAsync(stopping.Token);
    }
}

using CoMaKo.Hub.Storage;
using Dapper;

namespace CoMaKo.Hub.Events;

/// <summary>
/// Takes events from the outbox to the broker, in order, at least once: a row goes only after the broker has confirmed it. One replica does it at a
/// time (a lease); if two ever did, readers would get an event twice and tell it by its id.
/// </summary>
internal sealed class EventPublisher(HubDatabase database, BrokerAddress broker, ILogger<EventPublisher> log) : BackgroundService
{
    public const string LeaseName = "event-publisher";

    private const int MostAtOnce = 500;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(30);

    private readonly Leases leases = new(database);
    private readonly string holder = Guid.NewGuid().ToString();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = Pause;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (await leases.TryTakeAsync(LeaseName, holder, Hold) is { } lease) await PublishAsync(lease, () => pause = Pause, stoppingToken);
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                // The address may hold a password: the log gets the failure's words and the address without it.
                log.LogWarning("CMH-1521. Events wait in the outbox, because {Broker} cannot be used: {Reason}", broker, failure.Message);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }

            await Task.Delay(pause, TimeProvider.System, stoppingToken); // a real broker knows no model clock
        }
    }

    private async Task PublishAsync(Lease lease, Action succeeded, CancellationToken stopping)
    {
        try
        {
            await using var line = await BrokerLine.OpenAsync(broker, stopping);
            while (!stopping.IsCancellationRequested && await leases.RenewAsync(lease, Hold))
            {
                var events = await NextAsync();
                if (events.Count > 0)
                {
                    await line.SendAsync(events, stopping);
                    await ForgetAsync(lease, events);
                }

                succeeded();
                if (events.Count < MostAtOnce) await Task.Delay(Pause, TimeProvider.System, stopping);
            }
        }
        finally
        {
            await leases.ReleaseAsync(lease);
        }
    }

    private async Task<List<WaitingEvent>> NextAsync()
    {
        await using var reader = await database.OpenReaderAsync();
        return (await reader.QueryAsync<WaitingEvent>(
            "SELECT event_id AS EventId, uid AS Uid, type AS Type, subject AS Subject, at_us AS AtUs, data AS Data FROM web_event ORDER BY event_id LIMIT @MostAtOnce", new { MostAtOnce })).AsList();
    }

    private Task ForgetAsync(Lease lease, List<WaitingEvent> events) => database.WriteAsync(async tx =>
    {
        await Leases.RequireAsync(tx, lease);
        await tx.ExecuteAsync($"DELETE FROM web_event WHERE event_id {tx.Engine.AnyOf("@ids")}", new { ids = events.Select(happened => happened.EventId).ToArray() });
    });
}

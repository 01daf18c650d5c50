using System.Collections.Concurrent;
using System.Threading.Channels;
using CoMaKo.Edge.Control.Dispatch;
using CoMaKo.Edge.Storage;
using NodaTime;

namespace CoMaKo.Edge.Hosting;

/// <summary>
/// Brings what control records and must remember to the disk, on a thread of its own: control never waits for it. While the disk refuses, the newest entries wait in
/// memory; when there is no more room, the ones that come are counted and left out.
/// </summary>
internal sealed partial class ControlJournal(SqliteControlStore store, TimeProvider clock, ILogger<ControlJournal> log) : BackgroundService, IDecisionLog, IGridEventLog
{
    public const string Decision = "decision", GridEvent = "grid-event", Plan = "plan", Alarm = "alarm", Score = "score", Savings = "savings", HubForecast = "hub-forecast";

    private const int Room = 4096, Batch = 500;
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5), Gather = TimeSpan.FromSeconds(1);

    /// <summary>§14a: two years on request (local-control §6.1); the rest is for the technician who looks back.</summary>
    private static readonly (string Kind, Duration Kept)[] Retention =
        [(Decision, Duration.FromDays(60)), (GridEvent, Duration.FromDays(1100)), (Plan, Duration.FromDays(30)), (Alarm, Duration.FromDays(400)), (Score, Duration.FromDays(400)), (Savings, Duration.FromDays(1100)), (HubForecast, Duration.FromDays(20))];

    private readonly Channel<ControlEntry> entries = Channel.CreateBounded<ControlEntry>(new BoundedChannelOptions(Room) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ConcurrentDictionary<string, string> kept = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> waiting = new(StringComparer.Ordinal);
    private readonly List<ControlEntry> batch = [];
    private long lost;
    private long revision;
    private Instant pruned;

    /// <summary>Entries that were left out because the disk refused for too long.</summary>
    public long Lost => Interlocked.Read(ref lost);

    /// <summary>Changes with every entry that has reached the disk.</summary>
    public long Revision => Interlocked.Read(ref revision);

    public void Append(DecisionRecord record) => Append(Decision, record.At, ControlJson.Write(record));

    public void Append(GridEventEntry entry) => Append(GridEvent, entry.At, ControlJson.Write(entry));

    public void Append(string kind, Instant at, string body)
    {
        // DropWrite answers true and drops: only the count tells.
        if (entries.Reader.Count >= Room) Interlocked.Increment(ref lost);
        else entries.Writer.TryWrite(new(kind, at, body));
    }

    /// <summary>What was kept under this key; absent if nothing was, or it cannot be read: its owner begins with safe defaults.</summary>
    public T? Recall<T>(string key) where T : class => ControlJson.Read<T>(waiting.GetValueOrDefault(key) ?? store.State(key));

    /// <summary>Keeps a state; the same again costs nothing.</summary>
    public void Keep<T>(string key, T value) where T : class
    {
        string json = ControlJson.Write(value);
        if (kept.TryGetValue(key, out string? last) && last == json) return;
        kept[key] = json;
        waiting[key] = json;
    }

    /// <summary>Keeps a state and returns when it is on the disk.</summary>
    /// <exception cref="StoreException">It is not; nothing was changed.</exception>
    public void KeepNow<T>(string key, T value) where T : class
    {
        string json = ControlJson.Write(value);
        store.SetState(key, json, Now);
        kept[key] = json;
        waiting.TryRemove(key, out _);
    }

    /// <summary>Writes all that waits. Called by the loop; simulations in model time call it themselves.</summary>
    /// <exception cref="StoreException">The disk refuses; what waits goes on waiting.</exception>
    public void Flush()
    {
        foreach (var (key, json) in waiting)
        {
            store.SetState(key, json, Now);
            waiting.TryRemove(new(key, json));
        }

        do
        {
            while (batch.Count < Batch && entries.Reader.TryRead(out var entry)) batch.Add(entry);
            if (batch.Count == 0) break;
            store.Append(batch);
            batch.Clear();
            Interlocked.Increment(ref revision);
        }
        while (entries.Reader.Count > 0);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        bool refused = false;
        try
        {
            while (true)
            {
                try
                {
                    Flush();
                    Prune();
                    if (refused) Again(Lost);
                    refused = false;
                }
                catch (StoreException e)
                {
                    if (!refused) Refused(e.Message);
                    refused = true;
                }

                await Task.Delay(refused ? Retry : Gather, TimeProvider.System, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The last words are written when control has stopped, see StopAsync.
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            Flush();
        }
        catch (StoreException e)
        {
            Refused(e.Message);
        }
    }

    private void Prune()
    {
        if (Now < pruned + Duration.FromHours(1)) return;
        pruned = Now;
        foreach (var (kind, age) in Retention) store.DeleteEntries(kind, Now - age);
    }

    private Instant Now => Instant.FromDateTimeOffset(clock.GetUtcNow());

    [LoggerMessage(1, LogLevel.Error, "CME-1606 Control's records cannot be written: {Reason} Control goes on; the newest records wait in memory.")]
    private partial void Refused(string reason);

    [LoggerMessage(2, LogLevel.Information, "Control's records are written again; {Count} were left out meanwhile.")]
    private partial void Again(long count);
}

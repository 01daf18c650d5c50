using System.Runtime.CompilerServices;
using CoMaKo.Contracts.V1;
using CoMaKo.Contracts.Wire;
using CoMaKo.Hub.Events;
using CoMaKo.Hub.Metering;
using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;
using Google.Protobuf;

namespace CoMaKo.Hub.Ingest;

/// <summary>
/// The hub's side of the sync protocol (contracts/SYNC.md), free of any wire: four calls per gateway, whose identity the caller has proved.
/// Every call is one transaction; what it answers is on the disk.
/// </summary>
public sealed class IngestService : IDisposable
{
    private readonly HubDatabase database;
    private readonly TimeProvider clock;
    private readonly EventOutbox? events;
    private readonly ILogger<IngestService>? log;

    private readonly Admission admission;
    private readonly IngestMeter meter = new();
    private readonly CalendarMonths months;

    /// <summary>Ingest of a database.</summary>
    public IngestService(HubDatabase database, TimeProvider clock)
        : this(database, clock, null, null)
    {
    }

    internal IngestService(HubDatabase database, TimeProvider clock, EventOutbox? events, ILogger<IngestService>? log)
    {
        (this.database, this.clock, this.events, this.log) = (database, clock, events, log);
        admission = new Admission(atWork: 32, waiting: 256, longestWait: TimeSpan.FromMilliseconds(500), clock);
        months = new CalendarMonths(database);
    }

    /// <summary>What this service counted since its start.</summary>
    internal IngestMeter Meter => meter;

    /// <summary>Opens a connection of a gateway; makes base and mark of an epoch that is new.</summary>
    /// <exception cref="GrpcStatusException"><see cref="GrpcStatusCode.InvalidArgument"/>, <see cref="GrpcStatusCode.ResourceExhausted"/> (come back later).</exception>
    public async Task<HelloReply> HelloAsync(GatewayId gateway, HelloRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        cancellationToken.ThrowIfCancellationRequested();
        if (request.FirstHeldSequence < 1 || request.NextSequence < request.FirstHeldSequence || request.ChainBeforeFirstHeld.Length != RecordChain.Length)
            throw new GrpcStatusException(GrpcStatusCode.InvalidArgument, "CMH-1107. Hello names the first held sequence (1 or more), the 32 bytes of the chain before it, and the next sequence.");
        using var place = await admission.EnterAsync(cancellationToken);
        return await ReachAsync(() => database.WriteAsync(tx => HelloAsync(tx, gateway, request)));
    }

    /// <summary>Takes a batch: whatever happens, the answer is the mark, or no mark if the epoch is unknown.</summary>
    /// <exception cref="GrpcStatusException"><see cref="GrpcStatusCode.InvalidArgument"/> (not a batch), <see cref="GrpcStatusCode.ResourceExhausted"/> (come back later).</exception>
    public async Task<Ack> PushAsync(GatewayId gateway, Batch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        long received = clock.GetTimestamp();
        using var place = await admission.EnterAsync(cancellationToken);
        var verified = VerifiedBatch.Read(batch);
        long now = clock.UnixMicroseconds();
        var records = new SortedRecords(verified, now);
        var (ack, applied) = await ReachAsync(async () =>
        {
            await months.EnsureTotalsAsync(records.Totals.Values.SelectMany(list => list, (_, entry) => entry.Total.SlotEnd));
            return await database.WriteAsync(async tx =>
            {
                var push = new PushTransaction(tx, gateway, verified, records, now, events);
                return (new Ack { Mark = await push.RunAsync(), ParkedRecords = push.Parked }, push.Applied);
            });
        });
        meter.Batch(applied, ack.ParkedRecords, clock.GetElapsedTime(received));
        return ack;
    }

    /// <summary>Keeps the last status of a gateway.</summary>
    public Task<ReportReply> ReportAsync(GatewayId gateway, GatewayStatus status, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(status);
        cancellationToken.ThrowIfCancellationRequested();
        return ReachAsync(() => database.WriteAsync(async tx =>
        {
            long now = clock.UnixMicroseconds();
            long id = await GatewayRows.TouchAsync(tx, gateway, now);
            GatewayRows.Describe(tx, id, status.SoftwareVersion, status.BuildingName, timeZone: null);
            tx.Prepare("UPDATE ing_gateway SET status = $1, status_us = $2 WHERE gateway_id = $3").Bind(status.ToByteArray()).Bind(now).Bind(id).Later();
            foreach (var directive in status.Directives) DirectiveRows.SetState(tx, id, directive, now);
            return new ReportReply { ServerTimeUnixUs = now, DirectiveRevision = await DirectiveRows.RevisionAsync(tx, id) };
        }));
    }

    /// <summary>Directives after the last one that the gateway knows, for ever.</summary>
    public async IAsyncEnumerable<Directive> WatchDirectivesAsync(GatewayId gateway, WatchRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        long revision = await DirectiveRows.ResumeAfterAsync(database, gateway, request);
        bool resumed = revision > 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            var woken = database.NextSignal(DirectiveRows.TopicOf(gateway));
            var directives = await DirectiveRows.AfterAsync(database, gateway, revision, resumed ? 0 : clock.UnixMicroseconds());
            foreach (var directive in directives)
            {
                revision = directive.Revision;
                yield return directive;
            }

            if (directives.Count > 0) await DirectiveRows.NoteSentAsync(database, gateway, directives, clock.UnixMicroseconds());

            resumed = true;
            await DirectiveRows.WaitAsync(woken, clock, cancellationToken);
        }
    }

    public void Dispose() => admission.Dispose();

    /// <summary>A database that is away for a while is no failure of the call: the gateway keeps everything and comes back.</summary>
    private async Task<T> ReachAsync<T>(Func<Task<T>> write)
    {
        try
        {
            return await write();
        }
        catch (HubDatabaseException refused) when (refused.Fault == HubFault.Refused)
        {
            months.Forget();
            throw;
        }
        catch (HubDatabaseException away) when (away.IsTransient)
        {
            log?.LogWarning(away, "CMH-1109. A call could not be written; the gateway is told to come back");
            throw new GrpcStatusException(GrpcStatusCode.Unavailable, "CMH-1109. The hub's database does not answer. Come back later.") { RetryAfter = TimeSpan.FromSeconds(2) };
        }
    }

    private async ValueTask<HelloReply> HelloAsync(HubTransaction tx, GatewayId gateway, HelloRequest request)
    {
        long now = clock.UnixMicroseconds();
        long id = await GatewayRows.TouchAsync(tx, gateway, now);
        GatewayRows.Describe(tx, id, request.SoftwareVersion, request.BuildingName, request.TimeZone);
        var epoch = await GatewayRows.FindAsync(tx, gateway, request.Epoch);
        if (epoch is null)
        {
            await NoteGapAsync(tx, id, request, now);
            GatewayRows.Create(tx, id, request, now);
            epoch = (await GatewayRows.FindAsync(tx, gateway, request.Epoch))!;
        }

        return new HelloReply
        {
            Mark = MarkMessage.Of(epoch.AckedSequence, epoch.AckedChain),
            BaseSequence = epoch.BaseSequence,
            ServerTimeUnixUs = now,
            MaxBatchRecords = VerifiedBatch.MaxRecords,
            MaxBatchBytes = VerifiedBatch.MaxBytes,
        };
    }

    /// <summary>A base whose chain the hub never had: records before it are gone for good.</summary>
    private static async ValueTask NoteGapAsync(HubTransaction tx, long gatewayId, HelloRequest request, long now)
    {
        long baseSequence = request.FirstHeldSequence - 1;
        if (await BatchLog.HoldsAsync(tx, gatewayId, baseSequence, request.ChainBeforeFirstHeld.ToByteArray())) return;
        string subject = request.Epoch.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
        GatewayRows.Note(tx, gatewayId, "CMH-1301", subject, FormattableString.Invariant($"Epoch {subject} starts after record {baseSequence}, which the hub never had: records before it are missing. Look for another copy of the gateway's store, or enter meter readings."), now);
    }
}

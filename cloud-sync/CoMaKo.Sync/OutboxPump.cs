using CoMaKo.Contracts.V1;
using CoMaKo.Contracts.Wire;
using CoMaKo.Quantities;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace CoMaKo.Sync;

/// <summary>Brings the store's records to the hub: Hello, then one batch after another, and one rule for every mark (contracts/SYNC.md).</summary>
internal sealed class OutboxPump(IOutboxReader outbox, IEdgeSyncClient client, UplinkOptions options, TimeProvider clock, LinkJournal journal, BackOff backOff, ILogger log)
{
    private int maxRecords = options.MaxBatchRecords;
    private int maxBytes = options.MaxBatchBytes;
    private int batchRecords = options.MaxBatchRecords;

    /// <summary>One connection's life; ends only by an exception. Whatever brings no progress ends it, so that a pause and a Hello come next.</summary>
    public async ValueTask RunSessionAsync(CancellationToken cancellationToken)
    {
        long mark = await HelloAsync(cancellationToken);
        while (true)
        {
            var batch = await outbox.ReadAfterAsync(mark, Math.Min(batchRecords, maxRecords), maxBytes, cancellationToken);
            if (batch is null) await outbox.WaitForRecordsAsync(cancellationToken);
            else mark = await PushAsync(batch, mark, cancellationToken);
        }
    }

    private async ValueTask<long> HelloAsync(CancellationToken cancellationToken)
    {
        var state = await outbox.StateAsync(cancellationToken);
        journal.Looked(state);
        var sent = clock.GetUtcNow();
        long started = clock.GetTimestamp();
        var reply = await client.HelloAsync(ToMessage(state), cancellationToken);
        var roundTrip = clock.GetElapsedTime(started);
        journal.Answered(roundTrip);
        journal.Greeted(OffsetOf(reply, sent + (roundTrip / 2)));
        maxRecords = Smaller(options.MaxBatchRecords, reply.MaxBatchRecords);
        maxBytes = Smaller(options.MaxBatchBytes, reply.MaxBatchBytes);
        if (state.FirstHeldSequence <= reply.BaseSequence) await StartNewEpochAsync("The store holds records that the hub would never ask for.", cancellationToken);
        long mark = await ObeyAsync(reply.Mark, state, TimeSpan.Zero, cancellationToken);
        ThrowIfAskedToWait(reply.HasRetryAfterMs ? reply.RetryAfterMs : 0);
        if (mark > state.AcknowledgedSequence || mark == state.NextSequence - 1) backOff.Reset();
        return mark;
    }

    private async ValueTask<long> PushAsync(OutboxBatch batch, long mark, CancellationToken cancellationToken)
    {
        long started = clock.GetTimestamp();
        var ack = await SendAsync(batch, cancellationToken);
        var took = clock.GetElapsedTime(started);
        journal.Answered(took);
        long now = await ObeyAsync(ack.Mark, await outbox.StateAsync(cancellationToken), took, cancellationToken);
        if (now <= mark) throw new NoProgressException("The hub took nothing of a batch; the next Hello finds the common point.");
        backOff.Reset();
        batchRecords = (int)Math.Min(maxRecords, batchRecords * 2L);
        ThrowIfAskedToWait(ack.HasRetryAfterMs ? ack.RetryAfterMs : 0);
        return now;
    }

    private async ValueTask<Ack> SendAsync(OutboxBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            return await client.PushAsync(ToMessage(batch), cancellationToken);
        }
        catch (GrpcStatusException late) when (late.Status == GrpcStatusCode.DeadlineExceeded)
        {
            batchRecords = Math.Max(1, batch.Entries.Count / 2);
            throw;
        }
    }

    /// <summary>The one rule for every mark. Our own chain there is equal: obey, up or down. Missing or different: the store is not the one that the hub knows.</summary>
    private async ValueTask<long> ObeyAsync(Mark? mark, OutboxState state, TimeSpan took, CancellationToken cancellationToken)
    {
        if (mark is null) throw new NoProgressException("The hub does not know this store's epoch; the next Hello tells it.");
        var chain = await outbox.ChainAtAsync(mark.AckedSequence, cancellationToken);
        if (chain is not { } ours || !ours.Span.SequenceEqual(mark.AckedChain.Span))
            await StartNewEpochAsync(FormattableString.Invariant($"The hub's mark {mark.AckedSequence} is not part of this store's history."), cancellationToken);
        if (mark.AckedSequence < state.AcknowledgedSequence)
            log.LogWarning("CME-1812 The hub's mark went back from {Before} to {Now}; it is filled again", state.AcknowledgedSequence, mark.AckedSequence);
        await outbox.SetMarkAsync(mark.AckedSequence, cancellationToken);
        journal.Marked(mark.AckedSequence, state.NextSequence, mark.AckedSequence - state.AcknowledgedSequence, took);
        return mark.AckedSequence;
    }

    /// <exception cref="NoProgressException">Always: a Hello must follow.</exception>
    private async ValueTask StartNewEpochAsync(string why, CancellationToken cancellationToken)
    {
        var epoch = await outbox.StartNewEpochAsync(cancellationToken);
        log.LogWarning("CME-1810 New epoch {Epoch}, everything held is sent again: {Why}", epoch, why);
        throw new NoProgressException(why + " Everything held is sent again under a new epoch.");
    }

    private static void ThrowIfAskedToWait(int milliseconds)
    {
        if (milliseconds > 0)
            throw new GrpcStatusException(GrpcStatusCode.Unavailable, "The hub asks to wait.") { RetryAfter = TimeSpan.FromMilliseconds(milliseconds) };
    }

    private HelloRequest ToMessage(OutboxState state) => new()
    {
        Epoch = state.Epoch.Value,
        FirstHeldSequence = state.FirstHeldSequence,
        ChainBeforeFirstHeld = ByteString.CopyFrom(state.ChainBeforeFirst.Span),
        NextSequence = state.NextSequence,
        SoftwareVersion = options.SoftwareVersion,
        BuildingName = options.BuildingName,
        TimeZone = options.TimeZone,
    };

    private static Batch ToMessage(OutboxBatch batch)
    {
        var message = new Batch
        {
            Epoch = batch.Epoch.Value,
            FromSequence = batch.FromSequence,
            ChainBefore = UnsafeByteOperations.UnsafeWrap(batch.ChainBefore),
            ChainAfter = UnsafeByteOperations.UnsafeWrap(batch.ChainAfter),
        };
        foreach (var entry in batch.Entries)
        {
            message.Entries.Add(entry.Record is { } record
                ? new Entry { Record = UnsafeByteOperations.UnsafeWrap(record) }
                : new Entry { DamagedSha256 = UnsafeByteOperations.UnsafeWrap(entry.DamagedHash!.Value) });
        }

        return message;
    }

    private static Duration OffsetOf(HelloReply reply, DateTimeOffset middle) =>
        Instant.FromUnixTimeTicks(Math.Clamp(reply.ServerTimeUnixUs, 0, 253_402_300_799_000_000) * 10) - Instant.FromDateTimeOffset(middle);

    private static int Smaller(int ours, int theirs) => theirs > 0 ? Math.Min(ours, theirs) : ours;
}

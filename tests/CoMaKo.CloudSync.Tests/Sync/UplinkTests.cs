using CoMaKo.Contracts.V1;
using CoMaKo.Contracts.Wire;
using CoMaKo.Quantities;
using CoMaKo.Sync;
using CoMaKo.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace CoMaKo.CloudSync.Tests.Sync;

public sealed class UplinkTests : IDisposable
{
    private readonly FakeTimeProvider clock = new();
    private readonly MemoryOutbox outbox = new();
    private readonly ModelHub hub = new();
    private readonly Sink sink = new();
    private readonly CancellationTokenSource stop = new();
    private readonly Uplink uplink;
    private Task running = Task.CompletedTask;
    private double jitter = 0.999;

    public UplinkTests()
    {
        var options = new UplinkOptions("1.0", "Haus", "Europe/Berlin") { ReportInterval = TimeSpan.FromSeconds(10) };
        uplink = new Uplink(outbox, hub, sink, _ => ValueTask.FromResult(new GatewayStatus()), options, clock, NullLogger<Uplink>.Instance, () => jitter);
    }

    public void Dispose() => stop.Dispose();

    [Fact]
    public void Records_Waiting_AreBroughtInBatches_AndNewOnesFollow()
    {
        outbox.Append(1201);
        Start();
        Assert.Equal([500, 500, 201], hub.Batches.Select(batch => batch.Entries.Count));
        outbox.Append(1);
        Assert.Equal((1202, 1202), (hub.MarkOf(1), outbox.Acknowledged));
        Assert.Equal((1202L, 0L, null), (uplink.Status.AcknowledgedSequence, uplink.Status.WaitingRecords, uplink.Status.Problem));
    }

    [Fact]
    public void Timeout_HalvesTheBatchDownToOne_AndSuccessDoublesIt()
    {
        outbox.Append(1000);
        int slow = 11;
        var sizes = new List<int>();
        hub.Before = (call, request) =>
        {
            if (request is not Batch batch) return;
            sizes.Add(batch.Entries.Count);
            if (slow-- > 0) throw new GrpcStatusException(GrpcStatusCode.DeadlineExceeded, "");
        };
        Start();
        clock.Advance(TimeSpan.FromHours(2));

        Assert.Equal([500, 250, 125, 62, 31, 15, 7, 3, 1, 1, 1, 1, 2, 4, 8, 16, 32, 64, 128, 256, 489], sizes);
        Assert.Equal(1000, hub.MarkOf(1));
    }

    [Fact]
    public void Failures_InARow_DoubleThePause_UpToFiveMinutes_AndSuccessResetsIt()
    {
        outbox.Append(1);
        var attempts = new List<TimeSpan>();
        bool dead = true;
        var start = clock.GetUtcNow();
        hub.Before = (call, _) =>
        {
            if (call == "hello") attempts.Add(clock.GetUtcNow() - start);
            if (dead) throw new GrpcStatusException(GrpcStatusCode.Unavailable, "no route");
        };
        Start();
        clock.Advance(TimeSpan.FromMinutes(30));

        var pauses = attempts.Zip(attempts.Skip(1), (a, b) => (b - a).TotalSeconds / jitter).Select(seconds => Math.Round(seconds)).ToList();
        Assert.Equal([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300], pauses.Take(11));
        Assert.Equal(("CME-1802", 1L), (uplink.Status.Problem?.Code, uplink.Status.WaitingRecords));
        Assert.NotNull(uplink.Status.OfflineSince);

        dead = false;
        clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal((1, null), (hub.MarkOf(1), uplink.Status.OfflineSince));
        dead = true;
        attempts.Clear();
        outbox.Append(1);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Single(attempts);
    }

    [Fact]
    public void Pause_IsDrawnFromZeroToTheBound()
    {
        jitter = 0;
        int calls = 0;
        hub.Before = (call, _) =>
        {
            if (call == "hello" && ++calls < 1000) throw new GrpcStatusException(GrpcStatusCode.Unavailable, "");
        };
        Start();
        clock.Advance(TimeSpan.Zero);
        Assert.Equal(1000, calls);
    }

    [Fact]
    public void RetryAfter_IsWaitedBesidesTheJitter()
    {
        outbox.Append(2);
        hub.RetryAfterMs = 60_000;
        Start();
        int pushed = hub.Batches.Count;
        outbox.Append(1);
        clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(pushed, hub.Batches.Count);
        Assert.Equal("CME-1805", uplink.Status.Problem?.Code);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(3, hub.MarkOf(1));
    }

    [Fact]
    public void Mark_ThatWentUp_IsObeyed() // the reply to an earlier push was lost
    {
        outbox.Append(10);
        hub.SetMark(1, 7, outbox.ChainOf(7), newBase: 0);
        Start();
        Assert.Equal(8, hub.Batches.Single().FromSequence);
        Assert.Equal([7, 10], outbox.Marks);
    }

    [Fact]
    public void Mark_ThatWentDown_IsObeyed_AndTheHubRefilled() // the hub was restored from a backup
    {
        outbox.Append(10);
        Start();
        hub.SetMark(1, 4, outbox.ChainOf(4));
        outbox.Append(1);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Contains(4, outbox.Marks);
        Assert.Equal((11, 1UL), (hub.MarkOf(1), outbox.Epoch));
    }

    [Fact]
    public void Mark_OfAnotherHistory_GivesANewEpoch() // the gateway runs on a restored disk image and has gone on
    {
        outbox.Append(6);
        hub.SetMark(1, 5, RecordChain.Hash([1]), newBase: 0);
        Start();
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((2UL, 6L), (outbox.Epoch, hub.MarkOf(2)));
    }

    [Fact]
    public void Mark_BeyondTheStore_GivesANewEpoch() // the image is older than the mark
    {
        outbox.Append(3);
        hub.SetMark(1, 9, new byte[RecordChain.Length], newBase: 0);
        Start();
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((2UL, 3L), (outbox.Epoch, hub.MarkOf(2)));
    }

    [Fact]
    public void Base_AboveTheFirstHeldRecord_GivesANewEpoch() // an image from before retention deleted them
    {
        outbox.Append(9);
        hub.SetMark(1, 9, outbox.ChainOf(9), newBase: 5);
        Start();
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((2UL, 9L), (outbox.Epoch, hub.MarkOf(2)));
    }

    [Fact]
    public void Mark_Absent_GivesAHello() // the hub was restored to before this epoch
    {
        outbox.Append(3);
        Start();
        hub.Forget();
        outbox.Append(1);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((4, 1UL), (hub.MarkOf(1), outbox.Epoch));
    }

    [Fact]
    public void RetentionBelowTheMark_KeepsTheEpoch()
    {
        outbox.Append(10);
        Start();
        outbox.DeleteThrough(6);
        hub.Before = (call, _) =>
        {
            hub.Before = (_, _) => { };
            throw new GrpcStatusException(GrpcStatusCode.Unavailable, "");
        };
        outbox.Append(1);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((11, 1UL), (hub.MarkOf(1), outbox.Epoch));
    }

    [Fact]
    public void Store_Unreadable_IsTriedAgain()
    {
        outbox.Append(1);
        outbox.Failure = new IOException("disk");
        Start();
        Assert.Equal("CME-1809", uplink.Status.Problem?.Code);
        outbox.Failure = null;
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((1, null), (hub.MarkOf(1), uplink.Status.Problem));
    }

    [Fact]
    public async Task Bug_InTheStore_ComesOut()
    {
        outbox.Failure = new InvalidOperationException("bug");
        await Assert.ThrowsAsync<InvalidOperationException>(() => uplink.RunAsync(stop.Token));
    }

    [Fact]
    public async Task Cancel_EndsAllLoops()
    {
        Start();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public void Directives_GoToTheSink_ExpiredOnesAreAnswered_AndTheStreamResumes()
    {
        hub.EndStreams = true;
        hub.Directives.AddRange([ValidFor(1, TimeSpan.FromHours(1)), ValidFor(2, TimeSpan.FromSeconds(-1)), ValidFor(3, TimeSpan.FromHours(1))]);
        sink.Rejects = 3;
        Start();
        clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal([1L, 3L], sink.Seen);
        Assert.Equal((3L, "d3"), (hub.Watches[^1].LastRevision, hub.Watches[^1].LastDirectiveId));
        var states = hub.Reports.SelectMany(report => report.Directives).Select(state => (state.Revision, state.State)).ToList();
        Assert.Equal([(1, DirectiveState.Types.State.Accepted), (2, DirectiveState.Types.State.Expired), (3, DirectiveState.Types.State.Rejected)], states);
    }

    [Fact]
    public void Reports_WhileTheyFail_ComeLessOften_AndKeepOutcomes()
    {
        hub.Directives.Add(ValidFor(1, TimeSpan.FromHours(1)));
        bool dead = true;
        hub.Before = (call, _) =>
        {
            if (dead && call == "report") throw new GrpcStatusException(GrpcStatusCode.Unavailable, "");
        };
        Start();
        clock.Advance(TimeSpan.FromMinutes(10));
        Assert.InRange(hub.Calls.Count(call => call == "report"), 10, 13);
        dead = false;
        clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Single(hub.Reports[0].Directives);
        Assert.All(hub.Reports.Skip(1), report => Assert.Empty(report.Directives));
    }

    private void Start()
    {
        SynchronizationContext.SetSynchronizationContext(null); // everything runs on the test's own thread, inside Advance
        running = uplink.RunAsync(stop.Token);
        clock.Advance(TimeSpan.Zero);
    }

    private Directive ValidFor(long revision, TimeSpan time) => new()
    {
        Revision = revision,
        Id = FormattableString.Invariant($"d{revision}"),
        ValidUntilUnixUs = (clock.GetUtcNow() + time - DateTimeOffset.UnixEpoch).Ticks / 10,
    };

    private sealed class Sink : IDirectiveSink
    {
        public List<long> Seen { get; } = [];

        public long Rejects { get; set; }

        public ValueTask<DirectiveAnswer> ApplyAsync(Directive directive, CancellationToken cancellationToken)
        {
            Seen.Add(directive.Revision);
            return new(directive.Revision == Rejects ? new DirectiveAnswer(DirectiveOutcome.Rejected, "CME-2081 Not here.") : new DirectiveAnswer(DirectiveOutcome.Accepted));
        }
    }
}

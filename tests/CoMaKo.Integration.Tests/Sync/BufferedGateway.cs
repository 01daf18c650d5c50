using CoMaKo.Contracts;
using CoMaKo.Contracts.V1;
using CoMaKo.Contracts.Wire;
using CoMaKo.Edge.Storage;
using CoMaKo.Quantities;
using CoMaKo.Sync;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;
using RegisterSegment = CoMaKo.Quantities.RegisterSegment;
using RegisterTotal = CoMaKo.Quantities.RegisterTotal;

namespace CoMaKo.Integration.Tests.Sync;

/// <summary>The real store on the real disk with the real uplink, in this process; it books totals of past slots as fast as the test asks.</summary>
internal sealed class BufferedGateway : IAsyncDisposable
{
    /// <summary>First slot border that is booked; far enough back that no test gets ahead of the hub's clock.</summary>
    private static readonly long FirstBorder = Instant.FromUtc(2026, 1, 1, 0, 0).ToUnixTimeSeconds();

    private readonly string folder;
    private readonly RegisterId[] registers;
    private readonly Uri hub;
    private readonly string id;
    private Outbox? outbox;
    private GrpcConnection? connection;
    private CancellationTokenSource? stop;
    private Task running = Task.CompletedTask;
    private long segment;

    /// <param name="number">Tells several gateways and their meters apart.</param>
    public BufferedGateway(Uri hub, int registerCount = 2, int number = 1)
    {
        this.hub = hub;
        id = FormattableString.Invariant($"gw-{number}");
        folder = Directory.CreateTempSubdirectory("comako-gateway-").FullName;
        registers = [.. Enumerable.Range(1, registerCount).Select(kind => RegisterId.Of(FormattableString.Invariant($"0a014953410000{number - 1:x4}2a"), ObisCode.FromOctets([1, 0, (byte)kind, 8, 0, 255])))];
    }

    /// <summary>Every total that was made durable, by its place in the hub's table.</summary>
    public Dictionary<(string Register, long SlotEnd, long Segment), long> Booked { get; } = [];

    /// <summary>Borders booked so far.</summary>
    public int Borders { get; private set; }

    public Uplink? Uplink { get; private set; }

    public string Store => Path.Combine(folder, "store");

    /// <summary>Starts the process's parts: a new segment per register, then the line.</summary>
    public async Task StartAsync(bool connect = true)
    {
        outbox = SqliteOutbox.Open(new StoreOptions(folder) { ReserveBytes = 0 }, RecordCodec.Encode, TimeProvider.System).Outbox;
        long openedAt = FirstBorder + (Borders * 900L);
        segment = Math.Max(openedAt * 1_000_000, await outbox.LastSegmentAsync(CancellationToken.None) + 1);
        var begins = registers.Select(register => new RegisterSegment(
            register, segment, false, Instant.FromUnixTimeSeconds(openedAt), new Energy(openedAt / 60), SegmentReason.Resumed,
            register.Value.Split('~')[0], ObisCode.ActiveEnergyImport, 1_000_000, 100, SettlementRole.Settlement));
        await outbox.AppendAsync([.. begins], [], CancellationToken.None);
        if (connect) Connect();
    }

    public void Connect()
    {
        stop = new CancellationTokenSource();
        connection = new GrpcConnection(hub, new Dictionary<string, string> { ["comako-gateway"] = id });
        var options = new UplinkOptions("0.1.0", "Lindenhof 7", "Europe/Berlin")
        {
            MaxBatchRecords = 100, // one frame of HTTP/2
            FirstPause = TimeSpan.FromMilliseconds(20),
            LongestPause = TimeSpan.FromMilliseconds(200),
        };
        Uplink = new Uplink(new StoreReader(outbox!), new GrpcEdgeSyncClient(connection), new NoDirectives(), _ => ValueTask.FromResult(new GatewayStatus()), options, TimeProvider.System, NullLogger<Uplink>.Instance);
        running = Task.Run(() => Uplink.RunAsync(stop.Token));
    }

    public async Task StopAsync()
    {
        if (stop is not null)
        {
            await stop.CancelAsync();
            await Task.WhenAny(running);
            stop.Dispose();
            stop = null;
        }

        connection?.Dispose();
        if (outbox is not null) await outbox.DisposeAsync();
        outbox = null;
    }

    /// <summary>Books the totals of so many slot borders in one append, so that they travel as one batch.</summary>
    /// <param name="surplus">Added to every total, so that two histories differ.</param>
    public async Task BookAsync(int borders, long surplus = 0)
    {
        var totals = new List<RegisterTotal>();
        for (int i = 0; i < borders; i++)
        {
            long slotEnd = FirstBorder + (++Borders * 900L);
            totals.AddRange(registers.Select(register => new RegisterTotal(register, segment, slotEnd, new Energy((slotEnd / 60) + surplus), Quantities.Quality.Measured, 40)));
        }

        await outbox!.AppendAsync(totals, [], CancellationToken.None);
        foreach (var total in totals) Booked.Add((total.Register.Value, total.SlotEnd, total.Segment), total.Total.WattHours);
    }

    /// <summary>Waits until the hub has acknowledged everything in the store.</summary>
    public Task SyncedAsync() => Until.HoldsAsync(
        async () =>
        {
            if (running.IsFaulted) await running;
            var state = await outbox!.StateAsync(CancellationToken.None);
            return state.AcknowledgedSequence == state.NextSequence - 1;
        },
        () => $"all is acknowledged; the problem is {Uplink!.Status.Problem}");

    public async Task<OutboxState> StateAsync() => await outbox!.StateAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(folder, recursive: true);
    }

    private sealed class StoreReader(Outbox outbox) : IOutboxReader
    {
        public ValueTask<OutboxState> StateAsync(CancellationToken cancellationToken) => outbox.StateAsync(cancellationToken);

        public ValueTask<OutboxBatch?> ReadAfterAsync(long sequence, int maxRecords, int maxBytes, CancellationToken cancellationToken) => outbox.ReadAfterAsync(sequence, maxRecords, maxBytes, cancellationToken);

        public ValueTask<ReadOnlyMemory<byte>?> ChainAtAsync(long sequence, CancellationToken cancellationToken) => outbox.ChainAtAsync(sequence, cancellationToken);

        public ValueTask SetMarkAsync(long acknowledgedSequence, CancellationToken cancellationToken) => outbox.SetMarkAsync(acknowledgedSequence, cancellationToken);

        public ValueTask<Epoch> StartNewEpochAsync(CancellationToken cancellationToken) => outbox.StartNewEpochAsync(cancellationToken);

        public ValueTask WaitForRecordsAsync(CancellationToken cancellationToken) => outbox.WaitForRecordsAsync(cancellationToken);
    }

    private sealed class NoDirectives : IDirectiveSink
    {
        public ValueTask<DirectiveAnswer> ApplyAsync(Directive directive, CancellationToken cancellationToken) => new(new DirectiveAnswer(DirectiveOutcome.Rejected));
    }
}

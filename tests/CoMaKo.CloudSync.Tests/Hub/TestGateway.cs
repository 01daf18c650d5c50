using CoMaKo.Contracts;
using CoMaKo.Contracts.V1;
using CoMaKo.Quantities;
using Google.Protobuf;
using NodaTime;
using RegisterSegment = CoMaKo.Quantities.RegisterSegment;
using RegisterTotal = CoMaKo.Quantities.RegisterTotal;

namespace CoMaKo.CloudSync.Tests.Hub;

/// <summary>A gateway's store as the hub sees it: records in sequence with their chain.</summary>
internal sealed class TestGateway(TestHub? hub, string id = "gw-1")
{
    public static readonly RegisterId Import = new("0a01495341000000002a~1-0.1.8.0");

    private readonly List<Entry> entries = [];
    private readonly List<byte[]> chains = [RecordChain.Start.ToArray()];

    public GatewayId Id { get; } = new(id);

    public ulong Epoch { get; set; } = 0xf000_0000_0000_0001;

    public string Building { get; init; } = "Lindenhof 7";

    public long Last => entries.Count;

    public byte[] ChainAt(long sequence) => chains[(int)sequence];

    public TestGateway Append(params ReadOnlySpan<SyncRecord> records)
    {
        foreach (var record in records) AppendBytes(RecordCodec.Encode(record));
        return this;
    }

    public void AppendBytes(byte[] record)
    {
        entries.Add(new Entry { Record = ByteString.CopyFrom(record) });
        chains.Add(RecordChain.Next(chains[^1], RecordChain.Hash(record)));
    }

    /// <summary>As if the store had lost the bytes of a record.</summary>
    public void Damage(long sequence) =>
        entries[(int)sequence - 1] = new Entry { DamagedSha256 = ByteString.CopyFrom(RecordChain.Hash(entries[(int)sequence - 1].Record.Span)) };

    public Batch Batch(long from, long to)
    {
        var batch = new Batch
        {
            Epoch = Epoch,
            FromSequence = from,
            ChainBefore = ByteString.CopyFrom(ChainAt(from - 1)),
            ChainAfter = ByteString.CopyFrom(ChainAt(to)),
        };
        batch.Entries.AddRange(entries.Skip((int)from - 1).Take((int)(to - from + 1)));
        return batch;
    }

    public HelloRequest Hello(long firstHeld = 1) => new()
    {
        Epoch = Epoch,
        FirstHeldSequence = firstHeld,
        ChainBeforeFirstHeld = ByteString.CopyFrom(ChainAt(firstHeld - 1)),
        NextSequence = Last + 1,
        SoftwareVersion = "0.1.0",
        BuildingName = Building,
        TimeZone = "Europe/Berlin",
    };

    public Task<HelloReply> HelloAsync(long firstHeld = 1) => hub!.Ingest.HelloAsync(Id, Hello(firstHeld), CancellationToken.None);

    public Task<Ack> PushAsync(long from, long to) => hub!.Ingest.PushAsync(Id, Batch(from, to), CancellationToken.None);

    /// <summary>Hello and everything in one batch.</summary>
    public async Task<Ack> SyncAsync()
    {
        var hello = await HelloAsync();
        return await PushAsync(hello.Mark.AckedSequence + 1, Last);
    }

    public static RegisterTotal Total(string slotEnd, long wh, long segment = 1, Quantities.Quality quality = Quantities.Quality.Measured, RegisterId? register = null) =>
        new(register ?? Import, segment, At(slotEnd).ToUnixTimeSeconds(), new Energy(wh), quality, 200);

    public static RegisterSegment Begin(string at, long wh, long segment = 1, SegmentReason reason = SegmentReason.Commissioned, RegisterId? register = null) =>
        Border(false, at, wh, segment, reason, register);

    public static RegisterSegment End(string at, long wh, long segment = 1, SegmentReason reason = SegmentReason.MeterSwapped, RegisterId? register = null) =>
        Border(true, at, wh, segment, reason, register);

    /// <summary>An instant of 1 June 2026, or a full ISO text.</summary>
    public static Instant At(string text) =>
        NodaTime.Text.InstantPattern.ExtendedIso.Parse(text.Length == 5 ? $"2026-06-01T{text}:00Z" : text).Value;

    private static RegisterSegment Border(bool isEnd, string at, long wh, long segment, SegmentReason reason, RegisterId? register)
    {
        string server = (register ?? Import).Value.Split('~')[0];
        return new(register ?? Import, segment, isEnd, At(at), new Energy(wh), reason, server, ObisCode.ActiveEnergyImport, 1_000_000, 100_000, SettlementRole.Settlement);
    }
}

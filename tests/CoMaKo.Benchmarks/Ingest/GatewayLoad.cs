using CoMaKo.Contracts;
using CoMaKo.Contracts.V1;
using CoMaKo.Quantities;
using Google.Protobuf;
using RegisterTotal = CoMaKo.Quantities.RegisterTotal;

namespace CoMaKo.Benchmarks.Ingest;

/// <summary>What one gateway sends: batches of 500 totals of 10 registers, slot after slot, each key once.</summary>
internal sealed class GatewayLoad
{
    public const int BatchRecords = 500;
    private const int Registers = 10;
    private const long FirstSlotEnd = 1_735_689_600; // 2025-01-01T00:00Z
    private readonly byte[] chainAtEnd;

    public GatewayLoad(int number, int batches)
    {
        Id = new GatewayId(NameOf(number));
        Epoch = (ulong)number + 1;
        byte[] chain = RecordChain.Start.ToArray();
        for (int i = 0; i < batches; i++) Batches.Add(Build(number, i, ref chain));
        chainAtEnd = chain;
    }

    public GatewayId Id { get; }

    public ulong Epoch { get; }

    public List<Batch> Batches { get; } = [];

    public HelloRequest Hello => new()
    {
        Epoch = Epoch,
        FirstHeldSequence = 1,
        ChainBeforeFirstHeld = ByteString.CopyFrom(RecordChain.Start.Span),
        NextSequence = (Batches.Count * (long)BatchRecords) + 1,
        SoftwareVersion = "0.1.0",
        BuildingName = Id.Value,
        TimeZone = "Europe/Berlin",
    };

    public static string NameOf(int number) => FormattableString.Invariant($"gw-{number:0000}");

    /// <summary>Whether an answer says that everything arrived.</summary>
    public bool IsComplete(Ack last) => last.Mark.AckedChain.Span.SequenceEqual(chainAtEnd) && last.ParkedRecords == 0;

    /// <summary>The same keys and values for the bare loop: gateway, register, slot end, segment, total.</summary>
    public static IEnumerable<(long Gateway, long Register, long SlotEnd, long Segment, long Total)> Keys(int gateway, int batch)
    {
        for (int i = 0; i < BatchRecords; i++)
        {
            long slot = ((long)batch * BatchRecords / Registers) + (i / Registers);
            int register = i % Registers;
            yield return (gateway + 1, (gateway * Registers) + register + 1, FirstSlotEnd + (slot * 900), 1_735_689_000_000_000 + gateway, 1_000_000 + (slot * 137) + register);
        }
    }

    private Batch Build(int number, int index, ref byte[] chain)
    {
        var batch = new Batch { Epoch = Epoch, FromSequence = ((long)index * BatchRecords) + 1, ChainBefore = ByteString.CopyFrom(chain) };
        foreach (var (_, register, slotEnd, segment, total) in Keys(number, index))
        {
            var id = new RegisterId(FormattableString.Invariant($"0a0149534100{number:x4}{register % Registers:x4}~1-0.1.8.0"));
            byte[] record = RecordCodec.Encode(new RegisterTotal(id, segment, slotEnd, new Energy(total), Quantities.Quality.Measured, 312));
            chain = RecordChain.Next(chain, RecordChain.Hash(record));
            batch.Entries.Add(new Entry { Record = ByteString.CopyFrom(record) });
        }

        batch.ChainAfter = ByteString.CopyFrom(chain);
        return batch;
    }
}

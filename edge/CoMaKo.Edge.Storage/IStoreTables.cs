using CoMaKo.Edge.Acquisition;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Storage;

/// <summary>The store's tables inside one transaction. They hold and find; the rules are the buffer's (<see cref="Outbox"/>).</summary>
internal interface IStoreTables
{
    /// <summary>The one row about the store itself.</summary>
    /// <exception cref="InvalidDataException">It is missing or makes no sense.</exception>
    StoreRow Row { get; set; }

    /// <summary>The newest record; absent if none is held.</summary>
    ChainLink? Newest { get; }

    /// <summary>The chain after a held record; absent if it is not held.</summary>
    byte[]? Chain(long sequence);

    /// <summary>Up to <paramref name="count"/> records after a sequence, in order.</summary>
    IReadOnlyList<StoredRecord> After(long sequence, int count);

    /// <summary>When the first record after a sequence was appended, in Unix µs; absent if there is none.</summary>
    long? AppendedAfter(long sequence);

    /// <summary>Adds a record at the end.</summary>
    void Insert(StoredRecord record, long appendedUnixUs);

    /// <summary>Adds the typed row of a total.</summary>
    void Insert(long sequence, RegisterTotal total);

    /// <summary>Adds the typed row of a segment's border; the register's newest segment follows it.</summary>
    void Insert(long sequence, RegisterSegment segment);

    /// <summary>Replaces the chain after a record.</summary>
    void SetChain(long sequence, byte[] chain);

    string? State(string key);

    void SetState(StateEntry entry);

    /// <summary>The newest segment of each register with its last total, by name; without those whose borders are no longer held.</summary>
    IReadOnlyList<RegisterState> Registers();

    /// <summary>The greatest segment ever recorded; 0 if none.</summary>
    long LastSegment();

    /// <summary>Totals of a register whose slot ends after one and at or before the other Unix second, by slot end and sequence.</summary>
    IReadOnlyList<(RegisterTotal Total, long Sequence)> Totals(RegisterId register, long after, long until);

    /// <summary>When each register was first opened, as far as its segments are held.</summary>
    IReadOnlyDictionary<RegisterId, Instant> KnownSince();

    /// <summary>Takes acknowledgements above a sequence back to it.</summary>
    void LowerAcknowledgements(long sequence);

    void ForgetAcknowledgements();

    /// <summary>Notes that by the end of a Unix day everything up to a sequence was acknowledged, unless an earlier day says as much.</summary>
    void NoteAcknowledged(long day, long sequence);

    /// <summary>What was acknowledged in the first <paramref name="days"/> noted days before a day; 0 if nothing.</summary>
    long AcknowledgedBefore(long day, int days);

    /// <summary>End of the slot of the first held total with a segment, in Unix seconds; 0 if there is none.</summary>
    long OldestSlot();

    /// <summary>The first total with a segment whose slot ends after a Unix second; 0 if there is none.</summary>
    long FirstTotalBeyond(long slotEnd);

    /// <summary>Begins of segments at or below a sequence that still have totals above it, or are a register's open one, in order.</summary>
    IReadOnlyList<long> NeededBegins(long cut);

    /// <summary>The begin of a segment has come again, under another sequence.</summary>
    void MoveBegin(long sequence, long to);

    /// <summary>Deletes everything up to a sequence.</summary>
    /// <returns>How many records.</returns>
    int DeleteUpTo(long sequence);
}

/// <summary>A record's place: its sequence and the chain after it.</summary>
internal readonly record struct ChainLink(long Sequence, byte[] Chain);

/// <summary>Numbers of the column <c>record.kind</c>.</summary>
internal enum RecordKind
{
    Total = 1,
    SegmentBegin = 2,
    SegmentEnd = 3,
    Event = 4,
}

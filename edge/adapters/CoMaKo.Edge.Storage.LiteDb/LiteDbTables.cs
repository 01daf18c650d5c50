using CoMaKo.Edge.Acquisition;
using CoMaKo.Quantities;
using LiteDB;

namespace CoMaKo.Edge.Storage.LiteDb;

/// <summary>The store's tables as collections, inside the caller's transaction. Documents are built by hand: no reflection, short keys.</summary>
/// <remarks>
/// <c>record</c> {_id sequence, k kind, a appended, b bytes, h hash, c chain} · <c>total</c> {_id sequence, x place, s segment, w Wh, q quality, o offset} ·
/// <c>border</c> {_id sequence, n register, s segment, e is its end, …, t last total of the segment} · <c>register</c> {_id name, i number, s newest segment, c closed, b its begin} ·
/// <c>store</c>, <c>state</c>, <c>acknowledgement</c> {_id Unix day, s sequence}. Times are Int64 Unix µs or s; LiteDB's own dates are local and cut to ms.
/// </remarks>
internal sealed partial class LiteDbTables(LiteDatabase database) : IStoreTables
{
    // A total's place orders by register, then slot: the register's number above, the slot's end in Unix seconds below.
    private const int SlotBits = 36;

    private readonly ILiteCollection<BsonDocument> store = database.GetCollection("store");
    private readonly ILiteCollection<BsonDocument> records = database.GetCollection("record");
    private readonly ILiteCollection<BsonDocument> totals = database.GetCollection("total");
    private readonly ILiteCollection<BsonDocument> borders = database.GetCollection("border");
    private readonly ILiteCollection<BsonDocument> registers = database.GetCollection("register");
    private readonly ILiteCollection<BsonDocument> states = database.GetCollection("state");
    private readonly ILiteCollection<BsonDocument> acknowledgements = database.GetCollection("acknowledgement");

    public StoreRow Row
    {
        get
        {
            var row = store.FindById(1) is { } d
                ? new StoreRow(new Epoch(unchecked((ulong)d["epoch"].AsInt64)), d["since"].AsInt64, d["first"].AsInt64, d["chain"].AsBinary, d["mark"].AsInt64, Optional(d["marked"]), d["pruned"].AsInt64)
                : null;
            return row is { MakesSense: true } ? row : throw new InvalidDataException("The store's own row is missing or damaged.");
        }

        set => store.Upsert(new BsonDocument
        {
            ["_id"] = 1, ["epoch"] = unchecked((long)value.Epoch.Value), ["since"] = value.EpochSinceUnixUs, ["first"] = value.First, ["chain"] = value.ChainBeforeFirst,
            ["mark"] = value.Acknowledged, ["marked"] = value.AcknowledgedUnixUs is { } at ? at : BsonValue.Null, ["pruned"] = value.PrunedDay,
        });
    }

    public ChainLink? Newest => records.Find(Query.All(Query.Descending), limit: 1).FirstOrDefault() is { } last ? new ChainLink(last["_id"].AsInt64, last["c"].AsBinary) : null;

    /// <summary>Indexes besides the keys, made with the database; the collections come into being with them.</summary>
    public void MakeIndexes()
    {
        totals.EnsureIndex("x", "$.x");
        borders.EnsureIndex("n", "$.n");
        // A collection exists from its first document on.
        foreach (var collection in (ILiteCollection<BsonDocument>[])[store, records, registers, states, acknowledgements])
        {
            collection.Insert(new BsonDocument { ["_id"] = -1L });
            collection.Delete(-1L);
        }
    }

    public byte[]? Chain(long sequence) => records.FindById(sequence)?["c"].AsBinary;

    public IReadOnlyList<StoredRecord> After(long sequence, int count) => [.. records.Find(BsonExpression.Create("_id > @0", sequence), limit: count).Select(d =>
        new StoredRecord(d["_id"].AsInt64, (RecordKind)d["k"].AsInt32, d["b"].AsBinary, d["h"].AsBinary, d["c"].AsBinary))];

    public long? AppendedAfter(long sequence) => records.Find(BsonExpression.Create("_id > @0", sequence), limit: 1).FirstOrDefault()?["a"].AsInt64;

    public void Insert(StoredRecord record, long appendedUnixUs) => records.Insert(new BsonDocument
    {
        ["_id"] = record.Sequence, ["k"] = (int)record.Kind, ["a"] = appendedUnixUs, ["b"] = record.Bytes, ["h"] = record.Hash, ["c"] = record.Chain,
    });

    public void Insert(long sequence, RegisterTotal total)
    {
        var register = RegisterOf(total.Register);
        totals.Insert(new BsonDocument
        {
            ["_id"] = sequence, ["x"] = Place(register, total.SlotEnd), ["s"] = total.Segment, ["w"] = total.Total.WattHours, ["q"] = (int)total.Quality, ["o"] = total.BorderOffsetMilliseconds,
        });
        if (BeginOf(register, total.Segment) is not { } begin) return;
        begin["t"] = sequence;
        borders.Update(begin);
    }

    public void Insert(long sequence, RegisterSegment segment)
    {
        var register = RegisterOf(segment.Register);
        borders.Insert(Document(sequence, segment));
        var (newest, closed) = (register["s"].AsInt64, register["c"].AsBoolean);
        if (newest > segment.Segment || (newest == segment.Segment && (closed || !segment.IsEnd))) return;
        (register["s"], register["c"]) = (segment.Segment, segment.IsEnd);
        if (!segment.IsEnd) register["b"] = sequence;
        registers.Update(register);
    }

    public void SetChain(long sequence, byte[] chain)
    {
        var record = records.FindById(sequence);
        record["c"] = chain;
        records.Update(record);
    }

    public string? State(string key) => states.FindById(key)?["v"].AsString;

    public void SetState(StateEntry entry) => states.Upsert(new BsonDocument { ["_id"] = entry.Key, ["v"] = entry.Value });

    private BsonDocument RegisterOf(RegisterId register)
    {
        if (registers.FindById(register.Value) is { } known) return known;
        var added = new BsonDocument { ["_id"] = register.Value, ["i"] = registers.Count() + 1L, ["s"] = 0L, ["c"] = false, ["b"] = 0L };
        registers.Insert(added);
        return added;
    }

    /// <summary>The begin of a segment; of the newest one without a search.</summary>
    private BsonDocument? BeginOf(BsonDocument register, long segment) => register["s"].AsInt64 == segment && borders.FindById(register["b"]) is { } newest
        ? newest
        : BordersOf(register, segment).FirstOrDefault(b => !b["e"].AsBoolean);

    private List<BsonDocument> BordersOf(BsonDocument register, long segment) =>
        [.. borders.Find(BsonExpression.Create("n = @0", register["_id"])).Where(b => b["s"].AsInt64 == segment)];

    private static long Place(BsonDocument register, long slotEnd) => (register["i"].AsInt64 << SlotBits) | slotEnd;

    private static long SlotOf(BsonDocument total) => total["x"].AsInt64 & ((1L << SlotBits) - 1);

    private static long? Optional(BsonValue value) => value.IsNull ? null : value.AsInt64;
}

using CoMaKo.Edge.Acquisition;
using CoMaKo.Quantities;
using LiteDB;
using NodaTime;

namespace CoMaKo.Edge.Storage.LiteDb;

internal sealed partial class LiteDbTables
{
    public IReadOnlyList<RegisterState> Registers()
    {
        var found = new List<RegisterState>();
        foreach (var register in registers.Find(Query.All()).ToList())
        {
            long segment = register["s"].AsInt64;
            if (segment == 0 || borders.FindById(register["b"]) is not { } begin) continue;
            var end = register["c"].AsBoolean ? BordersOf(register, segment).Find(b => b["e"].AsBoolean) : null;
            if (begin["s"].AsInt64 != segment || (register["c"].AsBoolean && end is null)) continue;
            var last = begin["t"].AsInt64 > 0 ? totals.FindById(begin["t"]) : null;
            found.Add(new RegisterState(Segment(begin), end is null ? null : Segment(end), last is null ? null : Total(new RegisterId(register["_id"].AsString), last)));
        }

        return found;
    }

    public long LastSegment() => registers.FindAll().Select(r => r["s"].AsInt64).DefaultIfEmpty().Max();

    public IReadOnlyList<(RegisterTotal Total, long Sequence)> Totals(RegisterId register, long after, long until)
    {
        if (registers.FindById(register.Value) is not { } known) return [];
        long limit = (1L << SlotBits) - 1;
        var range = BsonExpression.Create("x > @0 AND x <= @1", Place(known, Math.Clamp(after, 0, limit)), Place(known, Math.Clamp(until, 0, limit)));
        return [.. totals.Find(range).Select(t => (Total(register, t), t["_id"].AsInt64)).OrderBy(t => t.Item1.SlotEnd).ThenBy(t => t.Item2)];
    }

    public IReadOnlyDictionary<RegisterId, Instant> KnownSince() =>
        borders.FindAll().GroupBy(b => b["n"].AsString, StringComparer.Ordinal).ToDictionary(known => new RegisterId(known.Key), known => StoreTime.At(known.Min(b => b["a"].AsInt64)));

    private static BsonDocument Document(long sequence, RegisterSegment segment) => new()
    {
        ["_id"] = sequence, ["n"] = segment.Register.Value, ["s"] = segment.Segment, ["e"] = segment.IsEnd, ["a"] = StoreTime.Microseconds(segment.At),
        ["w"] = segment.Total.WattHours, ["y"] = (int)segment.Reason, ["v"] = segment.ServerId, ["b"] = segment.Obis.ToString(), ["f"] = segment.CtFactorMicro,
        ["m"] = segment.ResolutionMilliwattHours, ["r"] = (int)segment.Role, ["t"] = 0L,
    };

    private static RegisterSegment Segment(BsonDocument d) => new(
        new RegisterId(d["n"].AsString), d["s"].AsInt64, d["e"].AsBoolean, StoreTime.At(d["a"].AsInt64), new Energy(d["w"].AsInt64), (SegmentReason)d["y"].AsInt32,
        d["v"].AsString, ObisCode.Parse(d["b"].AsString).GetValueOrThrow(), d["f"].AsInt64, d["m"].AsInt64, (SettlementRole)d["r"].AsInt32);

    private static RegisterTotal Total(RegisterId register, BsonDocument d) =>
        new(register, d["s"].AsInt64, SlotOf(d), new Energy(d["w"].AsInt64), (Quality)d["q"].AsInt32, d["o"].AsInt32);
}

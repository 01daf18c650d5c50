using LiteDB;

namespace CoMaKo.Edge.Storage.LiteDb;

internal sealed partial class LiteDbTables
{
    public void LowerAcknowledgements(long sequence)
    {
        foreach (var noted in acknowledgements.FindAll().Where(a => a["s"].AsInt64 > sequence).ToList())
        {
            noted["s"] = sequence;
            acknowledgements.Update(noted);
        }
    }

    public void ForgetAcknowledgements() => acknowledgements.DeleteAll();

    public void NoteAcknowledged(long day, long sequence)
    {
        acknowledgements.DeleteMany(BsonExpression.Create("_id >= @0 AND s <= @1", day, sequence));
        if (acknowledgements.FindAll().Any(a => a["s"].AsInt64 >= sequence)) return;
        acknowledgements.Upsert(new BsonDocument { ["_id"] = day, ["s"] = sequence });
    }

    public long AcknowledgedBefore(long day, int days) =>
        acknowledgements.Find(BsonExpression.Create("_id < @0", day), limit: days).Select(a => a["s"].AsInt64).DefaultIfEmpty().Max();

    public long OldestSlot() => totals.Find(Query.All()).FirstOrDefault(t => t["s"].AsInt64 > 0) is { } oldest ? SlotOf(oldest) : 0;

    public long FirstTotalBeyond(long slotEnd) =>
        totals.Find(Query.All()).FirstOrDefault(t => t["s"].AsInt64 > 0 && SlotOf(t) > slotEnd) is { } beyond ? beyond["_id"].AsInt64 : 0;

    public IReadOnlyList<long> NeededBegins(long cut)
    {
        var needed = new List<long>();
        foreach (var begin in borders.Find(BsonExpression.Create("_id <= @0", cut)).Where(b => !b["e"].AsBoolean).ToList())
        {
            var register = registers.FindById(begin["n"]);
            bool isOpen = register["s"] == begin["s"] && !register["c"].AsBoolean;
            if (isOpen || begin["t"].AsInt64 > cut) needed.Add(begin["_id"].AsInt64);
        }

        return needed;
    }

    public void MoveBegin(long sequence, long to)
    {
        var begin = borders.FindById(sequence);
        borders.Delete(sequence);
        begin["_id"] = to;
        borders.Insert(begin);
        var register = registers.FindById(begin["n"]);
        if (register["b"].AsInt64 != sequence) return;
        register["b"] = to;
        registers.Update(register);
    }

    public int DeleteUpTo(long sequence)
    {
        int deleted = records.DeleteMany(BsonExpression.Create("_id <= @0", sequence));
        totals.DeleteMany(BsonExpression.Create("_id <= @0", sequence));
        borders.DeleteMany(BsonExpression.Create("_id <= @0", sequence));
        acknowledgements.DeleteMany(BsonExpression.Create("s <= @0", sequence));
        return deleted;
    }

    /// <summary>As <see cref="IStoreInspection.Unmatched"/>.</summary>
    public List<long> Unmatched()
    {
        const int Most = 1000;
        var typed = totals.FindAll().Select(t => (Sequence: t["_id"].AsInt64, Kind: RecordKind.Total))
            .Concat(borders.FindAll().Select(b => (Sequence: b["_id"].AsInt64, Kind: b["e"].AsBoolean ? RecordKind.SegmentEnd : RecordKind.SegmentBegin)))
            .ToDictionary(t => t.Sequence, t => t.Kind);
        var unmatched = new List<long>();
        foreach (var record in records.FindAll())
        {
            long sequence = record["_id"].AsInt64;
            var kind = (RecordKind)record["k"].AsInt32;
            if (typed.Remove(sequence, out var own) ? own != kind : kind != RecordKind.Event) unmatched.Add(sequence);
        }

        return [.. unmatched.Concat(typed.Keys).Take(Most)];
    }
}

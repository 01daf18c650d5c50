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

    /// <summary>As <see cref="IStoreInspection.Unmatched"/>: records and typed rows are walked side by side in the order of their sequences, so that a store of years is never held as a whole.</summary>
    public List<long> Unmatched()
    {
        const int Most = 1000;
        var unmatched = new List<long>();
        using var typed = Typed().GetEnumerator();
        bool hasTyped = typed.MoveNext();
        foreach (var record in records.Find(Query.All()))
        {
            long sequence = record["_id"].AsInt64;
            for (; hasTyped && typed.Current.Sequence < sequence && unmatched.Count < Most; hasTyped = typed.MoveNext()) unmatched.Add(typed.Current.Sequence);
            if (unmatched.Count >= Most) return unmatched;
            bool isOwn = hasTyped && typed.Current.Sequence == sequence;
            var kind = (RecordKind)record["k"].AsInt32;
            if (isOwn ? typed.Current.Kind != kind : kind != RecordKind.Event) unmatched.Add(sequence);
            if (isOwn) hasTyped = typed.MoveNext();
        }

        for (; hasTyped && unmatched.Count < Most; hasTyped = typed.MoveNext()) unmatched.Add(typed.Current.Sequence);
        return unmatched;
    }

    /// <summary>Totals and borders, by sequence.</summary>
    private IEnumerable<(long Sequence, RecordKind Kind)> Typed()
    {
        using var border = borders.Find(Query.All()).GetEnumerator();
        bool hasBorder = border.MoveNext();
        foreach (var total in totals.Find(Query.All()))
        {
            long sequence = total["_id"].AsInt64;
            for (; hasBorder && border.Current["_id"].AsInt64 < sequence; hasBorder = border.MoveNext()) yield return OfBorder(border.Current);
            yield return (sequence, RecordKind.Total);
        }

        for (; hasBorder; hasBorder = border.MoveNext()) yield return OfBorder(border.Current);
    }

    private static (long Sequence, RecordKind Kind) OfBorder(BsonDocument border) => (border["_id"].AsInt64, border["e"].AsBoolean ? RecordKind.SegmentEnd : RecordKind.SegmentBegin);
}

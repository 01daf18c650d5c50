using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;

namespace CoMaKo.Hub.Metering;

/// <summary>Days whose curves must be derived anew. A total closes the slot before it and opens the one after it, so it touches one day or two.</summary>
internal sealed class TouchedDays
{
    private readonly SortedSet<(long SeriesId, int Day)> days = [];
    private long from;
    private long to;
    private int day;

    /// <summary>The days in the order in which everybody writes them.</summary>
    public IReadOnlyCollection<(long SeriesId, int Day)> All => days;

    public void Add(long seriesId, IEnumerable<RegisterTotal> totals)
    {
        int last = int.MinValue;
        foreach (var total in totals)
        {
            AddIfNew(DayOf(total.SlotEnd - 1));
            AddIfNew(DayOf(total.SlotEnd));
        }

        void AddIfNew(int touched)
        {
            if (touched != last) days.Add((seriesId, touched));
            last = touched;
        }
    }

    /// <summary>Marks all of them.</summary>
    public void Mark(HubTransaction tx, long batchId)
    {
        foreach (var (seriesId, touched) in days) Mark(tx, seriesId, touched, batchId);
    }

    public static void Mark(HubTransaction tx, long seriesId, int day, long batchId) =>
        tx.Prepare("INSERT INTO met_dirty (series_id, day, mark) VALUES ($1, $2, $3) ON CONFLICT (series_id, day) DO UPDATE SET mark = excluded.mark")
            .Bind(seriesId).Bind(day).Bind(batchId).Later();

    /// <summary>Most instants of a batch lie in the day of the one before: no calendar is asked again.</summary>
    private int DayOf(long unixSeconds)
    {
        if (unixSeconds >= from && unixSeconds < to) return day;
        day = MarketDay.Containing(unixSeconds);
        var slots = MarketDay.Slots(day);
        (from, to) = (slots[0].StartUnixSeconds, slots[^1].EndUnixSeconds);
        return day;
    }
}

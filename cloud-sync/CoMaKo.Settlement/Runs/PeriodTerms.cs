using CoMaKo.Settlement.Allocation;
using NodaTime;

namespace CoMaKo.Settlement.Runs;

/// <summary>Prices that hold for a run of days inside the period.</summary>
/// <param name="To">Exclusive.</param>
internal sealed record PriceSegment(LocalDate From, LocalDate To, PriceVersion Prices);

/// <summary>Who shares how: the same object as long as nothing changes from day to day.</summary>
/// <param name="Consumers">Indices of points, ascending.</param>
/// <param name="Producers">Indices of points, ascending.</param>
/// <param name="Allocator">Absent if the day is blocked.</param>
internal sealed record DayTerms(int[] Consumers, int[] Producers, SlotAllocator? Allocator);

/// <summary>The terms of a group, resolved for the days of a period. Points are those that are members on any of them, ordered by id.</summary>
internal sealed class PeriodTerms
{
    private readonly GroupTerms terms;
    private readonly BlockedDays blocked = new();

    private PeriodTerms(GroupTerms terms, LocalDate from, LocalDate to)
    {
        this.terms = terms;
        (From, To) = (from, to);
        Days = new DayTerms[Period.DaysBetween(from, to)];
        SegmentOfDay = new int[Days.Length];
        var known = terms.Points.ToDictionary(point => point.Id, StringComparer.Ordinal);
        var present = terms.Memberships.Where(each => each.From < to && (each.To is not { } end || end > from)).ToList();
        Points = [.. present.Select(each => each.Point).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Select(id => known.TryGetValue(id, out var point) ? point : throw new ArgumentException($"'{id}' is a member but no point.", nameof(terms)))];
        for (int i = 0; i < Points.Count; i++) IndexOf.Add(Points[i].Id, i);
        Membership = DaysOfMembers(present);
        Prices = Segments();
        Keys = [.. terms.Keys.OrderBy(key => key.From ?? LocalDate.MinIsoValue)];
    }

    public LocalDate From { get; }

    public LocalDate To { get; }

    public string Group => terms.Group;

    public GroupTerms Source => terms;

    public IReadOnlyList<SettlementPoint> Points { get; }

    public Dictionary<string, int> IndexOf { get; } = new(StringComparer.Ordinal);

    public DayTerms[] Days { get; }

    /// <summary>Index into <see cref="Prices"/> per day, −1 where no price holds.</summary>
    public int[] SegmentOfDay { get; }

    public IReadOnlyList<PriceSegment> Prices { get; }

    /// <summary>Key versions in order of their begin.</summary>
    public IReadOnlyList<KeyVersion> Keys { get; }

    /// <summary>Per day and point whether it is a member.</summary>
    public bool[][] Membership { get; }

    public IReadOnlyList<TermsFinding> Findings => blocked.ToList();

    public static PeriodTerms Resolve(GroupTerms terms, LocalDate from, LocalDate to)
    {
        if (to <= from) throw new ArgumentException("A period has at least one day.", nameof(to));
        var resolved = new PeriodTerms(terms, from, to);
        for (int day = 0; day < resolved.Days.Length; day++) resolved.ResolveDay(day);
        return resolved;
    }

    /// <summary>The key version that holds on a day; absent before the first.</summary>
    public KeyVersion? KeyOn(LocalDate day) => Keys.LastOrDefault(key => key.From is not { } from || from <= day);

    private bool[][] DaysOfMembers(List<Membership> present)
    {
        var days = new bool[Days.Length][];
        for (int day = 0; day < days.Length; day++) days[day] = new bool[Points.Count];
        foreach (var each in present)
        {
            int first = Math.Max(0, Period.DaysBetween(From, each.From));
            int end = each.To is { } to ? Math.Min(days.Length, Period.DaysBetween(From, to)) : days.Length;
            for (int day = first; day < end; day++) days[day][IndexOf[each.Point]] = true;
        }

        return days;
    }

    private List<PriceSegment> Segments()
    {
        var versions = terms.Prices.OrderBy(price => price.From ?? LocalDate.MinIsoValue).ToList();
        var segments = new List<PriceSegment>();
        Array.Fill(SegmentOfDay, -1);
        for (int i = 0; i < versions.Count; i++)
        {
            if (versions[i] is { Internal: < 0 } or { Fee: < 0 } or { Surplus: < 0 }) throw new ArgumentException("A price is negative.", nameof(terms));
            var from = LocalDate.Max(From, versions[i].From ?? From);
            var to = i + 1 < versions.Count ? LocalDate.Min(To, versions[i + 1].From ?? From) : To;
            if (from >= to) continue;
            Array.Fill(SegmentOfDay, segments.Count, Period.DaysBetween(From, from), Period.DaysBetween(from, to));
            segments.Add(new PriceSegment(from, to, versions[i]));
        }

        return segments;
    }

    private void ResolveDay(int index)
    {
        var day = From.PlusDays(index);
        var key = KeyOn(day);
        bool isAsBefore = index > 0 && Membership[index].AsSpan().SequenceEqual(Membership[index - 1])
            && ReferenceEquals(key, KeyOn(day.PlusDays(-1))) && SegmentOfDay[index] >= 0 == SegmentOfDay[index - 1] >= 0;
        if (isAsBefore)
        {
            Days[index] = Days[index - 1];
            blocked.Prolong(day);
            return;
        }

        var members = Enumerable.Range(0, Points.Count).Where(i => Membership[index][i]).ToList();
        int[] consumers = [.. members.Where(i => Points[i].Directions.HasFlag(PointDirections.Consumption))];
        int[] producers = [.. members.Where(i => Points[i].Directions.HasFlag(PointDirections.Generation))];
        var allocator = members.Count > 0 ? AllocatorOf(day, key, SegmentOfDay[index] >= 0, members, consumers) : null;
        Days[index] = new DayTerms(consumers, producers, allocator);
    }

    private SlotAllocator? AllocatorOf(LocalDate day, KeyVersion? key, bool hasPrice, List<int> members, int[] consumers)
    {
        int before = blocked.Count;
        if (!hasPrice) blocked.Add(day, "CMH-3125", null, "No price version is valid.");
        if (!terms.AllowsProfiles)
            foreach (int member in members.Where(i => Points[i].IsProfile)) blocked.Add(day, "CMH-3126", Points[member].Id, "A point without a quarter-hour meter, which this group does not allow.");
        if (key is null)
        {
            blocked.Add(day, "CMH-3124", null, "No allocation key version is valid.");
            return null;
        }

        long[] weights = new long[consumers.Length];
        if (key.Method != AllocationMethod.Dynamic && consumers.Length > 0) ReadWeights(day, key, consumers, weights);
        return blocked.Count > before ? null : SlotAllocator.Create(key.Method, weights);
    }

    private void ReadWeights(LocalDate day, KeyVersion key, int[] consumers, long[] weights)
    {
        long sum = 0;
        for (int i = 0; i < consumers.Length; i++)
        {
            string id = Points[consumers[i]].Id;
            if (!key.Weights.TryGetValue(id, out weights[i])) blocked.Add(day, "CMH-3122", id, "A consuming member without a key: a join needs a new key version.");
            else if (weights[i] < (key.Method == AllocationMethod.Ranked ? 1 : 0)) blocked.Add(day, "CMH-3121", id, "A key is 0 or more, a class 1 or more.");
            sum += weights[i];
        }

        if (key.Method == AllocationMethod.Ranked) return;
        var members = consumers.Select(i => Points[i].Id).ToHashSet(StringComparer.Ordinal);
        foreach (var (id, _) in key.Weights.Where(each => each.Value > 0 && !members.Contains(each.Key)).OrderBy(each => each.Key, StringComparer.Ordinal))
            blocked.Add(day, "CMH-3123", id, "A key of a point that is no consuming member: a leave needs a new key version.");
        if (sum != KeyVersion.Whole) blocked.Add(day, "CMH-3121", null, FormattableString.Invariant($"The keys of the day's members sum to {sum} instead of 1000000."));
    }
}

using CoMaKo.Settlement.Allocation;

namespace CoMaKo.Hub.Market;

/// <summary>How a group shares on a run of days.</summary>
/// <param name="Weights">By point, ordered; empty with the dynamic method.</param>
internal sealed record KeyTerms(AllocationMethod Method, IReadOnlyList<(long PointId, long Weight)> Weights)
{
    public bool IsSame(KeyTerms? other) => other is not null && Method == other.Method && Weights.SequenceEqual(other.Weights);
}

/// <summary>Prices in 1/10 000 ct per kWh.</summary>
internal sealed record PriceTerms(long Internal, long Fee, long? Surplus);

/// <summary>Everything about a group that may change with the days.</summary>
/// <param name="Members">Points, ascending.</param>
internal sealed record GroupState(IReadOnlyList<long> Members, KeyTerms? Key, PriceTerms? Price)
{
    public bool IsSame(GroupState? other) =>
        other is not null && Members.SequenceEqual(other.Members) && (Key is null ? other.Key is null : Key.IsSame(other.Key)) && Price == other.Price;
}

internal sealed record MembershipRow(long PointId, int From, int? To);

internal sealed record KeyRow(int From, KeyTerms Terms);

internal sealed record PriceRow(int From, PriceTerms Terms);

/// <summary>The states of a group in order of their first day: pure, so that what a change does to past and future can be tested by itself.</summary>
internal sealed class GroupHistory
{
    private readonly SortedList<int, GroupState> pieces;

    private GroupHistory(SortedList<int, GroupState> pieces) => this.pieces = pieces;

    /// <summary>From stored rows.</summary>
    public static GroupHistory Of(IReadOnlyList<MembershipRow> memberships, IReadOnlyList<KeyRow> keys, IReadOnlyList<PriceRow> prices)
    {
        var borders = memberships.SelectMany(row => row.To is { } to ? [row.From, to] : new[] { row.From }).Concat(keys.Select(row => row.From)).Concat(prices.Select(row => row.From));
        var states = new SortedList<int, GroupState>();
        foreach (int day in borders.Distinct())
        {
            states.Add(day, new GroupState(
                [.. memberships.Where(row => row.From <= day && !(row.To <= day)).Select(row => row.PointId).Order()],
                keys.Where(row => row.From <= day).MaxBy(row => row.From)?.Terms, prices.Where(row => row.From <= day).MaxBy(row => row.From)?.Terms));
        }

        return new GroupHistory(states);
    }

    public bool IsEmpty => pieces.Count == 0;

    /// <summary>First day of the state that holds on a day; absent before the first.</summary>
    public int? BeginOf(int day) => pieces.Keys.LastOrDefault(from => from <= day, -1) is >= 0 and var begin ? begin : null;

    /// <summary>The state on a day; absent before the first.</summary>
    public GroupState? On(int day) => BeginOf(day) is { } begin ? pieces[begin] : null;

    /// <summary>First day after <paramref name="day"/> on which the state changes; absent if it does not.</summary>
    public int? NextAfter(int day) => pieces.Keys.FirstOrDefault(from => from > day, -1) is > 0 and var next ? next : null;

    /// <summary>With another state from a day on, up to the next change that is there already.</summary>
    public GroupHistory With(int from, GroupState state)
    {
        var changed = new SortedList<int, GroupState>(pieces) { [from] = state };
        return new GroupHistory(changed);
    }

    /// <summary>Each point's memberships, neighbours joined.</summary>
    public IReadOnlyList<MembershipRow> Memberships()
    {
        var rows = new List<MembershipRow>();
        var open = new Dictionary<long, int>();
        foreach (var (from, state) in pieces)
        {
            var members = state.Members.ToHashSet();
            foreach (var (point, begin) in open.Where(entry => !members.Contains(entry.Key)).ToList())
            {
                rows.Add(new MembershipRow(point, begin, from));
                open.Remove(point);
            }

            foreach (long point in state.Members) open.TryAdd(point, from);
        }

        rows.AddRange(open.Select(entry => new MembershipRow(entry.Key, entry.Value, null)));
        return rows;
    }

    /// <summary>Key versions: one where the key differs from the day before.</summary>
    public IReadOnlyList<KeyRow> Keys() => [.. Changes(state => state.Key, (one, other) => one.IsSame(other)).Select(change => new KeyRow(change.From, change.Value))];

    /// <summary>Price versions, likewise.</summary>
    public IReadOnlyList<PriceRow> Prices() => [.. Changes(state => state.Price, (one, other) => one == other).Select(change => new PriceRow(change.From, change.Value))];

    private List<(int From, T Value)> Changes<T>(Func<GroupState, T?> part, Func<T, T?, bool> isSame)
        where T : class
    {
        var changes = new List<(int, T)>();
        T? before = null;
        foreach (var (from, state) in pieces)
        {
            if (part(state) is not { } value || isSame(value, before)) continue;
            changes.Add((from, value));
            before = value;
        }

        return changes;
    }
}

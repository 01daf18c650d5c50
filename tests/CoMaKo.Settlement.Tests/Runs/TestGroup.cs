using CoMaKo.Settlement.Allocation;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Settlement.Tests.Runs;

/// <summary>A group under construction: terms and curves that a test changes in place, then settles.</summary>
internal sealed class TestGroup(LocalDate from, LocalDate to)
{
    private readonly SortedDictionary<(LocalDate Day, string Point, EnergyDirection Direction), (long[] Wh, ValueStatus[] Status)> series = [];

    public LocalDate From => from;

    public LocalDate To => to;

    public List<SettlementPoint> Points { get; } = [];

    public List<Membership> Memberships { get; } = [];

    public List<KeyVersion> Keys { get; } = [];

    public List<PriceVersion> Prices { get; } = [new(null, 100_000)];

    public List<BatteryAccount> Batteries { get; } = [];

    public bool AllowsProfiles { get; set; }

    public IEnumerable<LocalDate> Days => Enumerable.Range(0, Period.DaysBetween(from, to)).Select(from.PlusDays);

    public GroupTerms Terms => new("BK123456", Points, Memberships, Keys, Prices) { AllowsProfiles = AllowsProfiles, Batteries = Batteries };

    /// <summary>A point that is a member from the first day on.</summary>
    public TestGroup Point(string id, PointDirections directions, LocalDate? since = null, LocalDate? until = null)
    {
        Points.Add(new SettlementPoint(id, directions));
        Memberships.Add(new Membership(id, since ?? from.PlusDays(-10), until));
        return this;
    }

    public TestGroup Key(AllocationMethod method, LocalDate? since = null, params (string Point, long Weight)[] weights)
    {
        Keys.Add(new KeyVersion(since, method, weights.ToDictionary(each => each.Point, each => each.Weight)));
        return this;
    }

    /// <summary>A measured day.</summary>
    public TestGroup Curve(string point, EnergyDirection direction, LocalDate day, Func<int, long> wh)
    {
        int count = MarketDay.Slots(MarketDay.Number(day)).Count;
        series[(day, point, direction)] = ([.. Enumerable.Range(0, count).Select(wh)], [.. Enumerable.Repeat(ValueStatus.Measured, count)]);
        return this;
    }

    public TestGroup Set(string point, EnergyDirection direction, LocalDate day, int slot, ValueStatus status, long wh = 0)
    {
        var (values, states) = series[(day, point, direction)];
        values[slot] = wh;
        states[slot] = status;
        return this;
    }

    public (long[] Wh, ValueStatus[] Status)? Series(string point, EnergyDirection direction, LocalDate day) =>
        series.TryGetValue((day, point, direction), out var found) ? found : null;

    public IEnumerable<DayCurves> Curves() => series.GroupBy(each => each.Key.Day).Select(day => new DayCurves(
        day.Key, [.. day.Select(each => new SeriesDay(each.Key.Point, each.Key.Direction, each.Value.Wh.ToArray(), each.Value.Status.ToArray()))]));

    public SettlementResult Settle(params ISlotObserver[] observers) => SettlementRun.Settle(Terms, from, to, Curves(), observers);
}

using CoMaKo.Quantities;
using CoMaKo.Settlement.Allocation;
using CoMaKo.Settlement.Curves;
using NodaTime;

namespace CoMaKo.Settlement.Runs;

/// <summary>
/// Settles a balance group over Berlin days: a pure function of terms and curves. Days are read one after another, so that a month of ten thousand
/// points never lies in memory at once. A slot is settled if every series of the day's members has a billable value in it; energy of other slots
/// counts as used or generated, and nothing else is made of it.
/// </summary>
public sealed class SettlementRun : IDisposable
{
    private readonly PeriodTerms terms;
    private readonly ISlotObserver[] observers;
    private readonly SettlementHash hash;
    private readonly EnergyFigures[] figures;
    private readonly (Coverage Consumption, Coverage Generation)[] coverage;
    private readonly SlotMatrix consumption = new();
    private readonly SlotMatrix generation = new();
    private readonly List<OpenSlot> openSlots = [];
    private readonly Dictionary<int, BatteryLedger> batteries = [];
    private readonly int[] consumerAt;
    private readonly int[] producerAt;
    private readonly DaySums consumers = new();
    private readonly DaySums producers = new();
    private int expected;
    private int nextDay;

    private SettlementRun(PeriodTerms terms, ISlotObserver[] observers)
    {
        this.terms = terms;
        this.observers = observers;
        hash = new SettlementHash(terms);
        figures = new EnergyFigures[terms.Points.Count * terms.Days.Length];
        coverage = new (Coverage, Coverage)[terms.Points.Count];
        consumerAt = new int[terms.Points.Count];
        producerAt = new int[terms.Points.Count];
        foreach (var account in terms.Source.Batteries)
            if (terms.IndexOf.TryGetValue(account.Point, out int point)) batteries.Add(point, new BatteryLedger(account));
    }

    /// <summary>Settles [<paramref name="from"/>, <paramref name="to"/>).</summary>
    /// <param name="days">Curves in order of the days; a day that is left out has no values.</param>
    /// <param name="observers">Each of them sees every settled slot.</param>
    /// <exception cref="ArgumentException">Days out of order or outside, a series twice or of a wrong length, a value out of range, a member that is no point.</exception>
    public static SettlementResult Settle(GroupTerms terms, LocalDate from, LocalDate to, IEnumerable<DayCurves> days, params ISlotObserver[] observers)
    {
        ArgumentNullException.ThrowIfNull(terms);
        ArgumentNullException.ThrowIfNull(days);
        using var run = new SettlementRun(PeriodTerms.Resolve(terms, from, to), observers);
        foreach (var day in days)
        {
            int index = Period.DaysBetween(from, day.Day);
            if (index < run.nextDay || index >= run.terms.Days.Length) throw new ArgumentException($"{day.Day} is out of order or outside the period.", nameof(days));
            while (run.nextDay < index) run.SettleDay([]);
            run.SettleDay(day.Series);
        }

        while (run.nextDay < run.terms.Days.Length) run.SettleDay([]);
        return run.ToResult();
    }

    public void Dispose() => hash.Dispose();

    private void SettleDay(IReadOnlyList<SeriesDay> series)
    {
        int index = nextDay++;
        var day = terms.Days[index];
        var slots = MarketDay.Slots(MarketDay.Number(terms.From.PlusDays(index)));
        Span<int> missing = stackalloc int[100];
        Span<int> firstMissing = stackalloc int[100];
        missing.Clear();
        firstMissing.Fill(int.MaxValue);
        Take(day, slots.Count, series);
        consumption.Read(slots.Count, day.Consumers, missing, firstMissing, hash);
        generation.Read(slots.Count, day.Producers, missing, firstMissing, hash);
        consumers.Begin(day.Consumers.Length);
        producers.Begin(day.Producers.Length);
        if (day.Consumers.Length + day.Producers.Length == 0) return;

        expected += slots.Count;
        if (observers.Length > 0) BeginDay([.. day.Consumers.Select(i => terms.Points[i].Id)], [.. day.Producers.Select(i => terms.Points[i].Id)]);
        for (int slot = 0; slot < slots.Count; slot++)
        {
            if (missing[slot] > 0) openSlots.Add(new OpenSlot(slots[slot], OpenReason.Missing, missing[slot], terms.Points[firstMissing[slot]].Id));
            else if (day.Allocator is null) openSlots.Add(new OpenSlot(slots[slot], OpenReason.Terms, 0, null));
            else SettleSlot(slot, slots[slot], day.Allocator);
        }

        Note(index, day);
    }

    private void Take(DayTerms day, int slots, IReadOnlyList<SeriesDay> series)
    {
        consumption.Begin(day.Consumers.Length, slots);
        generation.Begin(day.Producers.Length, slots);
        Array.Fill(consumerAt, -1);
        Array.Fill(producerAt, -1);
        for (int i = 0; i < day.Consumers.Length; i++) consumerAt[day.Consumers[i]] = i;
        for (int i = 0; i < day.Producers.Length; i++) producerAt[day.Producers[i]] = i;
        foreach (var each in series)
        {
            if (!terms.IndexOf.TryGetValue(each.Point, out int point)) continue;
            bool isConsumption = each.Direction == EnergyDirection.Consumption;
            int position = isConsumption ? consumerAt[point] : producerAt[point];
            if (position >= 0) (isConsumption ? consumption : generation).Take(position, each);
        }
    }

    private void SettleSlot(int slot, QuarterHour time, SlotAllocator allocator)
    {
        var demand = consumption.Slot(slot);
        var supply = generation.Slot(slot);
        var given = consumers.Slot;
        var shared = producers.Slot;
        long available = 0;
        foreach (long wh in supply) available += wh;
        long used = allocator.Allocate(available, demand, given);
        LargestRemainder.Distribute(used, supply, shared);
        consumers.Add(demand);
        producers.Add(supply);
        foreach (var (point, ledger) in batteries) Book(ledger, point, demand, supply, given);
        foreach (var observer in observers) observer.Settled(time, demand, given, supply, shared);
    }

    private void BeginDay(string[] consuming, string[] producing)
    {
        foreach (var observer in observers) observer.BeginDay(consuming, producing);
    }

    private void Note(int index, DayTerms day)
    {
        for (int i = 0; i < day.Consumers.Length; i++)
        {
            int point = day.Consumers[i];
            figures[point * terms.Days.Length + index] += new EnergyFigures(consumption.Sums[i], 0, consumers.Shared[i], 0, consumers.Rest[i], 0);
            coverage[point].Consumption += consumption.Coverage[i];
        }

        for (int i = 0; i < day.Producers.Length; i++)
        {
            int point = day.Producers[i];
            figures[point * terms.Days.Length + index] += new EnergyFigures(0, generation.Sums[i], 0, producers.Shared[i], 0, producers.Rest[i]);
            coverage[point].Generation += generation.Coverage[i];
        }
    }

    private void Book(BatteryLedger ledger, int point, ReadOnlySpan<long> demand, ReadOnlySpan<long> supply, ReadOnlySpan<long> given)
    {
        int consumer = consumerAt[point], producer = producerAt[point];
        ledger.Book(consumer < 0 ? 0 : given[consumer], consumer < 0 ? 0 : demand[consumer], producer < 0 ? 0 : supply[producer]);
    }

    private SettlementResult ToResult()
    {
        var points = new PointResult[terms.Points.Count];
        EnergyFigures all = default;
        for (int i = 0; i < points.Length; i++)
        {
            var days = figures.AsMemory(i * terms.Days.Length, terms.Days.Length);
            EnergyFigures total = default;
            foreach (var day in days.Span) total += day;
            all += total;
            points[i] = new PointResult(terms.Points[i].Id, terms.Points[i].Directions, total, days, coverage[i].Consumption, coverage[i].Generation);
        }

        return new SettlementResult(
            terms.Group, terms.From, terms.To, hash.Finish(), expected, all, points, LineBuilder.Build(terms, points), openSlots,
            [.. batteries.OrderBy(each => each.Key).Select(each => each.Value.ToResult())], terms.Findings);
    }
}

using CoMaKo.Edge.Configuration;
using CoMaKo.Edge.Control.Dispatch;
using CoMaKo.Edge.Control.Forecasting;
using CoMaKo.Edge.Control.Forecasting.Scoring;
using CoMaKo.Edge.Control.Planning;
using CoMaKo.Edge.Control.Rolling;
using CoMaKo.Edge.Control.Shadow;
using CoMaKo.Edge.Storage;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Hosting;

/// <summary>
/// Looks back at each local day that has ended: scores its forecasts, compares drivers, rule and no battery on what was measured, and chooses who drives next. Everything is reckoned again
/// from the store, so a day that ended while the program was off is looked at later. A day of which too little is known is passed over and named. Not safe from several threads.
/// </summary>
internal sealed class DailyReview
{
    private const string StateKey = "shadow";

    /// <summary>Days further back are passed over: prices of that time are forgotten.</summary>
    private const int MostDaysBack = 14;

    /// <summary>Days whose prices say what a stored kWh is worth in the evening.</summary>
    private const int DaysOfWorth = 14;

    /// <summary>Share of the mean import price, as in plans.</summary>
    private const double WorthShare = 0.8;

    /// <summary>A mode of control that no record has renewed for so long says nothing any more.</summary>
    private static readonly Duration RecordHolds = Duration.FromMinutes(20);

    /// <summary>The last quarter hour must have been written.</summary>
    private static readonly Duration Patience = Duration.FromMinutes(5);

    private readonly Building building;
    private readonly SqliteControlStore store;
    private readonly PriceKeeper prices;
    private readonly HubOutlook outlook;
    private readonly PlanFrame frame;
    private readonly ForecastScorer scorer = new(ScenarioSettings.Default);
    private volatile ShadowAccount account;
    private LocalDate? scored;
    private long revision;

    public DailyReview(Building building, SqliteControlStore store, PriceKeeper prices, HubOutlook outlook)
    {
        (this.building, this.store, this.prices, this.outlook, frame) = (building, store, prices, outlook, new(building));
        account = new(Driver.All.Count, ControlJson.Read<ShadowMemory>(store.State(StateKey)));
        if (store.Newest(ControlJournal.Score, 1) is not [var newest, ..] || ControlJson.Read<ScoreEntry>(newest.Body) is not { } last) return;
        (scored, Widths, outlook.IsUsed) = (last.Day, last.Widths, HasHubWonBefore(last.Day.PlusDays(1)));
    }

    /// <summary>Who drives.</summary>
    public Driver Driver => Driver.All[account.Driver];

    /// <summary>By which the bands of forecasts are stretched on pages, as they are when they are scored.</summary>
    public BandWidths Widths { get; private set; } = BandWidths.Unknown;

    /// <summary>Changes with every day that was looked at.</summary>
    public long Revision => Interlocked.Read(ref revision);

    /// <summary>Why no day is ever compared; absent if days are.</summary>
    public string? Hindrance => !frame.HasBattery ? "no-battery" : !prices.HasTariff ? "no-tariff" : null;

    public SavingsTotal? Total => account.Total;

    /// <summary>Looks at the oldest day that has ended and was not looked at.</summary>
    /// <returns>False if there is none.</returns>
    /// <exception cref="StoreException">The store cannot be used; nothing was changed.</exception>
    public bool LookBack(Instant now)
    {
        var last = (now - Patience).InZone(building.Zone).Date.PlusDays(-1);
        var earliest = last.PlusDays(1 - MostDaysBack);
        if (FirstWhole(earliest) is not { } first) return false;
        if (Next(scored, first) is { } toScore && toScore <= last)
        {
            Score(toScore);
            return true;
        }

        if (Hindrance is not null || Next(account.LastDay, first) is not { } toCompare || toCompare > last) return false;
        Compare(toCompare);
        return true;
    }

    private static LocalDate? Next(LocalDate? done, LocalDate first) => done is { } day && day >= first ? day.PlusDays(1) : first;

    /// <summary>The first day from which on there may be whole ones: recording began before it or with it.</summary>
    private LocalDate? FirstWhole(LocalDate earliest)
    {
        var begin = Midnight(earliest);
        if (store.Slots(begin - Duration.FromDays(1), begin).Count > 0) return earliest;
        if (store.Slots(begin, begin + Duration.FromDays(MostDaysBack + 1)) is not [var slot, ..]) return null;
        var day = slot.Slot.Start.InZone(building.Zone).Date;
        return slot.Slot.Start == Midnight(day) ? day : day.PlusDays(1);
    }

    private void Score(LocalDate day)
    {
        var (begin, end) = (Midnight(day), Midnight(day.PlusDays(1)));
        var score = scorer.Score(Past(begin, end, ForecastScorer.DaysNeeded), day, begin, end, outlook.AsOf);
        store.Append([new(ControlJournal.Score, begin, ControlJson.Write(ScoreEntry.Of(score)))]);
        (scored, Widths) = (day, score.Widths);
        outlook.IsUsed = HasHubWonBefore(day.PlusDays(1));
        Interlocked.Increment(ref revision);
    }

    private void Compare(LocalDate day)
    {
        var (begin, end) = (Midnight(day), Midnight(day.PlusDays(1)));
        QuarterHour[] slots = [.. QuarterHour.OfDay(day, building.Zone)];
        // On a copy: a disk that refuses must not leave half a day behind.
        var next = new ShadowAccount(Driver.All.Count, account.Memory);
        var entry = Unpublished(slots, out var curve) is var missing and > 0
            ? new SavingsEntry(day, slots.Length, missing, SavingsEntry.NoPrices, null, null)
            : CompareMeasured(next, day, slots, curve!, begin, end);
        if (entry.Compared is null) next.Skip(day);
        // First what was found, then that it was: after a power cut in between the day is reckoned again, to the same.
        store.Append([new(ControlJournal.Savings, begin, ControlJson.Write(entry))]);
        store.SetState(StateKey, ControlJson.Write(next.Memory), end);
        account = next;
        Interlocked.Increment(ref revision);
    }

    private SavingsEntry CompareMeasured(ShadowAccount next, LocalDate day, QuarterHour[] slots, PriceCurve curve, Instant begin, Instant end)
    {
        var settings = ScenarioSettings.Default;
        var past = new PastDay(
            frame, prices, new RollingPlanner(settings, frame.ColdStart), Past(begin, end, settings.HistoryDays + 1), slots, curve, store.Slots(slots[0].Previous.Start, end), HasHubWonBefore(day) ? outlook : null);
        int missing = past.Missing;
        if (ShadowAccount.HasTooManyGaps(slots.Length, missing)) return new(day, slots.Length, missing, SavingsEntry.Gaps, null, null);
        double[] stored = next.Morning(day, past.Morning);
        var costs = new ShadowRun(past.Battery, [.. Driver.All.Select(d => d.Tolerance)]).Score(past.Measured, past, stored, past.Change, Worth(day, past.Battery));
        var compared = next.EndDay(day, costs, stored, slots.Length, missing, WasPlanned(begin, end));
        return new(day, slots.Length, missing, null, Driver.All[compared.Driver].Name, compared);
    }

    /// <summary>How many slots have no price that was really paid.</summary>
    private int Unpublished(QuarterHour[] slots, out PriceCurve? curve)
    {
        curve = prices.Curve(slots[0], slots.Length, null, null, out _);
        return curve is null ? slots.Length : curve.Sources.Count(s => s == PriceSource.Expected);
    }

    /// <summary>EUR of a stored kWh in the evening: moves slowly, so that what one day leaves and the next one uses costs the same.</summary>
    private double Worth(LocalDate day, BatteryModel battery)
    {
        var means = new List<double>();
        for (int back = 0; back < DaysOfWorth; back++)
        {
            QuarterHour[] slots = [.. QuarterHour.OfDay(day.PlusDays(-back), building.Zone)];
            if (Unpublished(slots, out var curve) == 0) means.Add(curve!.Import.Average());
        }

        return WorthShare * battery.EtaDischarge * means.Average();
    }

    /// <summary>Whether plans were followed for most of the time that control has recorded.</summary>
    private bool WasPlanned(Instant begin, Instant end)
    {
        (Duration planned, Duration all) = (Duration.Zero, Duration.Zero);
        (Instant At, ControlMode Mode)? before = null;
        // Hour by hour: the records of a day are many megabytes.
        for (var from = begin; from < end; from += Duration.FromHours(1))
        {
            foreach (var entry in store.Between(ControlJournal.Decision, from, Instant.Min(from + Duration.FromHours(1), end)))
                if (ControlJson.Read<DecisionRecord>(entry.Body) is { } record) Hold(entry.At, (entry.At, record.Mode));
        }

        Hold(end, null);
        return all > Duration.Zero && planned * 2 >= all;

        void Hold(Instant until, (Instant, ControlMode)? next)
        {
            if (before is { } held)
            {
                var length = Duration.Max(Duration.Zero, Duration.Min(until - held.At, RecordHolds));
                (all, planned) = (all + length, planned + (held.Mode == ControlMode.Planned ? length : Duration.Zero));
            }

            before = next;
        }
    }

    /// <summary>Whether the hub's forecast had won on the days before: what a day itself shows must not decide how it was planned.</summary>
    private bool HasHubWonBefore(LocalDate day) => ForecastScorer.HasHubWon(
    [
        .. store.Between(ControlJournal.Score, Midnight(day.PlusDays(-DaysOfWorth)), Midnight(day)).Select(e => ControlJson.Read<ScoreEntry>(e.Body)).OfType<ScoreEntry>()
            .GroupBy(d => d.Day).Select(g => g.Last().ToDay()),
    ]);

    private History Past(Instant begin, Instant end, int days)
    {
        var past = new History(Duration.FromSeconds(QuarterHour.Seconds), days + 2);
        foreach (var slot in store.Slots(begin - Duration.FromDays(days), end)) past.Add(HistorySlot.Of(new(slot.Slot, slot.Load, slot.Pv, slot.Grid, slot.Battery, null)));
        return past;
    }

    private Instant Midnight(LocalDate day) => building.Zone.AtStartOfDay(day).ToInstant();
}

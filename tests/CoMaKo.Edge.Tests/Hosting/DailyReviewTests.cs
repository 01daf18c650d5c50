using System.Diagnostics;
using CoMaKo.Devices;
using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Edge.Configuration;
using CoMaKo.Edge.Control.Directives;
using CoMaKo.Edge.Control.Dispatch;
using CoMaKo.Edge.Hosting;
using CoMaKo.Edge.Storage;
using CoMaKo.Quantities;
using CoMaKo.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;
using Xunit.Abstractions;
using CoMaKo.Edge.Diagnostics;
using ControlMode = CoMaKo.Edge.Control.Dispatch.ControlMode;
using DecisionRecord = CoMaKo.Edge.Control.Dispatch.DecisionRecord;

namespace CoMaKo.Edge.Tests.Hosting;

/// <summary>Days out of a store, looked back at as the gateway does it. 2 kW in the evening, 0.4 kW otherwise; 35 ct in the evening, 20 ct otherwise, both with 19 %.</summary>
public sealed class DailyReviewTests(ITestOutputHelper output) : IDisposable
{
    private const string Fixed = """
        tariff:
          energy: { price: 20 ct, windows: [{ from: "17:00", until: "21:00", price: 35 ct }] }
          export: { price: 8 ct }
        """;

    private const string Spot = """
        tariff:
          energy: { spot: true }
          export: { price: 8 ct }
        """;

    private static readonly DateTimeZone Berlin = DateTimeZoneProviders.Tzdb["Europe/Berlin"];
    private static readonly LocalDate First = new(2026, 1, 12);

    private readonly SqliteControlStore store = SqliteControlStore.Volatile();
    private readonly List<HubDirective> directives = [];
    private ControlHistory? history;
    private HubOutlook? outlook;

    [Fact]
    public async Task LookBack_BatteryStoodStill_HasSavedNothing()
    {
        for (int d = 0; d < 3; d++) Measure(First.PlusDays(d), isDriven: false);
        LookBack(Review(Fixed), First.PlusDays(3));

        var days = await SavingsAsync();
        Assert.Equal(3, days.Count);
        Assert.All(days, day => Assert.Equal((0m, 0m, "rule", true), (day.AgainstNoBatteryEur, day.AgainstRuleEur, day.Driver, day.IsComplete)));
        Assert.Equal((20 * 0.4m * 0.2m + 4 * 2m * 0.35m) * 1.19m, days[0].CostEur, 3);
    }

    [Fact]
    public async Task LookBack_ChargedAtNightUsedInTheEvening_SavedWhatReckoningByHandSays()
    {
        for (int d = 0; d < 2; d++) Measure(First.PlusDays(d), isDriven: true);
        Decide(First.PlusDays(1), ControlMode.Planned);
        LookBack(Review(Fixed), First.PlusDays(2));

        var days = await SavingsAsync();
        // 8.8 kWh at 20 ct come in, 8 kWh at 35 ct are not bought; 8 kWh wear 2 ct each; the charge is the same in the evening.
        Assert.Equal((8 * 0.35m - 8.8m * 0.2m) * 1.19m - 8 * 0.02m, days[1].AgainstNoBatteryEur, 3);
        Assert.Equal((20 * 0.4m * 0.2m + 8.8m * 0.2m) * 1.19m, days[1].CostEur, 3);
        Assert.Equal(["rule", "optimiser"], days.Select(d => d.Driver));
        Assert.Equal(0, days[0].AgainstRuleEur);
        var total = await history!.SummaryAsync(default);
        Assert.Equal((First, 2, days.Sum(d => d.AgainstNoBatteryEur)), (total.Since!.Value, total.Days, total.AgainstNoBatteryEur));
    }

    [Fact]
    public async Task LookBack_PlansDrove_AreWorthMoreThanTheRule()
    {
        for (int d = 0; d < 8; d++)
        {
            Measure(First.PlusDays(d), isDriven: true);
            Decide(First.PlusDays(d), ControlMode.Planned);
        }

        var review = Review(Fixed);
        var watch = Stopwatch.StartNew();
        LookBack(review, First.PlusDays(8));
        output.WriteLine(FormattableString.Invariant($"{watch.Elapsed.TotalMilliseconds / 8:0} ms a day"));

        // A full battery of 9.5 kWh each day cannot save more than the spread less losses; what it covers is 8 kWh.
        var days = await SavingsAsync();
        Assert.Equal("optimiser", review.Driver.Name);
        Assert.All(days.Skip(3), day => Assert.InRange(day.AgainstRuleEur, 0.3m, (8 * 0.35m - 8 / 0.9025m * 0.2m) * 1.19m));
    }

    [Fact]
    public async Task LookBack_DayWithTooManyGaps_IsPassedOverAndNamed()
    {
        for (int d = 0; d < 3; d++) Measure(First.PlusDays(d), isDriven: true, missing: d == 1 ? 31 : d == 2 ? 4 : 0);
        LookBack(Review(Fixed), First.PlusDays(3));

        Assert.Equal([(First, true), (First.PlusDays(2), false)], (await SavingsAsync()).Select(d => (d.Day, d.IsComplete)));
        Assert.Equal(new SkippedDay(First.PlusDays(1), "gaps", 31, 96), Assert.Single(await history!.SkippedAsync(First, First.PlusDays(9), default)));
        Assert.Equal(2, (await history.SummaryAsync(default)).Days);
    }

    [Fact]
    public async Task LookBack_PriceWasNeverPublished_IsPassedOverAndNamed()
    {
        for (int d = 0; d < 3; d++)
        {
            Measure(First.PlusDays(d), isDriven: true);
            if (d != 1) directives.Add(Prices(First.PlusDays(d)));
        }

        LookBack(Review(Spot), First.PlusDays(3));
        Assert.Equal([First, First.PlusDays(2)], (await SavingsAsync()).Select(d => d.Day));
        Assert.Equal(new SkippedDay(First.PlusDays(1), "prices", 96, 96), Assert.Single(await history!.SkippedAsync(First, First.PlusDays(9), default)));
    }

    [Fact]
    public async Task LookBack_AfterEachRestart_GoesOnAsIfThereHadBeenNone()
    {
        for (int d = 0; d < 6; d++) Measure(First.PlusDays(d), isDriven: d % 2 == 0);
        for (int d = 0; d < 6; d++) LookBack(Review(Fixed), First.PlusDays(d + 1));
        var restarted = (await SavingsAsync(), await history!.SummaryAsync(default));

        using var other = new DailyReviewTests(output);
        for (int d = 0; d < 6; d++) other.Measure(First.PlusDays(d), isDriven: d % 2 == 0);
        LookBack(other.Review(Fixed), First.PlusDays(6));
        Assert.Equal(await other.SavingsAsync(), restarted.Item1);
        Assert.Equal(await other.history!.SummaryAsync(default), restarted.Item2);
    }

    [Fact]
    public async Task LookBack_PowerCutBeforeTheDayWasMarked_ReckonsItAgainAndCountsItOnce()
    {
        for (int d = 0; d < 2; d++) Measure(First.PlusDays(d), isDriven: true);
        LookBack(Review(Fixed), First.PlusDays(1));
        string marked = store.State("shadow")!;
        LookBack(Review(Fixed), First.PlusDays(2));
        var (days, total) = (await SavingsAsync(), await history!.SummaryAsync(default));
        store.SetState("shadow", marked, Instant.FromUtc(2026, 1, 14, 0, 0));
        LookBack(Review(Fixed), First.PlusDays(2));

        Assert.Equal(days, await SavingsAsync());
        Assert.Equal(total, await history!.SummaryAsync(default));
    }

    [Fact]
    public async Task LookBack_LaterReadings_ChangeNothing()
    {
        for (int d = 0; d < 4; d++) Measure(First.PlusDays(d), isDriven: true, extra: d);
        LookBack(Review(Fixed), First.PlusDays(3));
        var before = await SavingsAsync();

        using var other = new DailyReviewTests(output);
        for (int d = 0; d < 4; d++) other.Measure(First.PlusDays(d), isDriven: true, extra: d);
        for (int d = 4; d < 8; d++) other.Measure(First.PlusDays(d), isDriven: false, extra: 3);
        LookBack(other.Review(Fixed), First.PlusDays(8));
        Assert.Equal(before, (await other.SavingsAsync()).Take(before.Count));
    }

    [Fact]
    public async Task LookBack_ChangeDays_HaveTheirOwnLength()
    {
        foreach (var day in (LocalDate[])[new(2026, 3, 28), new(2026, 3, 29), new(2026, 3, 30)]) Measure(day, isDriven: false);
        LookBack(Review(Fixed), new(2026, 3, 31));
        var days = await SavingsAsync();
        Assert.Equal((days[0].CostEur - 4 * 0.1m * 0.2m * 1.19m, true), (days[1].CostEur, days[1].IsComplete)); // 23 h
    }

    [Fact]
    public async Task Scores_AfterSomeDays_CompareWithYesterday()
    {
        for (int d = 0; d < 12; d++) Measure(First.PlusDays(d), isDriven: false, extra: d % 3);
        LookBack(Review(""), First.PlusDays(12));

        var load = Assert.Single(await history!.ScoresAsync(default), s => s.Quantity == ForecastQuantity.Load);
        Assert.True(load.Days >= 9);
        Assert.True(load.MeanError < load.YesterdayError);
        Assert.NotNull(load.LastWeekError);
        Assert.Equal(4, load.Leads.Count);
        Assert.Empty(await SavingsAsync());
        Assert.Equal("no-tariff", (await history.SummaryAsync(default)).Hindrance);
    }

    [Theory]
    [InlineData(9, 0.1, true)]
    [InlineData(9, 1.0, false)]
    [InlineData(6, 0.1, false)] // too few days
    public async Task LookBack_HubForecastsPv_IsFollowedOnceItHasWon(int days, double error, bool isUsed)
    {
        for (int d = 0; d < days; d++)
        {
            var day = First.PlusDays(d);
            // The sun shines every other day, which the past cannot know.
            Measure(day, isDriven: false, sun: d % 2 * 4000);
            var issued = Berlin.AtStartOfDay(day).ToInstant() - Duration.FromHours(4);
            directives.Add(new ForecastDirective($"f-{d}", issued, issued + Duration.FromDays(2), "hub", [], [.. QuarterHour.OfDay(day, Berlin).Select(s => new SlotValue(s, IsNoon(s) ? d % 2 * 4 * (1 - error) + 0.5 * error : 0))], [], []));
        }

        LookBack(Review(isUsed ? Fixed : ""), First.PlusDays(days));
        var pv = Assert.Single(await history!.ScoresAsync(default), s => s.Quantity == ForecastQuantity.Pv);
        Assert.Equal(isUsed, pv.Hub!.IsUsed);
        Assert.Equal(isUsed, outlook!.IsUsed);
        Review(Fixed);
        Assert.Equal(isUsed, outlook.IsUsed); // after a restart too
    }

    [Fact]
    public void LookBack_InstallationDay_IsNotCompared()
    {
        Measure(First, isDriven: true, missing: 60, fromStart: true);
        Measure(First.PlusDays(1), isDriven: true);
        LookBack(Review(Fixed), First.PlusDays(2));
        Assert.Single(store.Newest(ControlJournal.Savings, 10));
    }

    public void Dispose() => store.Dispose();

    private async Task<IReadOnlyList<SavingsDay>> SavingsAsync() => await history!.SavingsAsync(new(2026, 1, 1), new(2026, 12, 31), default);

    private static void LookBack(DailyReview review, LocalDate until)
    {
        var now = Berlin.AtStartOfDay(until).ToInstant();
        Assert.False(review.LookBack(now - Duration.FromDays(20)));
        for (int i = 0; review.LookBack(now + Duration.FromMinutes(6)); i++) Assert.True(i < 60, "It does not end.");
    }

    private DailyReview Review(string tariff)
    {
        var (building, findings) = BuildingFile.Read(StrictYaml.Parse(Building + tariff), new HashSet<string>(["eastron-sdm630", "kostal-plenticore"], StringComparer.Ordinal));
        Assert.Empty(findings);
        var journal = new ControlJournal(store, new FakeTimeProvider(), NullLogger<ControlJournal>.Instance);
        var prices = new PriceKeeper(building!, journal);
        foreach (var directive in directives) prices.Take([directive], directive.From);
        outlook = new HubOutlook(store, journal);
        foreach (var directive in directives.OfType<ForecastDirective>()) outlook.Take([directive], directive.From);
        journal.Flush();
        var review = new DailyReview(building!, store, prices, outlook);
        history = new ControlHistory(store, journal, review, building!);
        return review;
    }

    /// <param name="isDriven">The battery takes 2.2 kW from 1:00 to 5:00 and gives 2 kW from 17:00 to 21:00; the charge ends where it began.</param>
    /// <param name="extra">Hundredths of a kW more load.</param>
    private void Measure(LocalDate day, bool isDriven, int missing = 0, int extra = 0, bool fromStart = false, int sun = 0)
    {
        QuarterHour[] slots = [.. QuarterHour.OfDay(day, Berlin)];
        for (int i = 0; i < slots.Length; i++)
        {
            if (fromStart ? i < missing : i >= 40 && i < 40 + missing) continue;
            int hour = slots[i].Start.InZone(Berlin).Hour;
            decimal load = (hour is >= 17 and < 21 ? 2000 : 400) + 10 * extra, battery = !isDriven ? 0 : hour is >= 17 and < 21 ? 2000 : hour is >= 1 and < 5 ? -2200 : 0;
            decimal pv = IsNoon(slots[i]) ? sun : 0;
            store.SetSlot(new(slots[i], Power.FromWatts(load), Power.FromWatts(pv), Power.FromWatts(load - pv - battery), Power.FromWatts(battery), 500));
        }
    }

    private static bool IsNoon(QuarterHour slot) => slot.Start.InZone(Berlin).Hour is >= 10 and < 15;

    private void Decide(LocalDate day, ControlMode mode) => store.Append(
    [
        .. Enumerable.Range(0, 96).Select(i => Berlin.AtStartOfDay(day).ToInstant() + Duration.FromMinutes(15 * i)).Select(at => new ControlEntry(ControlJournal.Decision, at, ControlJson.Write(
            new DecisionRecord(at, DecisionTrigger.Minute, mode, null, new(null, null, null, []), null, null, [], [], PowerRange.Pin(Power.Zero), null, [], [], 0)))),
    ]);

    private static PriceDirective Prices(LocalDate day)
    {
        var published = Berlin.AtStartOfDay(day).ToInstant() - Duration.FromHours(11);
        return new($"p-{day}", published, published + Duration.FromDays(2), "hub", [.. QuarterHour.OfDay(day, Berlin).Select(slot => new SlotValue(slot, 0.1))]);
    }

    private const string Building = """
        building: Lindenhof 7
        gateway: gw-0417
        timeZone: Europe/Berlin
        buses:
          - { id: lan, tcp: "192.0.2.10:502", framing: modbus-tcp }
        devices:
          - { id: grid, role: grid, bus: lan, profile: eastron-sdm630 }
          - { id: battery, role: battery, bus: lan, unit: 2, profile: kostal-plenticore, control: { charge: 5 kW, discharge: 5 kW, capacity: 10 kWh } }
        control:
          gridCharging: true

        """;
}

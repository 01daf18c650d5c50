using System.Text;
using CoMaKo.Hub.Settlement.Agent;
using CoMaKo.Hub.Settlement.Balancing;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Settlement.Balancing;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.CloudSync.Tests.Hub.Settlement;

/// <summary>Forecasts before the day, prices in versions, and what a deviation costs.</summary>
public sealed class BalancingTests : IDisposable
{
    private static readonly LocalDate Day = new(2026, 6, 2);
    private static readonly YearMonth June = new(2026, 6);
    private SettlementBench bench = null!;

    public void Dispose() => bench?.Dispose();

    [Theory, OnSqlite, OnPostgres]
    public async Task Forecast_IsTakenUntilTheDayBegins(Engine engine)
    {
        bench = new SettlementBench(engine);
        bench.GoTo("2026-06-01T21:59:59Z");
        Assert.Equal(1, (await bench.Forecasts.PutAsync([Of("ZP001", 90)])).Created);
        Assert.Equal(0, (await bench.Forecasts.PutAsync([Of("ZP001", 90)])).Created);
        bench.GoTo("2026-06-01T22:00:00Z");

        var (created, late) = await bench.Forecasts.PutAsync([Of("ZP001", 100), Of("ZP001", 100) with { Day = Day.PlusDays(1) }]);

        Assert.Equal((0, 1), (created, late.Count));
        Assert.Equal(1, await bench.CountAsync("mkt_forecast_day"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task LatestForecast_Counts_AndTheOneBeforeStays(Engine engine)
    {
        bench = new SettlementBench(engine);
        await bench.Forecasts.PutAsync([Of("ZP001", 90)]);
        bench.Clock.Advance(TimeSpan.FromHours(1));
        await bench.Forecasts.PutAsync([Of("ZP001", 95)]);

        var counts = await bench.Forecasts.ReadAsync(["ZP001"], Day, Day.PlusDays(1));

        Assert.Equal(95, counts[(Day, "ZP001", EnergyDirection.Consumption)].Wh[0]);
        Assert.Equal(2, await bench.CountAsync("mkt_forecast_day"));
    }

    /// <summary>Section 9 of the domain reference: forecast 1 900/1 600 and 800/1 600, actual +200 and −1 000, reBAP 120 and −40 EUR/MWh, net 0.004 EUR.</summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task Deviation_OfTheWorkedExample_CostsWhatItSays(Engine engine)
    {
        bench = new SettlementBench(engine);
        bench.UseSmallGroup(Day);
        int[] noon = Slots((48, 1900), (72, 800)), used = Slots((48, 1600), (72, 1600));
        await bench.Forecasts.PutAsync([Of("ZP001", 0) with { Wh = used }, Of("ZP002", 0), new DayForecast("ZP901", EnergyDirection.Generation, Day, "model", noon)]);
        bench.Inputs.Put("ZP001", EnergyDirection.Consumption, Day, Longs(Slots((48, 1800), (72, 1700))));
        bench.Inputs.Put("ZP002", EnergyDirection.Consumption, Day, Longs(Slots()));
        bench.Inputs.Put("ZP901", EnergyDirection.Generation, Day, Longs(Slots((48, 2000), (72, 700))));
        var slots = MarketDay.Slots(MarketDay.Number(Day));
        await bench.Prices.PutAsync([.. slots.Select((slot, i) => new SlotPrice(slot, i == 48 ? 120_000 : -40_000))], [1], "test");

        var balancing = (await bench.Settlement.SettleAsync(SettlementBench.Name, Day, Day.PlusDays(1), SettlementChoice.Preview))!.Balancing!;

        Assert.Equal((-300, 300, 0.004m, 0L, 0), (balancing.DeviationWh, balancing.AbsoluteWh, balancing.Cost.ExactEur, balancing.Cost.Cents, balancing.Cost.OpenSlots.Count));
        Assert.Equal((96, 300 / 96m), (balancing.Consumption!.Slots, balancing.Consumption.Mae));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Prices_ThatComeLater_AreADeltaOfTheirOwnKind(Engine engine)
    {
        bench = new SettlementBench(engine);
        bench.GoTo("2026-05-31T12:00:00Z");
        bench.UseSmallGroup(June.First());
        bench.FillMonth(June);
        await bench.Forecasts.PutAsync([.. Enumerable.Range(0, 30).SelectMany(i => (DayForecast[])
            [Of("ZP001", 110) with { Day = June.First().PlusDays(i) }, Of("ZP002", 200) with { Day = June.First().PlusDays(i) }, new DayForecast("ZP901", EnergyDirection.Generation, June.First().PlusDays(i), "model", [.. Enumerable.Repeat(250, 96)])])]);
        await bench.Notes.SetShareAsync(SettlementBench.Name, CostShare.Deviation);
        bench.GoTo("2026-07-10T01:00:00Z");
        Assert.Equal(MonthOutcome.Final, await bench.SettleAsync(June));
        Assert.DoesNotContain(await bench.Runs.PublishedLinesAsync(SettlementBench.Name, June), line => line.Kind == LineKind.Deviation);

        await bench.Prices.PutAsync([.. Enumerable.Range(0, 30).SelectMany(i => MarketDay.Slots(MarketDay.Number(June.First()) + i)).Select(slot => new SlotPrice(slot, 100_000))], [2], "test");

        Assert.Equal(MonthOutcome.DeltaPublished, await bench.SettleAsync(June, publish: true));
        // 10 Wh too little used in each of 2 880 slots: 28.8 kWh long at 100 EUR/MWh earn 2.88 EUR, all by ZP001.
        var delta = Assert.Single(await bench.Runs.LinesAsync((await bench.Runs.OfMonthAsync(SettlementBench.Name, June))[^1].RunId));
        Assert.Equal((LineKind.Deviation, "ZP001", -288L), (delta.Kind, delta.Point, delta.Cents));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Import_ThatRepeats_ChangesNothing_AndACorrectionIsAVersion(Engine engine)
    {
        bench = new SettlementBench(engine);
        var slots = MarketDay.Slots(MarketDay.Number(Day));
        List<SlotPrice> first = [.. slots.Take(3).Select((slot, i) => new SlotPrice(slot, i))];

        Assert.Equal(new PriceImport(3, 0, 0, 1), await bench.Prices.PutAsync(first, [1], "test"));
        Assert.Equal(new PriceImport(0, 0, 3, null), await bench.Prices.PutAsync(first, [1], "test"));
        Assert.Equal(new PriceImport(1, 1, 2, 2), await bench.Prices.PutAsync([new SlotPrice(slots[0], 7), .. first[1..], new SlotPrice(slots[3], 9)], [2], "test"));

        var prices = await bench.Prices.ReadAsync(Day, Day.PlusDays(1));
        Assert.Equal([7L, 1L, 2L, 9L], slots.Take(4).Select(slot => prices.On(slot)!.Value.Price));
        Assert.Equal(5, await bench.CountAsync("mkt_price"));
    }

    [Fact]
    public void PriceFile_InAllItsForms_IsRead()
    {
        foreach (string file in (string[])
        [
            "start,price_eur_per_mwh\n2026-10-25T02:00:00+02:00,12.345\n2026-10-25T02:00:00+01:00,-7\n",
            "\uFEFFstart;price_eur_per_mwh;note\r\n2026-10-25T02:00:00+02:00;12,345;x\r\n2026-10-25T02:00:00+01:00;-7,000;y\r\n",
            "price_eur_per_mwh\tstart\n12.345\t2026-10-25 00:00:00Z\n-7\t2026-10-25T01:00:00Z\n\n",
        ])
        {
            var (prices, findings) = PriceCsv.Read(Encoding.UTF8.GetBytes(file));
            Assert.Empty(findings);
            Assert.Equal([12_345L, -7_000L], prices.Select(each => each.Price));
            Assert.Equal(3600, prices[1].Slot.StartUnixSeconds - prices[0].Slot.StartUnixSeconds);
        }
    }

    [Fact]
    public void PriceFile_WithMistakes_TellsThemAll()
    {
        var (prices, findings) = PriceCsv.Read("start;price_eur_per_mwh\n2026-10-25T02:00:00;1\n2026-10-25T02:10:00Z;1\n2026-10-25T02:15:00Z;1.234,5\n2026-10-25T02:15:00Z;0,0001\n2026-10-25T02:30:00Z\n2026-10-25T02:45:00Z;1\n2026-10-25T02:45:00Z;2\n"u8);

        Assert.Empty(prices);
        Assert.Equal("CMH-2324 2, CMH-2324 3, CMH-2325 4, CMH-2325 5, CMH-2323 6, CMH-2326 8", string.Join(", ", findings.Select(each => $"{each.Code} {each.Line}")));
        Assert.Equal("CMH-2321", Assert.Single(PriceCsv.Read([]).Findings).Code);
        Assert.Equal("CMH-2321", Assert.Single(PriceCsv.Read([0xff, 0x00, 0xfe]).Findings).Code);
    }

    private static DayForecast Of(string point, int wh) => new(point, EnergyDirection.Consumption, Day, "model", [.. Enumerable.Repeat(wh, 96)]);

    private static int[] Slots(params (int Slot, int Wh)[] values)
    {
        int[] wh = new int[96];
        foreach (var (slot, value) in values) wh[slot] = value;
        return wh;
    }

    private static long[] Longs(int[] values) => [.. values.Select(value => (long)value)];
}

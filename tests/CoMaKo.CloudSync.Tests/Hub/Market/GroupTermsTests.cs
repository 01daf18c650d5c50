using CoMaKo.Hub;
using CoMaKo.Hub.Market;
using CoMaKo.Settlement.Allocation;
using CoMaKo.Settlement.Curves;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.CloudSync.Tests.Hub.Market;

/// <summary>Versions in time: what a change does to each day.</summary>
public sealed class GroupTermsTests
{
    /// <summary>The oracle keeps one state per day in an array; 300 histories of up to 12 changes.</summary>
    [Fact]
    public void History_OfRandomChanges_IsThatOfAnArrayOfDays()
    {
        const int Days = 40;
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var days = new (int Version, GroupState? State)[Days];
            var history = GroupHistory.Of([], [], []);
            for (int change = 1; change <= random.Next(1, 13); change++)
            {
                int from = random.Next(Days);
                var state = new GroupState(
                    [.. Enumerable.Range(1, 4).Where(_ => random.Next(2) == 0).Select(point => (long)point)],
                    new KeyTerms(AllocationMethod.Static, [(1, random.Next(3))]), new PriceTerms(random.Next(3), 0, null));
                var borders = Enumerable.Range(1, Days - 1).Where(day => days[day].Version != days[day - 1].Version).ToList();
                int end = borders.Where(day => day > from).DefaultIfEmpty(Days).Min();
                for (int day = from; day < end; day++) days[day] = (change * 100 + 1, state);
                history = history.With(from, state);
            }

            var stored = GroupHistory.Of(history.Memberships(), history.Keys(), history.Prices()); // what the tables keep
            for (int day = 0; day < Days; day++)
                Assert.True(days[day].State is { } expected ? expected.IsSame(stored.On(day)) : stored.On(day) is null or { Members.Count: 0 }, FormattableString.Invariant($"seed {seed}, day {day}"));
        }
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Terms_OfAPeriod_HoldItsVersionsAndMembers(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        foreach (string point in (string[])["ZP001", "ZP002", "ZP901"])
            await hub.PutAsync($"/metering_points/{point}", $$"""{"participant":"P","direction":"{{(point == "ZP901" ? "generation" : "consumption")}}"}""");
        await hub.PutAsync("/balance_groups/BK1", """{"name":"G","metering_points":["ZP001","ZP901"],"allocation":"static"}""");
        await hub.PutAsync("/balance_groups/BK1", """{"name":"G","metering_points":["ZP001","ZP002","ZP901"],"allocation":"static","keys":{"ZP001":400000,"ZP002":600000},"price_ct_per_kwh":12,"surplus_ct_per_kwh":6.5,"valid_from":"2026-06-15"}""");

        using var database = HubSchema.Open(hub.Place.Address);
        await using var reader = await database.OpenReaderAsync();
        var group = (await GroupReader.FindAsync(reader, "BK1"))!;
        var (terms, ids) = await GroupReader.TermsAsync(reader, group, Day(2026, 6, 1), Day(2026, 7, 1));

        Assert.Equal(["ZP001", "ZP002", "ZP901"], terms.Points.Select(point => point.Id));
        Assert.Equal(["ZP001", "ZP002", "ZP901"], ids.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(new LocalDate(2026, 6, 15), terms.Memberships.Single(each => each.Point == "ZP002").From);
        Assert.Equal([null, new LocalDate(2026, 6, 15)], terms.Keys.Select(key => key.From));
        Assert.Equal((1_000_000L, 600_000L), (terms.Keys[0].Weights["ZP001"], terms.Keys[1].Weights["ZP002"]));
        Assert.Equal([(100_000L, null), (120_000L, (long?)65_000)], terms.Prices.Select(price => (price.Internal, price.Surplus)));
        Assert.Single((await GroupReader.TermsAsync(reader, group, Day(2026, 6, 1), Day(2026, 6, 15))).Terms.Prices);
    }

    private static int Day(int year, int month, int day) => MarketDay.Number(new LocalDate(year, month, day));
}

using CoMaKo.Devices;
using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Edge.Configuration;
using CoMaKo.Edge.Control;
using CoMaKo.Edge.Control.Directives;
using CoMaKo.Edge.Control.Rolling;
using CoMaKo.Edge.Hosting;
using CoMaKo.Edge.Storage;
using CoMaKo.Quantities;
using CoMaKo.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;

namespace CoMaKo.Edge.Tests.Hosting;

/// <summary>The keeper in model time: images as the control cycle sees them, the store as on the disk.</summary>
public sealed class PlanKeeperTests : IDisposable
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

    private static readonly Instant Begin = Instant.FromUtc(2026, 1, 12, 0, 0);

    private readonly SqliteControlStore store = SqliteControlStore.Volatile();
    private readonly FakeTimeProvider clock = new(Begin.ToDateTimeOffset());
    private readonly List<HubDirective> directives = [];
    private Instant now = Begin;
    private ControlJournal journal = null!;

    [Fact]
    public void Work_NoTariff_RecordsQuarterHoursAndPlansNothing()
    {
        var keeper = Keeper("");
        Run(keeper, Duration.FromMinutes(31));

        Assert.Null(keeper.Head);
        Assert.Null(keeper.Wishes.Plan);
        Assert.Equal([Power.FromWatts(700), Power.FromWatts(700)], store.Slots(Begin, now).Select(s => s.Load!.Value));
    }

    [Fact]
    public async Task Work_FirstTrustedCycle_MakesAPlanOfAllSlots()
    {
        var keeper = Keeper(Fixed);
        Run(keeper, Duration.FromSeconds(2), isClockTrusted: false);
        Assert.Null(keeper.Head);
        Run(keeper, Duration.FromSeconds(2));

        Assert.Equal(("optimiser", null), (keeper.Head!.Driver, keeper.Head.Fault));
        Assert.Equal(Begin + Duration.FromHours(36), keeper.Head.Until);
        var slots = await keeper.ReadAsync(QuarterHour.Containing(Begin), QuarterHour.Containing(Begin + Duration.FromHours(36)), default);
        Assert.Equal(144, slots.Count);
        Assert.All(slots, s => Assert.NotNull(s.Planned!.Reason));
        Assert.Equal(0.238m, slots[0].ImportPrice);
        Assert.Equal(0.4165m, slots.Single(s => s.Slot.Start == Begin + Duration.FromHours(18)).ImportPrice); // 35 ct and 19 % from 17 h on the building's clock
    }

    [Fact]
    public async Task Work_QuarterHourEnds_PlansAnewAndShowsWhatWasPlannedBesideWhatWasMeasured()
    {
        var keeper = Keeper(Fixed);
        Run(keeper, Duration.FromMinutes(16));
        journal.Flush();

        Assert.Equal(Begin + Duration.FromMinutes(15), keeper.Wishes.Plan!.Horizon.Start);
        var past = (await keeper.ReadAsync(QuarterHour.Containing(Begin), QuarterHour.Containing(now), default))[0];
        Assert.NotNull(past.Planned);
        Assert.Equal((Power.FromWatts(700), Power.Zero, 50m), (past.Measured!.Load!.Value, past.Measured.Battery!.Value, past.Measured.SoCPercent!.Value));
    }

    [Fact]
    public void Work_ChargeIsNotAsPlanned_PlansAnewOnce()
    {
        var keeper = Keeper(Fixed);
        Run(keeper, Duration.FromMinutes(2));
        var first = keeper.Wishes.Plan;
        Run(keeper, Duration.FromMinutes(1), soc: 53);
        Assert.Same(first, keeper.Wishes.Plan);

        Run(keeper, Duration.FromMinutes(1), soc: 60);
        var second = keeper.Wishes.Plan;
        Assert.NotSame(first, second);
        Run(keeper, Duration.FromMinutes(2), soc: 60);
        Assert.Same(second, keeper.Wishes.Plan);
    }

    [Fact]
    public void Work_NewPrices_PlansAnewWithThem()
    {
        var keeper = Keeper(Spot);
        directives.Add(Prices("p-1", 0.05));
        Run(keeper, Duration.FromMinutes(1));
        Assert.Equal(0.05 * 1.19, keeper.Wishes.Plan!.Slots[10].ImportPrice, 9);

        directives[0] = Prices("p-1", 0.25);
        Run(keeper, Duration.FromSeconds(2));
        Assert.Equal(0.25 * 1.19, keeper.Wishes.Plan.Slots[10].ImportPrice, 9);
    }

    [Fact]
    public void Work_NoPriceAtAll_IsAFaultThatEndsWithTheFirstPrice()
    {
        var keeper = Keeper(Spot);
        Run(keeper, Duration.FromMinutes(1));
        Assert.Equal("CME-2122", keeper.Head!.Fault!.Code);
        Assert.Null(keeper.Wishes.Plan);

        directives.Add(Prices("p-1", 0.05));
        Run(keeper, Duration.FromSeconds(2));
        Assert.Null(keeper.Head.Fault);
        Assert.NotNull(keeper.Wishes.Plan);
    }

    [Fact]
    public async Task Restart_KeepsPlanPricesAndHistory()
    {
        var keeper = Keeper(Spot);
        directives.Add(Prices("p-1", 0.05));
        for (int slot = 1; slot <= 96; slot++) store.SetSlot(new(QuarterHour.Containing(Begin - Duration.FromMinutes(15 * slot)), Power.FromWatts(2500), Power.Zero, null, null, null));
        Run(keeper, Duration.FromMinutes(1));
        journal.Flush();
        var head = keeper.Head!;

        directives.Clear();
        var next = Keeper(Spot);
        Assert.Equal((head.MadeAt, head.ExpectedCostEur), (next.Head!.MadeAt, next.Head.ExpectedCostEur));
        Assert.Equal(144, (await next.ReadAsync(QuarterHour.Containing(Begin), QuarterHour.Containing(head.Until), default)).Count);
        Run(next, Duration.FromSeconds(2));
        Assert.False(next.Wishes.Plan!.IsColdStart);
        Assert.Equal(2.5, next.Wishes.Plan.Slots[5].Load.Median, 6);
        Assert.Equal(0.05 * 1.19, next.Wishes.Plan.Slots[5].ImportPrice, 9);
    }

    [Fact]
    public async Task Work_BandWasTooNarrowInThePast_IsShownWider()
    {
        for (int slot = 1; slot <= 96 * 8; slot++) store.SetSlot(new(QuarterHour.Containing(Begin - Duration.FromMinutes(15 * slot)), Power.FromWatts(1500 + slot / 96 % 5 * 300), Power.Zero, null, null, null));
        var keeper = Keeper(Fixed);
        Run(keeper, Duration.FromSeconds(2));
        var narrow = (await keeper.ReadAsync(QuarterHour.Containing(Begin), QuarterHour.Containing(Begin + Duration.FromHours(1)), default))[3].Planned!.Load;
        keeper = Keeper(Fixed);
        keeper.Widths = new(1.5, 1);
        Run(keeper, Duration.FromSeconds(2));
        var wide = (await keeper.ReadAsync(QuarterHour.Containing(Begin), QuarterHour.Containing(Begin + Duration.FromHours(1)), default))[3].Planned!.Load;

        Assert.True(narrow.Low < narrow.Median && narrow.Median < narrow.High);
        Assert.Equal(narrow.Median, wide.Median);
        Assert.Equal(1.5 * (double)(narrow.High - narrow.Median).Watts, (double)(wide.High - wide.Median).Watts, 1.0);
        Assert.Equal(1.5 * (double)(narrow.Median - narrow.Low).Watts, (double)(wide.Median - wide.Low).Watts, 1.0);
    }

    [Fact]
    public void Code_EachReason_IsALowerCaseWordThatThePageHasASentenceFor()
    {
        var say = new CoMaKo.Edge.Diagnostics.Texts.Wording("en", DateTimeZone.Utc);
        Assert.All(Enum.GetValues<ReasonCase>(), reason => Assert.NotNull(say.Find("reason." + PlanShown.Code(reason))));
        Assert.Equal("store-surplus-value", PlanShown.Code(ReasonCase.StoreSurplusValue));
    }

    public void Dispose() => store.Dispose();

    private static PriceDirective Prices(string id, double price) => new(
        id, Begin, Begin + Duration.FromDays(2), "hub", [.. Enumerable.Range(0, 192).Select(k => new SlotValue(QuarterHour.Containing(Begin + Duration.FromMinutes(15 * k)), price))]);

    private PlanKeeper Keeper(string tariff)
    {
        var (building, findings) = BuildingFile.Read(StrictYaml.Parse(Building + tariff), new HashSet<string>(["eastron-sdm630", "kostal-plenticore"], StringComparer.Ordinal));
        Assert.Empty(findings);
        journal = new ControlJournal(store, clock, NullLogger<ControlJournal>.Instance);
        return new PlanKeeper(building!, store, journal, new PriceKeeper(building!, journal), () => directives, NullLogger<PlanKeeper>.Instance);
    }

    private void Run(PlanKeeper keeper, Duration span, int soc = 50, bool isClockTrusted = true)
    {
        for (var end = now + span; now < end; now += Duration.FromSeconds(1))
        {
            var monotonic = now - Begin + Duration.FromHours(1);
            Measured Seen(int watts) => new(Power.FromWatts(watts), monotonic, Duration.FromSeconds(1));
            var battery = new BatteryImage(new("battery"), Seen(0), new(soc, monotonic), null, null, null, null, false);
            keeper.Observe(new(now, monotonic, isClockTrusted, Seen(700), [], null, [battery], [], RelayImage.Empty));
            if (keeper.Due.TryRead(out _)) keeper.Work();
        }
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

        """;
}

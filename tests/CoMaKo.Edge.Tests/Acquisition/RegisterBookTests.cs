using CoMaKo.Devices;
using CoMaKo.Edge.Acquisition;
using CoMaKo.Quantities;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.Edge.Tests.Acquisition;

/// <summary>Segments and totals, rule by rule.</summary>
public sealed class RegisterBookTests
{
    private const string Register = Readings.Meter + "~1-0.1.8.0";
    private readonly FakeTimeProvider time = new(Readings.Start.ToDateTimeOffset());
    private readonly TestClockSource source = new();
    private readonly MemoryStore store = new();

    private GatewayUnderTest Start(DeviceSettings? settings = null, DeviceRole role = DeviceRole.Grid) => new(store, time, source, settings ?? new DeviceSettings(), role);

    /// <summary>A register that rises by 1 Wh each second from a value at second 0.</summary>
    private static IEnumerable<Reading> Rising(int from, int to, decimal start = 1000m, decimal step = 0.1m) =>
        Enumerable.Range(from, to - from + 1).Select(second => Readings.Of(second, Readings.Import(decimal.Floor((start + second) / step) * step, step)));

    [Fact]
    public void FirstStart_OpensCommissionedAndBooksTheBorder()
    {
        Start().TakeAll(time, Rising(10, 905));
        Assert.Equal((SegmentReason.Commissioned, 1010L, Readings.At(10)), (store.Segments.Single().Reason, store.Segments.Single().Total.WattHours, store.Segments.Single().At));
        Assert.Equal(Readings.At(10).ToUnixTimeTicks() / 10, store.Segments.Single().Segment);
        Assert.Equal(new RegisterTotal(new RegisterId(Register), store.Segments.Single().Segment, Readings.At(900).ToUnixTimeSeconds(), new Energy(1900), Quality.Measured, 0), store.Totals.Single());
    }

    [Fact]
    public void SecondStart_OpensResumedAndLeavesTheOldSegmentOpen()
    {
        Start().TakeAll(time, Rising(10, 905));
        Start().TakeAll(time, Rising(1000, 1805));
        Assert.Equal([SegmentReason.Commissioned, SegmentReason.Resumed], store.Segments.Select(segment => segment.Reason));
        Assert.DoesNotContain(store.Segments, segment => segment.IsEnd);
        Assert.Equal([890, 900], HubOracle.Derive(store.Records).Select(span => span.WattHours));
    }

    [Fact]
    public void SegmentIds_StoreAheadOfTheClock_GoOnFromTheLast()
    {
        long future = Readings.At(1_000_000).ToUnixTimeTicks() / 10;
        var begin = new RegisterSegment(new RegisterId("0a02~1-0.2.8.0"), future, false, Readings.Start, Energy.Zero, SegmentReason.Commissioned, "0a02", ObisCode.ActiveEnergyExport, 1_000_000, 100, SettlementRole.Settlement);
        store.AppendAsync([begin], [], default).AsTask().Wait();
        Start().TakeAll(time, Rising(10, 20));
        Assert.Equal(future + 1, store.Segments.Last().Segment);
    }

    [Fact]
    public void ChangedRatio_EndsTheSegmentInItsOwnTerms()
    {
        Start().TakeAll(time, Rising(10, 905));
        var settings = new DeviceSettings(CtFactorMicro: 2_000_000);
        Start(settings).TakeAll(time, [Readings.Of(1000, Readings.Import(4000m)), Readings.Of(1001, Readings.Import(4002m))]);
        var end = Assert.Single(store.Segments, segment => segment.IsEnd);
        Assert.Equal((2000L, SegmentReason.SettingsChanged, 1_000_000L), (end.Total.WattHours, end.Reason, end.CtFactorMicro));
        Assert.Equal((4000L, 2_000_000L), (store.Segments.Last().Total.WattHours, store.Segments.Last().CtFactorMicro));
    }

    [Fact]
    public void ChangedInversion_IsNeverBridged()
    {
        Start().TakeAll(time, Rising(10, 905));
        Start(new DeviceSettings(Invert: true)).TakeAll(time, Rising(1000, 1010, 50m));
        Assert.Equal([(true, 1900L), (false, 1050L)], store.Segments.Skip(1).Select(segment => (segment.IsEnd, segment.Total.WattHours)));
        Assert.All(store.Segments.Skip(1), segment => Assert.Equal(SegmentReason.SettingsChanged, segment.Reason));
    }

    [Fact]
    public void UnlockedMeter_GoesOnFinerWithoutLosingAWattHour()
    {
        var locked = Rising(10, 905, 1_500_500m, 1000m);
        Start().TakeAll(time, locked.Concat(Rising(906, 1805, 1_500_500m)));
        Assert.Equal([Quality.Coarse, Quality.Measured], store.Totals.Select(total => total.Quality));
        var border = store.Segments.Skip(1).ToList();
        Assert.Equal([(true, 1_501_406L), (false, 1_501_406L)], border.Select(segment => (segment.IsEnd, segment.Total.WattHours)));
        Assert.Equal(1_502_300 - 1_500_000, HubOracle.Derive(store.Records).Sum(span => span.WattHours));
    }

    [Fact]
    public void SwapInsideASlot_EndsAndBeginsInOneAppend()
    {
        var replacement = Rising(300, 905, -250m).Select(reading => reading with { ServerId = "0a015445535400000099" });
        var gateway = Start();
        foreach (var reading in Rising(10, 200).Concat(replacement)) gateway.TakeAll(time, [reading]);
        Assert.Equal([(SegmentReason.Commissioned, false, 1010L), (SegmentReason.MeterSwapped, true, 1200L), (SegmentReason.MeterSwapped, false, 50L)],
            store.Segments.Select(segment => (segment.Reason, segment.IsEnd, segment.Total.WattHours)));
        Assert.Equal(190 + 600, HubOracle.Derive(store.Records).Sum(span => span.WattHours));
        Assert.Contains(store.Events, e => e.Code == EventCodes.MeterSwapped);
        Assert.Equal("0a015445535400000099", store.State(DeviceMemory.MeterKey(Readings.Device)));
    }

    [Fact]
    public void ReadingWithoutServerId_IsOfTheBookedMeter()
    {
        Start().TakeAll(time, Rising(10, 905).Select(reading => reading.Monotonic.TotalSeconds > 500 ? reading with { ServerId = null } : reading));
        Assert.Single(store.Segments);
        Assert.Equal((Register, 1900L), (store.Totals.Single().Register.Value, store.Totals.Single().Total.WattHours));
    }

    [Fact]
    public void UnknownClock_GivesEvidenceOnlyAndThenASegment()
    {
        source.IsSynchronised = false;
        var gateway = Start();
        gateway.TakeAll(time, Rising(10, 1000));
        Assert.Equal([(0L, Quality.ClockUncertain), (0L, Quality.ClockUncertain)], store.Totals.Select(total => (total.Segment, total.Quality)));
        Assert.Empty(store.Segments);
        source.IsSynchronised = true;
        gateway.TakeAll(time, Rising(1001, 1805));
        Assert.Equal(SegmentReason.Commissioned, store.Segments.Single().Reason);
        Assert.Equal(2800, store.Totals.Last().Total.WattHours);
    }

    [Fact]
    public void ClockSetBackOverABorder_HasNoSecondTotal()
    {
        var back = Rising(910, 1850).Select(reading => reading with { At = reading.At - Duration.FromSeconds(30) });
        Start().TakeAll(time, Rising(10, 909).Concat(back));
        Assert.Equal([1900L, 2830L], store.Totals.Select(total => total.Total.WattHours));
    }

    [Fact]
    public void TariffsBesideATotal_AreInformation()
    {
        Start().TakeAll(time, [Readings.Of(1, Readings.Tariff(1, 600m), Readings.Import(1000m), Readings.Tariff(2, 400m))]);
        Assert.Equal([SettlementRole.Information, SettlementRole.Settlement, SettlementRole.Information], store.Segments.Select(segment => segment.Role));
    }

    [Fact]
    public void TariffsAlone_SettleUntilATotalAppears()
    {
        var gateway = Start();
        gateway.TakeAll(time, [Readings.Of(1, Readings.Tariff(1, 600m), Readings.Tariff(2, 400m))]);
        Assert.All(store.Segments, segment => Assert.Equal(SettlementRole.Settlement, segment.Role));
        gateway.TakeAll(time, [Readings.Of(2, Readings.Import(1000m), Readings.Tariff(1, 600m), Readings.Tariff(2, 400m))]);
        var open = store.Segments.GroupBy(segment => segment.Register).Select(register => register.Last());
        Assert.Equal(Register, Assert.Single(open, segment => segment.Role == SettlementRole.Settlement).Register.Value);
    }

    [Theory]
    [InlineData(DeviceRole.Grid, "1-0.1.8.0")]
    [InlineData(DeviceRole.Pv, "1-0.2.8.0")]
    public void PowerOnlyDevice_HasVirtualRegistersThatSurvive(DeviceRole role, string counting)
    {
        var settings = new DeviceSettings(PowerOnly: true);
        static IEnumerable<Reading> Constant(int from, int to) =>
            Enumerable.Range(from, to - from + 1).Select(second => Readings.Of(second, Readings.Power(3600m)) with { ServerId = null });
        Start(settings, role).TakeAll(time, Constant(0, 905));
        Start(settings, role).TakeAll(time, Constant(1000, 1805));
        var totals = store.Totals.Where(total => total.Register.Value.EndsWith(counting, StringComparison.Ordinal)).ToList();
        Assert.Equal([(900L, Quality.Derived), (1705L, Quality.Derived)], totals.Select(total => (total.Total.WattHours, total.Quality)));
        Assert.StartsWith("0c", totals[0].Register.Value, StringComparison.Ordinal);
        Assert.All(store.Totals.Except(totals), total => Assert.Equal(0, total.Total.WattHours));
    }

    [Theory]
    [InlineData(2026, 3, 29, 92)]
    [InlineData(2026, 10, 25, 100)]
    [InlineData(2026, 6, 1, 96)]
    public void LocalDay_OfAChangeOfClocks_HasAllItsSlotsAndItsEnergy(int year, int month, int day, int expected)
    {
        var slots = QuarterHour.OfDay(new LocalDate(year, month, day), DateTimeZoneProviders.Tzdb["Europe/Berlin"]);
        Assert.Equal(expected, slots.Count);
        time.StepWallClock(slots[0].Start.ToDateTimeOffset() - time.GetUtcNow() - TimeSpan.FromSeconds(60));
        var from = slots[0].Start - Duration.FromSeconds(20);
        int seconds = expected * QuarterHour.Seconds;
        Start().TakeAll(time, Enumerable.Range(0, seconds / 10 + 5).Select(i =>
            Readings.Of(0, Readings.Import(5000m + i * 7m)) with { At = from + Duration.FromSeconds(10 * i), Monotonic = Duration.FromSeconds(10 * i) }));
        var curve = HubOracle.Derive(store.Records).Where(span => span.IsSlot).ToDictionary(span => span.From!.Value, span => span.WattHours);
        Assert.Equal(slots.Select(slot => slot.StartUnixSeconds), curve.Keys.Order());
        Assert.Equal(seconds / 10 * 7, curve.Values.Sum());
    }
}

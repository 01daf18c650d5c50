using CoMaKo.Devices;
using CoMaKo.Edge.Acquisition;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Tests.Acquisition;

public sealed class PlausibilityFilterTests
{
    private readonly EventJournal journal = new();
    private readonly List<GatewayEvent> events = [];
    private readonly PlausibilityFilter filter;

    public PlausibilityFilterTests()
    {
        journal.Recorded += events.Add;
        filter = new PlausibilityFilter(Readings.Device, new DeviceSettings(), null, journal);
    }

    private AcceptedReading One(Reading reading) => Assert.Single(filter.Check(reading));

    [Fact]
    public void Check_PowerBeyondRating_IsQuarantinedWithItsValue()
    {
        var accepted = One(Readings.Of(0, Readings.Import(1000m), Readings.Power(47_818m)));
        Assert.Null(accepted.Reading.Find(Measurand.ActivePower));
        Assert.Equal(1000m, accepted.Reading.Find(Measurand.ActiveEnergyImport));
        Assert.Equal((EventCodes.PowerBeyondRating, "47818"), (events.Single().Code, events.Single().Data["value"]));
        Assert.Equal(-47_817m, One(Readings.Of(1, Readings.Power(-47_817m))).Reading.Find(Measurand.ActivePower)); // 1.1 × 43.47 kW
    }

    [Fact]
    public void Check_SingleJump_IsQuarantinedAndForgotten()
    {
        One(Readings.Of(0, Readings.Import(1000m)));
        Assert.Null(One(Readings.Of(1, Readings.Import(900_000m))).Reading.Find(Measurand.ActiveEnergyImport));
        Assert.Null(One(Readings.Of(2, Readings.Import(0m))).Reading.Find(Measurand.ActiveEnergyImport));
        var back = One(Readings.Of(3, Readings.Import(1001m)));
        Assert.Equal((1001m, 0), (back.Reading.Find(Measurand.ActiveEnergyImport), back.Breaks.Count));
        Assert.Equal([EventCodes.CounterJumped, EventCodes.CounterWentBack], events.Select(e => e.Code));
        Assert.Equal("1000", events[0].Data["known_wh"]);
    }

    [Fact]
    public void Check_RegisterThatStaysElsewhere_IsAResetWithItsFirstValue()
    {
        One(Readings.Of(0, Readings.Import(900_000m)));
        for (int second = 1; second < 11; second++) Assert.Null(One(Readings.Of(second, Readings.Import(second))).Reading.Find(Measurand.ActiveEnergyImport));
        var reset = One(Readings.Of(11, Readings.Import(11m)));
        Assert.Equal(new CounterBreak(ObisCode.ActiveEnergyImport, CounterChange.Implausible, 0, 1m, Readings.At(1)), reset.Breaks.Single());
        Assert.Empty(One(Readings.Of(12, Readings.Import(12m))).Breaks);
    }

    [Fact]
    public void Check_RegisterThatRollsOver_BreaksAtItsCapacity()
    {
        One(Readings.Of(0, Readings.Import(99_999_995m, 1)));
        CounterBreak? proven = null;
        for (int second = 1; proven is null && second < 20; second++) proven = One(Readings.Of(second, Readings.Import(second, 1))).Breaks.Cast<CounterBreak?>().SingleOrDefault();
        Assert.Equal(new CounterBreak(ObisCode.ActiveEnergyImport, CounterChange.RolledOver, 100_000_000m, 0m, Readings.At(1)), proven);
    }

    [Fact]
    public void Check_RegisterRenewedOnceAMinute_MayMakeItsStepAtOnce()
    {
        One(Readings.Of(0, Readings.Import(1000m)));
        for (int second = 1; second < 60; second++) One(Readings.Of(second, Readings.Import(1000m)));
        Assert.Equal(1500m, One(Readings.Of(60, Readings.Import(1500m))).Reading.Find(Measurand.ActiveEnergyImport)); // 30 kW
    }

    [Fact]
    public void Check_FrameThatWaited_LeavesTheNextPlausible()
    {
        One(Readings.Of(0, Readings.Import(1000m, 1)));
        One(Readings.Of(4, Readings.Import(1016m, 1))); // as it was after 2 s at 29 kW
        Assert.Equal(1032m, One(Readings.Of(4, Readings.Import(1032m, 1))).Reading.Find(Measurand.ActiveEnergyImport));
        Assert.Null(One(Readings.Of(5, Readings.Import(1132m, 1))).Reading.Find(Measurand.ActiveEnergyImport)); // 72 kW over 5 s
        Assert.Equal([EventCodes.CounterJumped], events.Select(e => e.Code));
    }

    [Fact]
    public void Check_RegisterCreepingBackwards_IsNotBelieved()
    {
        One(Readings.Of(0, Readings.Import(1000m, 1)));
        Assert.NotNull(One(Readings.Of(1, Readings.Import(999m, 1))).Reading.Find(Measurand.ActiveEnergyImport));
        Assert.Null(One(Readings.Of(2, Readings.Import(998m, 1))).Reading.Find(Measurand.ActiveEnergyImport));
    }

    [Fact]
    public void Check_ForeignMeterOnce_IsNotShownAndNotBooked()
    {
        One(Readings.Of(0, Readings.Import(1000m)));
        Assert.Empty(filter.Check(Readings.Of(1, Readings.Import(5m)) with { ServerId = "0a015445535400000099" }));
        Assert.Equal(1001m, One(Readings.Of(2, Readings.Import(1001m))).Reading.Find(Measurand.ActiveEnergyImport));
        Assert.Equal(EventCodes.ForeignMeter, events.Single().Code);
    }

    [Fact]
    public void Check_ForeignMeterThreeTimes_IsTheNewOneFromItsFirstReading()
    {
        One(Readings.Of(0, Readings.Import(1000m)));
        var replacement = Readings.Of(1, Readings.Import(5m)) with { ServerId = "0a015445535400000099" };
        Assert.Empty(filter.Check(replacement));
        Assert.Empty(filter.Check(replacement));
        Assert.Equal(2, filter.Check(replacement).Count);
        Assert.Single(filter.Check(replacement));
    }

    [Fact]
    public void Check_MeterSecondsGoingBack_IsARestart()
    {
        Assert.False(One(Readings.Of(0) with { MeterSeconds = 500 }).MeterRestarted);
        Assert.True(One(Readings.Of(1) with { MeterSeconds = 3 }).MeterRestarted);
        Assert.False(One(Readings.Of(2) with { MeterSeconds = 4 }).MeterRestarted);
    }

    [Fact]
    public void Check_SameEventAgainAndAgain_IsRecordedOnceInAQuarterHourWithItsCount()
    {
        for (int second = 0; second <= 900; second++) filter.Check(Readings.Of(second, Readings.Power(99_999m)));
        Assert.Equal(2, events.Count);
        Assert.Equal("899", events[1].Data["repeats_count"]);
    }

    [Fact]
    public void Check_EndlessServerId_GivesAnEventOfOrdinaryLength()
    {
        One(Readings.Of(0, Readings.Import(1000m)));
        filter.Check(Readings.Of(1) with { ServerId = new string('a', 16_000) });
        Assert.True(events.Single().Text.Length + events.Single().Data.Values.Sum(value => value.Length) < 2_000);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1e15)]
    public void Check_RegisterOutOfRange_IsQuarantined(double value)
    {
        Assert.Null(One(Readings.Of(0, Readings.Import((decimal)value))).Reading.Find(Measurand.ActiveEnergyImport));
        Assert.Equal(EventCodes.RegisterOutOfRange, events.Single().Code);
    }
}

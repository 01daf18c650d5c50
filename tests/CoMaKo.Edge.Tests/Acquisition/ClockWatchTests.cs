using CoMaKo.Edge.Acquisition;
using CoMaKo.Quantities;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.Edge.Tests.Acquisition;

public sealed class ClockWatchTests
{
    private static readonly Instant Build = Instant.FromUtc(2026, 1, 1, 0, 0);
    private readonly FakeTimeProvider time = new(Readings.Start.ToDateTimeOffset());
    private readonly TestClockSource source = new();
    private readonly EventJournal journal = new();
    private readonly List<GatewayEvent> events = [];

    public ClockWatchTests() => journal.Recorded += events.Add;

    private ClockWatch Watch(Instant? lastGood = null) => new(time, source, Build, lastGood, AcquisitionOptions.DefaultClockStepTolerance, journal);

    private Instant? Second(ClockWatch watch)
    {
        time.Advance(TimeSpan.FromSeconds(1));
        return watch.Tick();
    }

    [Fact]
    public void Tick_SourceComesAndGoes_UnknownSyncedHoldover()
    {
        source.IsSynchronised = false;
        var watch = Watch();
        Second(watch);
        Assert.Equal((ClockState.Unknown, false), (watch.Status.State, watch.IsTrusted));
        source.IsSynchronised = true;
        Second(watch);
        Assert.Equal(ClockState.Synced, watch.Status.State);
        source.IsSynchronised = false;
        Second(watch);
        Assert.Equal((ClockState.Holdover, true), (watch.Status.State, watch.IsTrusted));
        Assert.Equal([EventCodes.ClockTrusted, EventCodes.ClockSourceLost], events.Select(e => e.Code));
    }

    [Fact]
    public void Tick_ClockEarlierThanLastGoodTime_IsRefusedThoughSynchronised()
    {
        var watch = Watch(lastGood: Readings.Start + Duration.FromHours(2));
        Second(watch);
        Assert.Equal(ClockState.Unknown, watch.Status.State);
        Assert.Equal(EventCodes.ClockRefused, events.Single().Code);
        Assert.Equal(Readings.Start + Duration.FromHours(2) + Duration.FromSeconds(1), watch.EarliestNow);
        time.StepWallClock(TimeSpan.FromHours(3));
        Second(watch);
        Assert.Equal(ClockState.Synced, watch.Status.State);
    }

    [Fact]
    public void Tick_ClockEarlierThanTheBuild_IsRefused()
    {
        time.StepWallClock(DateTimeOffset.UnixEpoch - time.GetUtcNow());
        var watch = Watch();
        Second(watch);
        Assert.False(watch.IsTrusted);
    }

    [Theory]
    [InlineData(1.9, false)]
    [InlineData(2.1, true)]
    [InlineData(-2.1, true)]
    [InlineData(3600, true)]
    public void Tick_ClockStepped_IsAnEventAboveTwoSeconds(double seconds, bool recorded)
    {
        var watch = Watch();
        Second(watch);
        time.StepWallClock(TimeSpan.FromSeconds(seconds));
        Second(watch);
        Assert.Equal(Duration.FromSeconds(seconds), watch.Status.LastStep);
        Assert.Equal(recorded, events.Any(e => e.Code == EventCodes.ClockStepped));
        Assert.True(watch.IsTrusted);
    }

    [Fact]
    public void Tick_ClockSetBackFar_IsNotTrustedUntilATechnicianConfirms()
    {
        var watch = Watch();
        Second(watch);
        time.StepWallClock(-TimeSpan.FromHours(1));
        source.IsSynchronised = false;
        Second(watch);
        Assert.False(watch.IsTrusted);
        watch.SetByTechnician();
        Assert.NotNull(Second(watch));
        Assert.Equal(ClockState.SetByTechnician, watch.Status.State);
    }

    [Fact]
    public void Tick_WhileTrusted_RemembersTheTimeOnceAMinute()
    {
        var watch = Watch();
        int remembered = Enumerable.Range(0, 181).Count(_ => Second(watch) is not null);
        Assert.Equal(4, remembered); // at once, then after 60, 120 and 180 s
        source.IsSynchronised = false;
        Assert.DoesNotContain(Enumerable.Range(0, 120), _ => Second(watch) is not null); // holdover is no source
    }
}

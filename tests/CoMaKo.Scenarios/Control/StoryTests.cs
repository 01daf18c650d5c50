using CoMaKo.Devices;
using CoMaKo.Devices.Simulator;
using CoMaKo.Devices.Simulator.Model;
using CoMaKo.Edge.Control.Directives;
using CoMaKo.Edge.Control.Dispatch;
using CoMaKo.Edge.Hosting;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Scenarios.Control;

/// <summary>Stories of a building in model time. What must hold is checked on the physical truth of the simulated building, not on what the gateway says of itself.</summary>
public sealed class StoryTests
{
    private static readonly Instant Summer = Instant.FromUtc(2026, 6, 1, 4, 0);

    [Fact]
    public async Task SunnyDay_FollowingTheMeter_LeavesLittleOnTheGridWhileTheBatteryCan()
    {
        await using var story = await Story.BeginAsync(Summer);
        story.Demand("heat-pump", 0);
        story.Demand("wallbox", 0);
        double off = 0;
        int counted = 0;
        story.Run(Duration.FromHours(16), truth =>
        {
            double watts = truth.Power.Battery / 1000.0, soc = SoC(story, truth);
            if (soc is < 10 or > 97 || Math.Abs(watts) > 4700) return;
            off += Math.Abs(truth.Power.Grid / 1000.0);
            counted++;
        });

        Assert.True(counted > 6 * 3600, $"only {counted} s between the limits");
        Assert.True(off / counted < 60, $"mean |grid| {off / counted:0} W over {counted} s");
        Assert.Equal(ControlMode.Balancing, story.Status.Mode);
    }

    [Fact]
    public async Task DimCall_WithTheHubDown_HoldsTheLimitFromTheFirstSecondsToTheEnd()
    {
        await using var story = await Story.BeginAsync(Instant.FromUtc(2026, 1, 12, 17, 0));
        story.Demand("wallbox", 11_000);
        story.Demand("heat-pump", 5_000);
        story.Run(Duration.FromMinutes(5));
        Assert.True(Dimmable(story.Truth) > 12_000_000, $"the consumers draw {Dimmable(story.Truth)} mW before the call");

        story.Contact(RelayMeaning.Dim, true);
        const long Group = 10_500_000; // three devices: 4.2 kW + 2 × 0.75 × 4.2 kW (BK6-22-300); there is no surplus in this night
        long worst = 0;
        int second = 0;
        story.Run(Duration.FromMinutes(30), truth =>
        {
            if (++second > 10) worst = Math.Max(worst, Dimmable(truth) - Math.Max(0, truth.Power.Battery));
        });
        Assert.True(worst <= Group, $"dimmed devices drew {worst / 1000} W from the grid");

        story.Contact(RelayMeaning.Dim, false);
        story.Run(Duration.FromMinutes(10));
        Assert.True(Dimmable(story.Truth) > 12_000_000, "the consumers are free again");
        story.Restart();
        var events = story.Store.Newest(ControlJournal.GridEvent, 1000);
        Assert.Contains(events, e => e.Body.Contains("\"began\"", StringComparison.Ordinal));
        Assert.Contains(events, e => e.Body.Contains("\"ended\"", StringComparison.Ordinal));
        Assert.InRange(events.Count(e => e.Body.Contains("\"minute\"", StringComparison.Ordinal)), 30, 45);
    }

    [Fact]
    public async Task DimContactLost_AppliesTheFailsafeLimit()
    {
        await using var story = await Story.BeginAsync(Instant.FromUtc(2026, 1, 12, 17, 0));
        story.Demand("wallbox", 11_000);
        story.Demand("heat-pump", 5_000);
        story.Contact(RelayMeaning.Dim, null);
        story.Run(Duration.FromMinutes(5));

        Assert.True(Dimmable(story.Truth) <= 10_500_000 + Math.Max(0, story.Truth.Power.Battery), $"{Dimmable(story.Truth)} mW");
    }

    [Fact]
    public async Task InverterReboots_IsCommandedAgainWithinSecondsOfItsReturn()
    {
        await using var story = await Story.BeginAsync(Summer + Duration.FromHours(5));
        story.Run(Duration.FromMinutes(10));
        long before = story.Truth.Power.Battery;
        Assert.NotEqual(0, before);

        story.IsInverterReachable = false;
        await story.FaultAsync(Fault.RebootInverter, true, "battery");
        story.Run(Duration.FromSeconds(90));
        story.IsInverterReachable = true;
        story.Run(Duration.FromSeconds(5));
        Assert.NotNull(story.Loop.Guard.Held(new("battery")));

        story.Run(Duration.FromSeconds(60)); // its response is not learned yet: the law follows slowly
        Assert.True(Math.Abs(story.Truth.Power.Grid) < 200_000, $"grid {story.Truth.Power.Grid} mW, battery {story.Truth.Power.Battery} mW");
    }

    [Fact]
    public async Task MeterStale_LetsTheBatteryGoByTheLadder()
    {
        await using var story = await Story.BeginAsync(Summer + Duration.FromHours(5));
        story.Run(Duration.FromMinutes(10));
        Assert.NotNull(story.Loop.Guard.Held(new("battery")));

        story.IsMeterStale = true;
        long held = story.Truth.Power.Battery;
        story.Run(Duration.FromSeconds(12), truth => Assert.True(Math.Abs(truth.Power.Battery) <= Math.Abs(held) + 150_000, "no increase on stale readings"));
        story.Run(Duration.FromSeconds(20));
        Assert.True(Math.Abs(story.Truth.Power.Battery) < 300_000, $"{story.Truth.Power.Battery} mW after 32 s");
        story.Run(Duration.FromSeconds(60));
        Assert.Equal(ControlMode.Released, story.Status.Mode);
        Assert.Null(story.Loop.Guard.Held(new("battery")));

        story.IsMeterStale = false;
        story.Run(Duration.FromSeconds(30));
        Assert.Equal(ControlMode.Balancing, story.Status.Mode);
    }

    [Theory]
    [InlineData(2026, 3, 28)]
    [InlineData(2026, 10, 24)]
    public async Task ChangeDay_HasNothingSpecialForControl(int year, int month, int day)
    {
        await using var story = await Story.BeginAsync(Instant.FromUtc(year, month, day, 21, 0));
        var others = new List<string>();
        long last = long.MinValue;
        story.Run(Duration.FromHours(6), truth =>
        {
            Assert.Equal(last == long.MinValue ? truth.Second : last + 1, truth.Second);
            last = truth.Second;
            if (story.Status.Mode != ControlMode.Balancing) others.Add($"{truth.At} {story.Status.Mode} {story.Status.Cause}");
        });

        Assert.Empty(others);
    }

    [Fact]
    public async Task FeedInCall_LimitsTheExportAndReleasesSlowly()
    {
        await using var story = await Story.BeginAsync(Instant.FromUtc(2026, 6, 1, 10, 0), change: o => o with { BatteryCapacityWattHours = 1_000, PvPeakWatts = 30_000 });
        story.Demand("heat-pump", 0);
        story.Demand("wallbox", 0);
        for (int minutes = 0; -story.Truth.Power.Grid < 3_000_000 && minutes < 240; minutes++) story.Run(Duration.FromMinutes(1));
        long free = -story.Truth.Power.Grid;
        Assert.True(free >= 3_000_000, $"the building exports {free} mW before the call");

        story.Contact(RelayMeaning.FeedIn0, true);
        int second = 0;
        double exported = 0;
        story.Run(Duration.FromMinutes(10), truth =>
        {
            if (++second > 30) exported += Math.Max(0, -truth.Power.Grid / 1000.0);
        });
        // A load that is switched off leaves a moment of export that nobody can avoid; the plant follows it down. On average 1 % of the installed power, the step of a percent register.
        Assert.True(exported / (second - 30) <= 300, $"{exported / (second - 30):0} W exported on average from 30 s after the call");

        story.Contact(RelayMeaning.FeedIn0, false);
        long after = story.Truth.Power.Pv;
        story.Run(Duration.FromSeconds(30));
        Assert.True(story.Truth.Power.Pv <= after + 1_800_000, $"released at 10 % of the installed power in a minute: {after} to {story.Truth.Power.Pv} mW in 30 s");
        story.Run(Duration.FromMinutes(15));
        Assert.Null(story.Status.Limits.Allowed.PvOutput);
    }

    [Fact]
    public async Task HubLimit_EndsWithItsValidity_AlsoOverARestart()
    {
        await using var story = await Story.BeginAsync(Instant.FromUtc(2026, 1, 12, 17, 0));
        story.Demand("wallbox", 11_000);
        story.Directives = [new("d-1", story.Now, story.Now + Duration.FromMinutes(20), "hub", DirectedLimit.Dim14a, Power.FromWatts(6000))];
        story.Run(Duration.FromMinutes(5));
        Assert.True(Dimmable(story.Truth) <= 6_000_000 + Math.Max(0, story.Truth.Power.Battery), $"{Dimmable(story.Truth)} mW");

        story.Restart();
        story.Run(Duration.FromMinutes(5));
        Assert.True(Dimmable(story.Truth) <= 6_000_000 + Math.Max(0, story.Truth.Power.Battery), $"{Dimmable(story.Truth)} mW after a restart");
        story.Run(Duration.FromMinutes(20));
        Assert.True(Dimmable(story.Truth) > 8_000_000, $"{Dimmable(story.Truth)} mW after its end");
    }

    private static double SoC(Story story, BuildingMoment truth) =>
        100.0 * truth.StoredEnergy / BuildingEnergy.PerWattHour / 10_000;

    /// <summary>What the dimmable consumers draw, and the battery where it charges, mW.</summary>
    private static long Dimmable(BuildingMoment truth) => truth.Power.Loads!.Sum() + Math.Max(0, -truth.Power.Battery);
}

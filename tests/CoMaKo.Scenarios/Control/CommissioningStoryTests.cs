using CoMaKo.Edge.Control.Commissioning;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Scenarios.Control;

/// <summary>What a technician is offered for a battery that no write test has opened yet.</summary>
public sealed class CommissioningStoryTests
{
    private static readonly Instant WinterNight = Instant.FromUtc(2026, 1, 12, 20, 0);
    private static readonly Power Size = Power.FromWatts(500);

    [Fact]
    public async Task BatteryThatMayNotBuy_AtNight_IsOfferedOnlyWhatTheLimitsWillLeave()
    {
        await using var story = await UnverifiedAsync("");

        Assert.False(HasNoLimit(story, -Size));
        Assert.True(HasNoLimit(story, Size));
        var plan = story.Loop.Tests.LearningPlan(new("battery"), Size)!;
        Assert.Equal(new(Power.Zero, Size), plan.Range);
    }

    [Fact]
    public async Task BatteryThatMayBuy_AtNight_IsOfferedBothDirections()
    {
        await using var story = await UnverifiedAsync("control: { gridCharging: true }\n");

        Assert.True(HasNoLimit(story, -Size));
        Assert.Equal(new(-Size, Size), story.Loop.Tests.LearningPlan(new("battery"), Size)!.Range);
    }

    [Fact]
    public async Task LearningTest_WhileThePageIsThere_GivesTheLawItsResponse()
    {
        await using var story = await UnverifiedAsync("control: { gridCharging: true }\n");
        var tests = story.Loop.Tests;
        var plan = tests.LearningPlan(new("battery"), Size + Size)!;
        long number = tests.Start(new("battery"), plan, "anna")!.Value;
        story.Run(plan.Length + Duration.FromSeconds(20), _ => tests.Heartbeat(number));

        var result = tests.Latest!.Run.Result!;
        Assert.True(result.Outcome == WriteTestOutcome.Passed, $"{result.Code} {result.Text}");
        Assert.NotNull(result.Evidence!.Response);
        Assert.NotNull(tests.Verification(new("battery"))!.Evidence.Response);
        Assert.Contains(story.Loop.Law.Memory.Batteries, b => b.Device == "battery");
    }

    private static async Task<Story> UnverifiedAsync(string control)
    {
        var story = await Story.BeginAsync(WinterNight, control: control);
        story.Demand("heat-pump", 1000);
        story.Demand("wallbox", 0);
        story.Loop.Guard.Unverify(new("battery"));
        story.Run(Duration.FromMinutes(2));
        return story;
    }

    private static bool HasNoLimit(Story story, Power power) =>
        story.Loop.Tests.Preconditions(new("battery"), WriteTestPlan.Direction(power, WriteTestPlan.Long)).Single(p => p.Code == "no-limit").IsMet;
}

using CoMaKo.Quantities;

namespace CoMaKo.Contracts.Tests.Quantities;

public sealed class ModelTimeProviderTests
{
    private static readonly DateTimeOffset Start = new(2026, 6, 1, 10, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Origin = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void GetUtcNow_SystemAdvances_RunsFactorTimesAsFast()
    {
        var system = new SteppedClock(Origin);
        var model = new ModelTimeProvider(Start, 60, Origin, system);
        system.Step(TimeSpan.FromSeconds(15));
        Assert.Equal(Start.AddMinutes(15), model.GetUtcNow());
        Assert.Equal(TimeSpan.FromMinutes(15), model.GetElapsedTime(0, model.GetTimestamp()));
    }

    [Fact]
    public void GetUtcNow_LaterProcess_SharesTheTime()
    {
        var system = new SteppedClock(Origin.AddSeconds(100));
        Assert.Equal(Start.AddSeconds(6000), new ModelTimeProvider(Start, 60, Origin, system).GetUtcNow());
    }

    [Fact]
    public void Parse_OwnText_IsTheSameClock()
    {
        var model = new ModelTimeProvider(Start, 2.5, Origin);
        var parsed = ModelTimeProvider.Parse(model.ToString()).GetValueOrThrow();
        Assert.Equal((Start, 2.5, Origin), (parsed.Start, parsed.Factor, parsed.Origin));
    }

    [Theory]
    [InlineData("")]
    [InlineData("2026-06-01T10:00:00Z/60")]
    [InlineData("2026-06-01T10:00:00Z/0/2026-11-20T12:00:00Z")]
    [InlineData("2026-06-01T10:00:00Z/1e9/2026-11-20T12:00:00Z")]
    [InlineData("2026-06-01T10:00:00Z/NaN/2026-11-20T12:00:00Z")]
    public void Parse_WrongText_IsAnError(string text) => Assert.Equal("CME-1005", ModelTimeProvider.Parse(text).Error!.Code);

    [Fact]
    public async Task Delay_ModelMinute_TakesASystemSecond()
    {
        var model = new ModelTimeProvider(Start, 600, TimeProvider.System.GetUtcNow());
        long before = TimeProvider.System.GetTimestamp();
        await Task.Delay(TimeSpan.FromMinutes(2), model);
        var took = TimeProvider.System.GetElapsedTime(before);
        Assert.InRange(took.TotalSeconds, 0.15, 10);
    }

    private sealed class SteppedClock(DateTimeOffset now) : TimeProvider
    {
        private TimeSpan elapsed;

        public void Step(TimeSpan by) => elapsed += by;

        public override DateTimeOffset GetUtcNow() => now + elapsed;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => elapsed.Ticks;
    }
}

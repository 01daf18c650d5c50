using System.Threading.Channels;
using CoMaKo.Edge.Hosting;
using CoMaKo.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace CoMaKo.Edge.Tests.Hosting;

/// <summary>Work beside metering and control begins again after any failure and never ends the gateway.</summary>
public sealed class SideWorkTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider clock = new();

    [Fact]
    public async Task Work_ThatFailsInAnyWay_BeginsAgainAMinuteLater()
    {
        using var work = new Faulty(clock, new InvalidCastException(), new OperationCanceledException("not by the service"), new TimeoutException());
        await work.StartAsync(CancellationToken.None);
        for (int begun = 1; begun <= 4; begun++)
        {
            Assert.Equal(begun, await work.Begun.Reader.ReadAsync().AsTask().WaitAsync(Patience));
            if (begun < 4) await PassPauseAsync();
        }

        Assert.Equal(clock.GetUtcNow(), new FakeTimeProvider().GetUtcNow() + TimeSpan.FromMinutes(3));
        await work.StopAsync(CancellationToken.None);
        Assert.True(work.ExecuteTask!.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Stop_WhileItWaitsToBeginAgain_EndsAtOnce()
    {
        using var work = new Faulty(clock, new InvalidCastException());
        await work.StartAsync(CancellationToken.None);
        await work.Begun.Reader.ReadAsync().AsTask().WaitAsync(Patience);
        await work.StopAsync(CancellationToken.None).WaitAsync(Patience);

        Assert.True(work.ExecuteTask!.IsCompletedSuccessfully);
    }

    [Theory]
    [InlineData(typeof(UplinkWorker)), InlineData(typeof(PlanWorker)), InlineData(typeof(ReviewWorker)), InlineData(typeof(MqttPublisher)), InlineData(typeof(EnclosureWatch)), InlineData(typeof(StatusLightWorker))]
    public void Part_BesideMeteringAndControl_IsSideWork(Type part) => Assert.True(part.IsSubclassOf(typeof(SideWork)));

    private async Task PassPauseAsync()
    {
        long began = TimeProvider.System.GetTimestamp();
        while (!clock.AdvanceToNextTimer())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, "It does not begin again.");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }

    private sealed class Faulty(FakeTimeProvider clock, params Exception[] failures) : SideWork(NullLogger.Instance, clock)
    {
        private int begun;

        public Channel<int> Begun { get; } = Channel.CreateUnbounded<int>();

        protected override async Task RunAsync(CancellationToken stop)
        {
            Begun.Writer.TryWrite(++begun);
            if (begun <= failures.Length) throw failures[begun - 1];
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
        }
    }
}

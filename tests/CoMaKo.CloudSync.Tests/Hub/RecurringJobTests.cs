using System.Threading.Channels;
using CoMaKo.Hub;
using CoMaKo.Hub.Events;
using CoMaKo.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CoMaKo.CloudSync.Tests.Hub;

/// <summary>What the hub does by itself: it comes again after any failure, and never ends the process.</summary>
public sealed class RecurringJobTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider clock = new();

    [Fact]
    public async Task Round_ThatFailsInAnyWay_IsToldAndComesAgain()
    {
        using var job = new Rounds(clock);
        foreach (var failure in (Exception[])[new InvalidCastException("first"), new OperationCanceledException("not by the hub"), new TimeoutException("third")])
        {
            job.Next = failure;
            if (job.ExecuteTask is null) await job.StartAsync(CancellationToken.None);
            else clock.Advance(Rounds.Interval);
            await job.BegunAsync();
            Assert.Equal((LogLevel.Error, "CMT-1. Nothing was done", failure), await job.ToldAsync());
        }

        Assert.False(job.ExecuteTask!.IsCompleted);
    }

    [Fact]
    public async Task Call_WakesARoundAndOneDuringItAnother()
    {
        using var job = new Rounds(clock);
        await job.StartAsync(CancellationToken.None);
        await job.BegunAsync();
        job.Call();
        await job.BegunAsync();
        clock.Advance(Rounds.Interval);
        await job.BegunAsync();
        job.Hold();
        job.Call();
        await job.BegunAsync();
        job.Call();
        job.Release();
        await job.BegunAsync();

        await job.StopAsync(CancellationToken.None);
        Assert.True(job.ExecuteTask!.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Stop_DuringARound_IsNoFailure()
    {
        using var job = new Rounds(clock);
        job.Hold();
        await job.StartAsync(CancellationToken.None);
        await job.BegunAsync();
        await job.StopAsync(CancellationToken.None);

        Assert.True(job.ExecuteTask!.IsCompletedSuccessfully);
        Assert.False(job.HasTold);
    }

    [Fact]
    public async Task Hub_HasNoOtherWorkOfItsOwn()
    {
        await using var hub = await RunningHub.StartAsync(Engine.Sqlite, broker: BrokerAddress.Parse("amqp://127.0.0.1:1/").Value);
        Assert.All(hub.Services.GetServices<IHostedService>().OfType<BackgroundService>(), job => Assert.True(job is RecurringJob or EventPublisher, $"{job.GetType()} ends the hub when it fails"));
    }

    private sealed class Rounds : RecurringJob
    {
        public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

        private readonly KeptLog log;
        private readonly Channel<bool> begun = Channel.CreateUnbounded<bool>();
        private TaskCompletionSource call = new();
        private TaskCompletionSource? held;

        public Rounds(FakeTimeProvider clock)
            : this(clock, new KeptLog())
        {
        }

        private Rounds(FakeTimeProvider clock, KeptLog log)
            : base(Interval, clock, log) => this.log = log;

        public Exception? Next { get; set; }

        public bool HasTold => log.Entries.Reader.Count > 0;

        protected override string Failure => "CMT-1. Nothing was done";

        protected override bool BeginsAtOnce => true;

        public void Call() => Interlocked.Exchange(ref call, new()).SetResult();

        public void Hold() => held = new();

        public void Release() => held!.SetResult();

        public Task<bool> BegunAsync() => begun.Reader.ReadAsync().AsTask().WaitAsync(Patience);

        public Task<(LogLevel Level, string Text, Exception? Failure)> ToldAsync() => log.Entries.Reader.ReadAsync().AsTask().WaitAsync(Patience);

        protected override Task NextCall() => call.Task;

        protected override async Task RoundAsync(CancellationToken stop)
        {
            begun.Writer.TryWrite(true);
            if (held is not null) await held.Task.WaitAsync(stop);
            if (Next is not null) throw Next;
        }
    }

    private sealed class KeptLog : ILogger
    {
        public Channel<(LogLevel Level, string Text, Exception? Failure)> Entries { get; } = Channel.CreateUnbounded<(LogLevel, string, Exception?)>();

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Entries.Writer.TryWrite((logLevel, formatter(state, exception), exception));
    }
}

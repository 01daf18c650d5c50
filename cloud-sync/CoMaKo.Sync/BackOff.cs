using CoMaKo.Contracts.Wire;
using Polly;
using Polly.Retry;

namespace CoMaKo.Sync;

/// <summary>
/// Repeats a session for ever. Pauses are drawn evenly from zero to a bound that doubles with each failure in a row (full jitter), so that
/// a thousand gateways that lost the same hub do not come back in step. What the hub asks to wait is waited on top.
/// </summary>
internal sealed class BackOff
{
    private readonly ResiliencePipeline pipeline;
    private readonly TimeSpan firstPause;
    private readonly TimeSpan longestPause;
    private readonly Func<double> random;
    private int failures;

    /// <param name="firstPause">Upper bound of the first pause.</param>
    /// <param name="longestPause">Upper bound of every pause.</param>
    /// <param name="random">Evenly distributed in [0, 1).</param>
    /// <param name="failed">Told each failure before the pause.</param>
    public BackOff(TimeSpan firstPause, TimeSpan longestPause, TimeProvider clock, Func<double> random, Action<Exception> failed)
    {
        (this.firstPause, this.longestPause, this.random) = (firstPause, longestPause, random);
        pipeline = new ResiliencePipelineBuilder { TimeProvider = clock }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = int.MaxValue,
                ShouldHandle = args => ValueTask.FromResult(args.Outcome.Exception is { } error && SyncProblems.IsExpected(error)),
                DelayGenerator = args => ValueTask.FromResult<TimeSpan?>(NextPause(args.Outcome.Exception)),
                OnRetry = args =>
                {
                    failed(args.Outcome.Exception!);
                    return ValueTask.CompletedTask;
                },
            })
            .Build();
    }

    /// <summary>Runs the session again and again; returns only if the session does.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task RunAsync(Func<CancellationToken, ValueTask> session, CancellationToken cancellationToken) =>
        await pipeline.ExecuteAsync(session, cancellationToken);

    /// <summary>Something went well: the next pause starts small again.</summary>
    public void Reset() => failures = 0;

    private TimeSpan NextPause(Exception? error)
    {
        var bound = firstPause * Math.Pow(2, Math.Min(failures, 20));
        if (bound > longestPause) bound = longestPause;
        failures++;
        var asked = (error as GrpcStatusException)?.RetryAfter ?? TimeSpan.Zero;
        return asked + (bound * random());
    }
}

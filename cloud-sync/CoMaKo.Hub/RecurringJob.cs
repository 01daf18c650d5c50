namespace CoMaKo.Hub;

/// <summary>
/// What a running hub does by itself, again and again: whenever it is called for, and once in an interval because a call may be lost. A round that fails, for
/// whatever reason, is told in the log and comes again with the next call or interval; it never ends the hub, which has other work to do.
/// </summary>
internal abstract class RecurringJob(TimeSpan interval, TimeProvider clock, ILogger log) : BackgroundService
{
    private static readonly Task Never = new TaskCompletionSource().Task;

    protected TimeProvider Clock => clock;

    protected ILogger Log => log;

    /// <summary>What the log says of a failed round: the code, what did not happen, and when it is tried again.</summary>
    protected abstract string Failure { get; }

    /// <summary>Whether the first round comes with the start, not an interval later.</summary>
    protected virtual bool BeginsAtOnce => false;

    /// <summary>Completes when a round is called for. It is asked before each round, so that nothing is missed in between.</summary>
    protected virtual Task NextCall() => Never;

    protected abstract Task RoundAsync(CancellationToken stop);

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(interval, clock);
        var tick = timer.WaitForNextTickAsync(stoppingToken).AsTask();
        var call = BeginsAtOnce ? Task.CompletedTask : NextCall();
        while (true)
        {
            await Task.WhenAny(tick, call);
            if (stoppingToken.IsCancellationRequested) return;
            if (tick.IsCompleted) tick = timer.WaitForNextTickAsync(stoppingToken).AsTask();
            call = NextCall();
            await TryRoundAsync(stoppingToken);
        }
    }

    private async Task TryRoundAsync(CancellationToken stop)
    {
        try
        {
            await RoundAsync(stop);
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            // The hub stops; what is left comes with its next start.
        }
        catch (Exception failure)
        {
            log.LogError(failure, "{Failure}", Failure);
        }
    }
}

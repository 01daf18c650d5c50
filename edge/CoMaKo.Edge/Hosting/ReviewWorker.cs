using CoMaKo.Edge.Storage;
using NodaTime;

namespace CoMaKo.Edge.Hosting;

/// <summary>Lets the days be looked back at, on a thread of its own: control never waits for it. Begins when control has run for a moment with a clock that can be believed.</summary>
internal sealed partial class ReviewWorker(DailyReview review, PlanKeeper plans, ControlLoop loop, ILogger<ReviewWorker> log) : SideWork(log)
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(30), Retry = TimeSpan.FromMinutes(10);

    protected override async Task RunAsync(CancellationToken stop)
    {
        Hand();
        // The system's time: a day of a demonstration that runs faster comes sooner, and is found at the next look.
        for (var pause = Pace; ;)
        {
            await Task.Delay(pause, TimeProvider.System, stop);
            if (loop.Dispatcher.Current?.Limits.Image is { ClockIsTrusted: true } image) pause = await Task.Run(() => Look(image.At, stop), stop) ? Pace : Retry;
        }
    }

    /// <returns>False if the store refuses.</returns>
    private bool Look(Instant now, CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested && review.LookBack(now)) Hand();
            return true;
        }
        catch (StoreException e)
        {
            Refused(e.Message);
            return false;
        }
    }

    /// <summary>What was learned goes on to the plans.</summary>
    private void Hand() => (plans.Wishes.Driver, plans.Widths) = (review.Driver, review.Widths);

    [LoggerMessage(1, LogLevel.Warning, "CME-1609 A day cannot be looked back at: {Reason} It is tried again.")]
    private partial void Refused(string reason);
}

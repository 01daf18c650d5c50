using System.Data.Common;

namespace CoMaKo.Hub.Storage;

/// <summary>
/// What a request does last, kept open until its answer is known, so that a database has both or neither. The transaction that does it
/// (<see cref="HubTransaction.NoteDone"/>) gives its result to the caller at once and is committed by <see cref="EndAsync"/>; until then the caller's readers see what
/// it did. A further transaction of the same flow ends the one before without an answer.
/// </summary>
/// <param name="unanswered">Statements for an effect that is committed before its answer is known.</param>
public sealed class HeldEffect(Action<HubTransaction> unanswered)
{
    /// <summary>Nobody else waits for longer than this, whatever the caller does. Below a server's limit for idle transactions.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private Open? held;
    private bool isOver;

    /// <summary>Commits the effect with its answer.</summary>
    /// <param name="answer">Statements that keep the answer.</param>
    /// <returns>Whether they were committed with an effect; if not, nothing was done, or it was done before.</returns>
    /// <exception cref="HubDatabaseException">The commit failed: see its fault.</exception>
    public async Task<bool> EndAsync(Action<HubTransaction> answer)
    {
        isOver = true;
        if (Interlocked.Exchange(ref held, null) is not { } open) return false;
        bool isInTime = open.End.TrySetResult(answer);
        await open.Commit;
        return isInTime;
    }

    /// <summary>Takes the effect back; what was committed before stays.</summary>
    public async Task TakeBackAsync()
    {
        isOver = true;
        if (Interlocked.Exchange(ref held, null) is not { } open) return;
        var reason = new OperationCanceledException("The request failed after what it did; that is taken back.");
        if (!open.End.TrySetException(reason)) return;
        try
        {
            await open.Commit;
        }
        catch (OperationCanceledException taken) when (taken == reason)
        {
            // As asked for.
        }
    }

    /// <summary>A reading connection on the open transaction; absent if none is open.</summary>
    internal DbConnection? Reader() => held is { } open ? new JoinedConnection(open.Transaction.Connection, () => held == open) : null;

    /// <summary>Writes along with the open transaction.</summary>
    /// <returns>Whether there is one.</returns>
    internal async ValueTask<bool> JoinAsync(Func<HubTransaction, ValueTask> work)
    {
        if (held is not { } open) return false;
        await work(open.Transaction);
        await open.Transaction.SendAsync();
        return true;
    }

    /// <summary>Runs a piece of writing and holds it if it is what the request is made for.</summary>
    /// <param name="run">Runs it in a transaction, perhaps several times.</param>
    internal async Task<T> RunAsync<T>(Func<Func<HubTransaction, ValueTask<T>>, Task<T>> run, Func<HubTransaction, ValueTask<T>> work)
    {
        await LetGoAsync();
        var early = new TaskCompletionSource<(T Result, Open Open)>(TaskCreationOptions.RunContinuationsAsynchronously);
        Exception? late = null;
        var commit = run(async tx =>
        {
            // A server lets it run again, but its caller has gone on with what came of the first time.
            if (early.Task.IsCompleted) throw late ?? new InvalidOperationException("CMH-2018. A transaction that its caller has gone on from failed.");
            var result = await work(tx);
            if (!tx.IsDone || isOver) return result;
            await tx.SendAsync();
            var open = new Open(tx);
            early.SetResult((result, open));
            try
            {
                (await open.EndedAsync(Patience) ?? unanswered)(tx);
                await tx.SendAsync();
            }
            catch (Exception failure)
            {
                late = failure;
                throw;
            }

            return result;
        });
        if (await Task.WhenAny(early.Task, commit) == commit) return await commit;
        var (value, mine) = await early.Task;
        mine.Commit = commit;
        held = mine;
        return value;
    }

    /// <summary>Commits what is open without an answer.</summary>
    private async Task LetGoAsync()
    {
        if (Interlocked.Exchange(ref held, null) is not { } open) return;
        open.End.TrySetResult(null);
        await open.Commit;
    }

    /// <summary>A transaction that waits for its answer.</summary>
    private sealed class Open(HubTransaction transaction)
    {
        public HubTransaction Transaction => transaction;

        public TaskCompletionSource<Action<HubTransaction>?> End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Commit { get; set; } = Task.CompletedTask;

        /// <summary>Absent if there is no answer to keep, or it did not come in time.</summary>
        public async Task<Action<HubTransaction>?> EndedAsync(TimeSpan patience)
        {
            using var inTime = new CancellationTokenSource();
            if (await Task.WhenAny(End.Task, Task.Delay(patience, TimeProvider.System, inTime.Token)) != End.Task) End.TrySetResult(null);
            await inTime.CancelAsync();
            return await End.Task;
        }
    }
}

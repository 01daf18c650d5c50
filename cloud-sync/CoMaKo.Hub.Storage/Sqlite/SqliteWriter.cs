using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Microsoft.Data.Sqlite;

namespace CoMaKo.Hub.Storage;

/// <summary>
/// The single writer with group commit: whoever gets its turn carries out everything that waits, in one transaction with one disk sync,
/// each piece inside its own savepoint. No thread of its own, so that a simulated clock and scheduler see plain calls.
/// </summary>
internal sealed class SqliteWriter(SqliteConnection connection, HubSignals signals) : IDisposable
{
    /// <summary>Most pieces of one commit; bounds what a slow disk makes others wait for.</summary>
    private const int MaxPieces = 64;

    /// <summary>How long closing waits for a transaction that runs; one that takes longer loses its connection and is rolled back.</summary>
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(10);

    private readonly ConcurrentQueue<Piece> waiting = new();
    private readonly SemaphoreSlim turn = new(1, 1);
    private readonly SqliteTransaction transaction = new(connection);
    private bool isClosed;

    public async Task<T> RunAsync<T>(Func<HubTransaction, ValueTask<T>> work)
    {
        var piece = new Piece<T>(work);
        waiting.Enqueue(piece);
        await turn.WaitAsync();
        try
        {
            while (!piece.IsDone)
            {
                ObjectDisposedException.ThrowIf(isClosed, this);
                await CommitWaitingAsync();
            }
        }
        finally
        {
            turn.Release();
        }

        return piece.Result;
    }

    /// <summary>Closes the connection after the transaction that runs; whoever waits for a turn after it gets an <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        bool isMyTurn = turn.Wait(LongestEnd);
        isClosed = true;
        transaction.Dispose();
        connection.Dispose();
        if (isMyTurn) turn.Release();
    }

    private async ValueTask CommitWaitingAsync()
    {
        var pieces = new List<Piece>(MaxPieces);
        while (pieces.Count < MaxPieces && waiting.TryDequeue(out var next)) pieces.Add(next);
        try
        {
            Execute("BEGIN IMMEDIATE");
            foreach (var piece in pieces) await RunInSavepointAsync(piece);
            Execute("COMMIT");
            foreach (string topic in transaction.Topics) signals.Raise(topic);
        }
        catch (Exception failure)
        {
            if (transaction.IsOpen) Execute("ROLLBACK");
            foreach (var piece in pieces) piece.Fail(failure);
        }

        transaction.Topics.Clear();
        foreach (var piece in pieces) piece.IsDone = true;
    }

    private async ValueTask RunInSavepointAsync(Piece piece)
    {
        Execute("SAVEPOINT piece");
        int topics = transaction.Topics.Count;
        try
        {
            await piece.RunAsync(transaction);
        }
        catch (Exception failure) when (transaction.IsOpen)
        {
            piece.Fail(failure);
            Execute("ROLLBACK TO piece");
            transaction.Topics.RemoveRange(topics, transaction.Topics.Count - topics);
        }

        Execute("RELEASE piece");
    }

    private void Execute(string sql) => transaction.Prepare(sql).Run();

    private abstract class Piece
    {
        private ExceptionDispatchInfo? failure;

        public bool IsDone { get; set; }

        public abstract ValueTask RunAsync(HubTransaction transaction);

        public void Fail(Exception exception) => failure ??= ExceptionDispatchInfo.Capture(exception is SqliteException cause ? SqliteFaults.Of(cause) : exception);

        protected void ThrowIfFailed() => failure?.Throw();
    }

    private sealed class Piece<T>(Func<HubTransaction, ValueTask<T>> work) : Piece
    {
        private T? result;

        public T Result
        {
            get
            {
                ThrowIfFailed();
                return result!;
            }
        }

        public override async ValueTask RunAsync(HubTransaction transaction) => result = await work(transaction);
    }
}

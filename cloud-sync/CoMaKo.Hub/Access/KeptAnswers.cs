using CoMaKo.Hub.Storage;

namespace CoMaKo.Hub.Access;

/// <summary>An answer as it was given.</summary>
internal sealed record KeptAnswer(int Status, string? ContentType, string? Location, byte[] Body);

/// <summary>What became of a request with an idempotency key.</summary>
internal enum RepeatState
{
    /// <summary>It is the first: do it.</summary>
    First,

    /// <summary>It was done: here is its answer.</summary>
    Done,

    /// <summary>It is being done.</summary>
    Running,

    /// <summary>The name belongs to another request.</summary>
    Other,
}

/// <summary>Answers kept for a day under the caller's key and the name that it gave the request.</summary>
internal sealed class KeptAnswers(HubDatabase database, TimeProvider clock)
{
    private const long DayMicroseconds = 86_400_000_000;

    /// <summary>A request takes at most so long; after that its process is gone, and if nothing says that it was done, it was not.</summary>
    private const long LongestMicroseconds = 300_000_000;

    /// <summary>From the end of what it does to its answer a request takes at most so long; after that its process is gone and the answer with it.</summary>
    private const long LongestAnswerMicroseconds = 10_000_000;

    private static readonly KeptAnswer Lost = new(200, "application/json", null,
        """{"code":"CMH-1514","detail":"This request was done; its answer was lost when the hub stopped. Read the thing to see its state."}"""u8.ToArray());

    /// <summary>Claims a name for a request.</summary>
    /// <param name="sha256">Of method, address and body.</param>
    public Task<(RepeatState State, KeptAnswer? Answer)> BeginAsync(string keyId, string name, byte[] sha256) => database.WriteAsync<(RepeatState, KeptAnswer?)>(async tx =>
    {
        long now = clock.UnixMicroseconds();
        tx.Prepare("DELETE FROM web_idempotency WHERE begun_us <= $1 OR (status IS NULL AND done_us IS NULL AND begun_us <= $2)").Bind(now - DayMicroseconds).Bind(now - LongestMicroseconds).Later();
        if (await tx.Prepare("INSERT INTO web_idempotency (key_id, name, request_sha256, begun_us) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING").Bind(keyId).Bind(name).Bind(sha256).Bind(now).RunAsync() == 1)
            return (RepeatState.First, null);
        var (isSame, answer) = (await tx.Prepare("SELECT request_sha256, status, content_type, location, body, done_us FROM web_idempotency WHERE key_id = $1 AND name = $2").Bind(keyId).Bind(name)
            .ListAsync(row => (row.Blob(0).AsSpan().SequenceEqual(sha256), AnswerOf(row, now))))[0];
        return (!isSame ? RepeatState.Other : answer is null ? RepeatState.Running : RepeatState.Done, isSame ? answer : null);
    });

    /// <summary>Forgets a request that failed by the hub's fault: it may be sent again, unless it was done before it failed.</summary>
    public Task ForgetAsync(string keyId, string name) => database.WriteAsync(async tx =>
    {
        await tx.Prepare("DELETE FROM web_idempotency WHERE key_id = $1 AND name = $2 AND status IS NULL AND done_us IS NULL").Bind(keyId).Bind(name).RunAsync();
    });

    /// <summary>Keeps an answer of a request that did nothing, or did it before.</summary>
    public Task KeepAsync(string keyId, string name, KeptAnswer answer) => database.WriteAsync(tx =>
    {
        Keep(tx, keyId, name, answer);
        return ValueTask.CompletedTask;
    });

    /// <summary>Keeps an answer in the transaction that did what it tells of.</summary>
    public static void Keep(HubTransaction tx, string keyId, string name, KeptAnswer answer) =>
        tx.Prepare("UPDATE web_idempotency SET status = $1, content_type = $2, location = $3, body = $4 WHERE key_id = $5 AND name = $6")
            .Bind(answer.Status).Bind(answer.ContentType).Bind(answer.Location).Bind(answer.Body).Bind(keyId).Bind(name).Later();

    /// <summary>Notes that the request did something before its answer is known.</summary>
    public void NoteDone(HubTransaction tx, string keyId, string name) =>
        tx.Prepare("UPDATE web_idempotency SET done_us = $1 WHERE key_id = $2 AND name = $3").Bind(clock.UnixMicroseconds()).Bind(keyId).Bind(name).Later();

    /// <returns>Absent while the request is at work.</returns>
    private static KeptAnswer? AnswerOf(IHubRow row, long now)
    {
        if (!row.IsNull(1)) return new KeptAnswer((int)row.Int64(1), TextOf(row, 2), TextOf(row, 3), row.Blob(4));
        return !row.IsNull(5) && row.Int64(5) <= now - LongestAnswerMicroseconds ? Lost : null;
    }

    private static string? TextOf(IHubRow row, int column) => row.IsNull(column) ? null : row.Text(column);
}

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

    /// <summary>A request takes at most so long; after that its process is gone. What it did then is harmless to repeat by its natural key.</summary>
    private const long LongestMicroseconds = 300_000_000;

    /// <summary>Claims a name for a request.</summary>
    /// <param name="sha256">Of method, address and body.</param>
    public Task<(RepeatState State, KeptAnswer? Answer)> BeginAsync(string keyId, string name, byte[] sha256) => database.WriteAsync<(RepeatState, KeptAnswer?)>(async tx =>
    {
        long now = clock.UnixMicroseconds();
        tx.Prepare("DELETE FROM web_idempotency WHERE begun_us <= $1 OR (status IS NULL AND begun_us <= $2)").Bind(now - DayMicroseconds).Bind(now - LongestMicroseconds).Later();
        if (await tx.Prepare("INSERT INTO web_idempotency (key_id, name, request_sha256, begun_us) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING").Bind(keyId).Bind(name).Bind(sha256).Bind(now).RunAsync() == 1)
            return (RepeatState.First, null);
        var (isSame, answer) = (await tx.Prepare("SELECT request_sha256, status, content_type, location, body FROM web_idempotency WHERE key_id = $1 AND name = $2").Bind(keyId).Bind(name)
            .ListAsync(row => (row.Blob(0).AsSpan().SequenceEqual(sha256), row.IsNull(1) ? null : new KeptAnswer((int)row.Int64(1), TextOf(row, 2), TextOf(row, 3), row.Blob(4)))))[0];
        return (!isSame ? RepeatState.Other : answer is null ? RepeatState.Running : RepeatState.Done, isSame ? answer : null);
    });

    /// <summary>Keeps the answer; absent: the request failed by the hub's fault and may be sent again.</summary>
    public Task EndAsync(string keyId, string name, KeptAnswer? answer) => database.WriteAsync(async tx =>
    {
        if (answer is null) await tx.Prepare("DELETE FROM web_idempotency WHERE key_id = $1 AND name = $2").Bind(keyId).Bind(name).RunAsync();
        else
            await tx.Prepare("UPDATE web_idempotency SET status = $1, content_type = $2, location = $3, body = $4 WHERE key_id = $5 AND name = $6")
                .Bind(answer.Status).Bind(answer.ContentType).Bind(answer.Location).Bind(answer.Body).Bind(keyId).Bind(name).RunAsync();
    });

    private static string? TextOf(IHubRow row, int column) => row.IsNull(column) ? null : row.Text(column);
}

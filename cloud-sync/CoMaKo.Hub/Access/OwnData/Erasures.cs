using System.Text.Json;
using CoMaKo.Hub.Storage;
using Dapper;
using NodaTime;

namespace CoMaKo.Hub.Access.OwnData;

/// <summary>What became of one part of a participant's data.</summary>
/// <param name="Part"><c>account</c>, <c>contact</c>, <c>curves</c>, <c>records</c> or <c>statements</c>; texts are named after it.</param>
/// <param name="IsGone">Nothing of it is left.</param>
/// <param name="Until">The day until which the rest is kept; absent if none can be named yet.</param>
public sealed record ErasureNote(string Part, bool IsGone, string? Until = null);

/// <summary>A request for erasure.</summary>
/// <param name="IsDone">Everything that may go has gone.</param>
public sealed record ErasureState(Instant RequestedAt, bool IsDone, IReadOnlyList<ErasureNote> Notes);

/// <summary>A context's share of an erasure. It may come any number of times: what is due by then goes.</summary>
internal interface IErasure
{
    ValueTask<IReadOnlyList<ErasureNote>> EraseAsync(HubTransaction tx, string participant, LocalDate today);
}

/// <summary>Carries out requests for erasure: at once what may go, and later what a settlement, a dispute or a term still needs. Code CMH-1771: no such participant.</summary>
internal sealed class Erasures(HubDatabase database, IEnumerable<IErasure> contexts, TimeProvider clock)
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    /// <summary>Takes a request; one that is there already is carried on.</summary>
    public async Task<ErasureState> RequestAsync(string participant, Caller caller)
    {
        await database.WriteAsync(async tx =>
        {
            long now = clock.UnixMicroseconds();
            if (await tx.Prepare("INSERT INTO web_erasure (participant, requested_us, requested_by, notes) VALUES ($1, $2, $3, '[]') ON CONFLICT (participant) DO NOTHING").Bind(participant).Bind(now).Bind(caller.Name).RunAsync() == 1)
                await Audit.AppendAsync(tx, now, caller.Name, "erasure.request", participant, "");
        });
        return await CarryOnAsync(participant);
    }

    /// <summary>The state of a participant's request; absent if there is none.</summary>
    public async Task<ErasureState?> FindAsync(string participant)
    {
        await using var reader = await database.OpenReaderAsync();
        return (await reader.QueryAsync<(long RequestedUs, long? DoneUs, string Notes)>("SELECT requested_us, done_us, notes FROM web_erasure WHERE participant = @participant", new { participant })).AsList() is [var row]
            ? new ErasureState(Instant.FromUnixTimeTicks(row.RequestedUs * 10), row.DoneUs is not null, JsonSerializer.Deserialize<List<ErasureNote>>(row.Notes)!)
            : null;
    }

    /// <summary>Carries on all requests that are not done.</summary>
    public async Task CarryOnAllAsync(CancellationToken stop)
    {
        List<string> open;
        await using (var reader = await database.OpenReaderAsync()) open = (await reader.QueryAsync<string>("SELECT participant FROM web_erasure WHERE done_us IS NULL ORDER BY participant")).AsList();
        foreach (string participant in open)
        {
            stop.ThrowIfCancellationRequested();
            await CarryOnAsync(participant);
        }
    }

    private async Task<ErasureState> CarryOnAsync(string participant)
    {
        await database.WriteAsync(async tx =>
        {
            await tx.AllowAsync(Longest);
            long now = clock.UnixMicroseconds();
            var today = Instant.FromUnixTimeTicks(now * 10).InZone(CoMaKo.Settlement.Curves.MarketDay.Zone).Date;
            var notes = new List<ErasureNote>();
            foreach (var context in contexts) notes.AddRange(await context.EraseAsync(tx, participant, today));
            bool isDone = notes.TrueForAll(note => note.IsGone);
            await tx.Prepare("UPDATE web_erasure SET notes = $1, done_us = $2 WHERE participant = $3").Bind(JsonSerializer.Serialize(notes)).Bind(isDone ? now : (long?)null).Bind(participant).RunAsync();
        });
        return (await FindAsync(participant))!;
    }
}

/// <summary>Carries requests for erasure on, day by day. All replicas may do it: what is gone is gone.</summary>
internal sealed class ErasureJob(Erasures erasures, TimeProvider clock, ILogger<ErasureJob> log) : RecurringJob(TimeSpan.FromHours(12), clock, log)
{
    protected override string Failure => "CMH-1772. Erasures could not be carried on; the next round tries again";

    protected override Task RoundAsync(CancellationToken stop) => erasures.CarryOnAllAsync(stop);
}

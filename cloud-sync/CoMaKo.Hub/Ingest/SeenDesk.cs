using CoMaKo.Hub.Access;
using CoMaKo.Hub.Storage;

namespace CoMaKo.Hub.Ingest;

/// <summary>Takes notes and parked records off the work list once a person has looked at them; they stay readable.</summary>
internal sealed class SeenDesk(HubDatabase database, TimeProvider clock)
{
    /// <summary>Notes up to one.</summary>
    /// <returns>How many were not seen before.</returns>
    public Task<int> NotesAsync(long upTo, string reason, Caller caller) => SeeAsync("UPDATE ing_note SET seen_us = $1 WHERE note_id <= $2 AND seen_us IS NULL", "note.see", upTo, reason, caller);

    /// <summary>Parked records up to one.</summary>
    /// <returns>How many were not seen before.</returns>
    public Task<int> RecordsAsync(long upTo, string reason, Caller caller) => SeeAsync("UPDATE ing_parked SET seen_us = $1 WHERE parked_id <= $2 AND seen_us IS NULL", "parked.see", upTo, reason, caller);

    private Task<int> SeeAsync(string statement, string action, long upTo, string reason, Caller caller) => database.WriteAsync(async tx =>
    {
        int seen = await tx.Prepare(statement).Bind(clock.UnixMicroseconds()).Bind(upTo).RunAsync();
        if (seen > 0) await Audit.AppendAsync(tx, clock.UnixMicroseconds(), caller.Name, action, FormattableString.Invariant($"up to {upTo}"), reason);
        return seen;
    });
}

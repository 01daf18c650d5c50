using System.Data.Common;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Runs;
using Dapper;

namespace CoMaKo.Hub.Market;

/// <summary>A tax profile of a participant or of the cooperative.</summary>
/// <param name="From">0: from ever.</param>
/// <param name="RateBasisPoints">1900 is 19 %; 0 for who never shows a tax.</param>
internal sealed record TaxVersion(int From, TaxTreatment Treatment, long RateBasisPoints);

/// <summary>Tax profiles in time. A settlement of days that a change touches is done anew, as a delta where it is published.</summary>
internal static class TaxStore
{
    /// <summary>Signals that the cooperative's own changed: documents may have waited for them.</summary>
    public const string OwnTopic = "invoices";

    /// <summary>By participant, then by day.</summary>
    public static async Task<IReadOnlyList<(string Participant, TaxVersion Version)>> AllAsync(DbConnection reader) =>
        [.. (await reader.QueryAsync<(string Name, long From, long Treatment, long Rate)>(
            "SELECT a.name, t.from_day, t.treatment, t.rate_basis_points FROM mkt_tax_version t JOIN mkt_participant a ON a.participant_id = t.participant_id ORDER BY a.name, t.from_day"))
            .Select(row => (row.Name, new TaxVersion((int)row.From, (TaxTreatment)row.Treatment, row.Rate)))];

    /// <summary>Of one participant, by day; absent if there is no such participant.</summary>
    public static async Task<IReadOnlyList<TaxVersion>?> OfAsync(DbConnection reader, string participant)
    {
        if (await reader.ExecuteScalarAsync<long?>("SELECT participant_id FROM mkt_participant WHERE name = @participant", new { participant }) is not { } participantId) return null;
        return [.. (await reader.QueryAsync<(long From, long Treatment, long Rate)>("SELECT from_day, treatment, rate_basis_points FROM mkt_tax_version WHERE participant_id = @participantId ORDER BY from_day", new { participantId }))
            .Select(row => new TaxVersion((int)row.From, (TaxTreatment)row.Treatment, row.Rate))];
    }

    /// <summary>The cooperative's own, by day; nothing until they are entered.</summary>
    public static async Task<IReadOnlyList<TaxVersion>> OfCooperativeAsync(DbConnection reader) =>
        [.. (await reader.QueryAsync<(long From, long Treatment, long Rate)>("SELECT from_day, treatment, rate_basis_points FROM mkt_own_tax_version ORDER BY from_day")).Select(row => new TaxVersion((int)row.From, (TaxTreatment)row.Treatment, row.Rate))];

    /// <inheritdoc cref="OfCooperativeAsync(DbConnection)"/>
    public static async ValueTask<IReadOnlyList<TaxVersion>> OfCooperativeAsync(HubTransaction tx) =>
        await tx.Prepare("SELECT from_day, treatment, rate_basis_points FROM mkt_own_tax_version ORDER BY from_day").ListAsync(row => new TaxVersion((int)row.Int64(0), (TaxTreatment)row.Int64(1), row.Int64(2)));

    /// <summary>Replaces all of the cooperative's own.</summary>
    public static async ValueTask PutCooperativeAsync(HubTransaction tx, IReadOnlyList<TaxVersion> versions, Caller caller, long nowUs)
    {
        ArgumentNullException.ThrowIfNull(tx);
        if ((await OfCooperativeAsync(tx)).SequenceEqual(versions)) return;
        tx.Prepare("DELETE FROM mkt_own_tax_version").Later();
        foreach (var version in versions)
            tx.Prepare("INSERT INTO mkt_own_tax_version (from_day, treatment, rate_basis_points) VALUES ($1, $2, $3)").Bind(version.From).Bind((long)version.Treatment).Bind(version.RateBasisPoints).Later();
        await Audit.AppendAsync(tx, nowUs, caller.Name, "cooperative.tax_profiles", "cooperative", AuditText.Of(versions.Select(TaxProfileDocument.Of)));
        tx.Signal(OwnTopic);
    }

    /// <summary>Replaces all profiles of a participant.</summary>
    /// <returns>False: there is no such participant.</returns>
    public static async ValueTask<bool> PutAsync(HubTransaction tx, string participant, IReadOnlyList<TaxVersion> versions, Caller caller, long nowUs)
    {
        if (await tx.Prepare($"SELECT participant_id FROM mkt_participant WHERE name = $1 {(tx.Engine == HubEngine.Postgres ? "FOR UPDATE" : "")}").Bind(participant).NumberAsync() is not { } participantId) return false;
        var there = await tx.Prepare("SELECT from_day, treatment, rate_basis_points FROM mkt_tax_version WHERE participant_id = $1 ORDER BY from_day").Bind(participantId)
            .ListAsync(row => new TaxVersion((int)row.Int64(0), (TaxTreatment)row.Int64(1), row.Int64(2)));
        if (there.SequenceEqual(versions)) return true;
        tx.Prepare("DELETE FROM mkt_tax_version WHERE participant_id = $1").Bind(participantId).Later();
        foreach (var version in versions) Write(tx, participantId, version);
        await Audit.AppendAsync(tx, nowUs, caller.Name, "participant.tax_profiles", participant, AuditText.Of(versions.Select(TaxProfileDocument.Of)));
        return true;
    }

    /// <summary>Puts one profile in the place of the one from its day.</summary>
    public static void Write(HubTransaction tx, long participantId, TaxVersion version) => tx.Prepare("""
        INSERT INTO mkt_tax_version (participant_id, from_day, treatment, rate_basis_points) VALUES ($1, $2, $3, $4)
        ON CONFLICT (participant_id, from_day) DO UPDATE SET treatment = excluded.treatment, rate_basis_points = excluded.rate_basis_points
        """).Bind(participantId).Bind(version.From).Bind((long)version.Treatment).Bind(version.RateBasisPoints).Later();
}

using System.Data.Common;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Api.Csv;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Market.Files;

/// <summary>A tax profile with whose it is.</summary>
internal sealed record ParticipantTax(string Participant, TaxVersion Version);

/// <summary>Tax profiles of participants in time.</summary>
internal sealed class TaxFile(HubDatabase database, TimeProvider clock) : MasterFile<ParticipantTax>(database, clock)
{
    public override string Name => "tax_profiles";

    public override string Summary => "Tax profiles of participants, from which day on (empty: ever)";

    public override IReadOnlyList<CsvColumn> Columns { get; } = [new("participant", IsRequired: true), new("from"), new("treatment", IsRequired: true), new("rate_percent", CsvKind.Number)];

    public override async Task<IReadOnlyList<string?[]>> RowsAsync(DbConnection reader, string? participant = null) =>
        [.. (await TaxStore.AllAsync(reader)).Select(row => (row.Participant, Profile: TaxProfileDocument.Of(row.Version)))
            .Select(row => new[] { row.Participant, row.Profile.From, WordOf(row.Profile.Treatment), row.Profile.RatePercent?.ToString() })];

    protected override ParticipantTax Read(JsonForm form, FormFindings findings)
    {
        var read = new ParticipantTax(form.Text("participant", isRequired: true) ?? "", TaxProfileDocument.Read(form));
        form.Close();
        return read;
    }

    protected override object KeyOf(ParticipantTax row) => (row.Participant, row.Version.From);

    protected override async ValueTask StoreAsync(HubTransaction tx, IReadOnlyList<FileRow<ParticipantTax>> rows, ImportWork work)
    {
        var participants = (await tx.Prepare("SELECT name, participant_id FROM mkt_participant").ListAsync(row => (Name: row.Text(0), Id: row.Int64(1)))).ToDictionary(row => row.Name, row => row.Id, StringComparer.Ordinal);
        var stored = (await tx.Prepare("SELECT participant_id, from_day, treatment, rate_basis_points FROM mkt_tax_version").ListAsync(row => (Id: row.Int64(0), Version: new TaxVersion((int)row.Int64(1), (TaxTreatment)row.Int64(2), row.Int64(3)))))
            .ToDictionary(row => (row.Id, row.Version.From), row => row.Version);
        foreach (var (row, item) in rows)
        {
            if (!participants.TryGetValue(item.Participant, out long id))
            {
                work.Findings.Add(row, "participant", "CMH-1657", $"There is no participant '{item.Participant}'. Take it in first.");
                continue;
            }

            if (!work.Count(stored.GetValueOrDefault((id, item.Version.From)), item.Version)) continue;
            TaxStore.Write(tx, id, item.Version);
            await work.AuditAsync(tx, "participant.tax_profiles", item.Participant, TaxProfileDocument.Of(item.Version));
        }
    }
}

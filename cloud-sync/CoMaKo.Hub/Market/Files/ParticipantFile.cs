using System.Data.Common;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Api.Csv;

namespace CoMaKo.Hub.Market.Files;

/// <summary>Participants. A PIN for the voicebot neither goes out nor comes in: who has one keeps it.</summary>
internal sealed class ParticipantFile(HubDatabase database, ParticipantStore participants, TimeProvider clock) : MasterFile<ParticipantDocument>(database, clock)
{
    public override string Name => "participants";

    public override string Summary => "Participants";

    public override bool HasList => true;

    public override IReadOnlyList<CsvColumn> Columns { get; } = [new("id", IsRequired: true), new("name"), new("kind"), new("customer_number")];

    public override async Task<IReadOnlyList<string?[]>> RowsAsync(DbConnection reader, string? participant = null) =>
        [.. (await ParticipantReader.AfterAsync(reader, "", int.MaxValue)).Select(each => new[] { each.Id, each.Name, WordOf(each.Kind), each.CustomerNumber })];

    protected override ParticipantDocument Read(JsonForm form, FormFindings findings) => ParticipantForm.Read(form, form.Text("id", isRequired: true) ?? "").Document;

    protected override object KeyOf(ParticipantDocument row) => row.Id;

    protected override async ValueTask StoreAsync(HubTransaction tx, IReadOnlyList<FileRow<ParticipantDocument>> rows, ImportWork work)
    {
        foreach (var (row, document) in rows)
        {
            var own = new FormFindings();
            work.Count(row, await participants.PutAsync(tx, document, null, work.Caller, own, _ => true), own);
        }
    }
}

using System.Data.Common;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Api.Csv;

namespace CoMaKo.Hub.Market.Files;

/// <summary>Balance groups without what changes by day: members, keys and prices have files of their own.</summary>
internal sealed class GroupFile(HubDatabase database, GroupStore groups, TimeProvider clock) : MasterFile<GroupHead>(database, clock)
{
    public override string Name => "balance_groups";

    public override string Summary => "Balance groups without members, keys and prices";

    public override bool HasList => true;

    public override IReadOnlyList<CsvColumn> Columns { get; } = [new("id", IsRequired: true), new("name", IsRequired: true), new("eic"), new("allows_profiles", CsvKind.Flag)];

    public override async Task<IReadOnlyList<string?[]>> RowsAsync(DbConnection reader, string? participant = null) =>
        [.. (await GroupReader.AfterAsync(reader, "", int.MaxValue)).Select(group => new[] { group.Name, group.Title, group.Eic, group.AllowsProfiles ? "true" : "false" })];

    protected override GroupHead Read(JsonForm form, FormFindings findings)
    {
        var head = GroupHead.Read(form, form.Text("id", isRequired: true) ?? "");
        form.Close();
        return head;
    }

    protected override object KeyOf(GroupHead row) => row.Id;

    protected override async ValueTask StoreAsync(HubTransaction tx, IReadOnlyList<FileRow<GroupHead>> rows, ImportWork work)
    {
        foreach (var (row, head) in rows)
        {
            var own = new FormFindings();
            work.Count(row, await groups.PutAsync(tx, head, work.Caller, own), own);
        }
    }
}

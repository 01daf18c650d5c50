using System.Data.Common;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Api.Csv;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Market.Files;

/// <summary>An entry of a battery's account with whose it is.</summary>
internal sealed record PointBattery(string Point, BatteryEntry Entry);

/// <summary>What batteries held at the begin of days.</summary>
internal sealed class BatteryFile(HubDatabase database, TimeProvider clock) : TermsFile<PointBattery>(database, clock)
{
    public override string Name => "battery_accounts";

    public override string Summary => "What batteries held at the begin of days (empty: ever), by origin";

    public override IReadOnlyList<CsvColumn> Columns { get; } = [new("metering_point", IsRequired: true), new("from"), new("own_kwh", CsvKind.Number), new("grid_kwh", CsvKind.Number)];

    public override async Task<IReadOnlyList<string?[]>> RowsAsync(DbConnection reader, string? participant = null) =>
        [.. (await BatteryStore.AllAsync(reader)).Select(row => (row.Point, Entry: BatteryEntryDocument.Of(row.Entry))).Select(row => new[] { row.Point, row.Entry.From, row.Entry.OwnKwh.ToString(), row.Entry.GridKwh.ToString() })];

    protected override PointBattery Read(JsonForm form, FormFindings findings)
    {
        var read = new PointBattery(form.Text("metering_point", isRequired: true) ?? "", BatteryEntryDocument.Read(form));
        form.Close();
        return read;
    }

    protected override object KeyOf(PointBattery row) => (row.Point, row.Entry.From);

    protected override async ValueTask StoreAsync(HubTransaction tx, IReadOnlyList<FileRow<PointBattery>> rows, ImportWork work)
    {
        var points = await PointReader.AllAsync(tx);
        var stored = (await tx.Prepare("SELECT point_id, day, own_wh, grid_wh FROM mkt_battery").ListAsync(row => (PointId: row.Int64(0), Entry: new BatteryEntry((int)row.Int64(1), row.Int64(2), row.Int64(3)))))
            .ToDictionary(row => (row.PointId, row.Entry.From), row => row.Entry);
        foreach (var (row, item) in rows)
        {
            if (Find(points, item.Point, row, work) is not { } point) continue;
            if (point.Directions != PointDirections.Both) work.Findings.Add(row, "metering_point", "CMH-1670", BatteryEndpoints.NeedsBoth);
            if (!work.Count(stored.GetValueOrDefault((point.PointId, item.Entry.From)), item.Entry)) continue;
            BatteryStore.Write(tx, point.PointId, item.Entry);
            await work.AuditAsync(tx, "metering_point.battery_account", item.Point, BatteryEntryDocument.Of(item.Entry));
        }
    }
}

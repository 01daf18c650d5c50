using System.Data.Common;
using System.Globalization;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Api.Csv;

namespace CoMaKo.Hub.Market.Files;

/// <summary>Metering points.</summary>
internal sealed class PointFile(HubDatabase database, PointStore points, TimeProvider clock) : MasterFile<PointRow>(database, clock)
{
    public override string Name => "metering_points";

    public override string Summary => "Metering points; participants that are new are made";

    public override bool HasList => true;

    public override IReadOnlyList<CsvColumn> Columns { get; } =
    [
        new("id", IsRequired: true), new("participant", IsRequired: true), new("direction", IsRequired: true), new("market_location"), new("metering_location"), new("metering"), new("profile"),
        new("annual_kwh", CsvKind.Number), new("fuse_amperes", CsvKind.Number), new("peak_kw", CsvKind.Number), new("latitude", CsvKind.Number), new("longitude", CsvKind.Number),
    ];

    public override async Task<IReadOnlyList<string?[]>> RowsAsync(DbConnection reader, string? participant = null) =>
        [.. (await PointReader.AfterAsync(reader, "", int.MaxValue, participant)).Select(PointDocument.Of).Select(point => new[]
        {
            point.Id, point.Participant, WordOf(point.Direction), point.MarketLocation, point.MeteringLocation, WordOf(point.Metering), point.Profile,
            point.AnnualKwh?.ToString(), point.FuseAmperes?.ToString(CultureInfo.InvariantCulture), point.PeakKw?.ToString(), point.Latitude?.ToString(), point.Longitude?.ToString(),
        })];

    protected override PointRow Read(JsonForm form, FormFindings findings) => PointForm.Read(form, form.Text("id", isRequired: true) ?? "", findings);

    protected override object KeyOf(PointRow row) => row.Name;

    protected override async ValueTask StoreAsync(HubTransaction tx, IReadOnlyList<FileRow<PointRow>> rows, ImportWork work)
    {
        foreach (var (row, point) in rows)
        {
            var own = new FormFindings();
            work.Count(row, await points.PutAsync(tx, point, work.Caller, own, _ => true), own);
        }
    }
}

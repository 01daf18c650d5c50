using System.Text.Json;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api.Csv;
using CoMaKo.Hub.Web.Texts;

namespace CoMaKo.Hub.Web.Operators.Tables;

/// <summary>Participants by id.</summary>
internal sealed class ParticipantTable(HubDatabase database) : TableSource
{
    public override string Address => "/pages/participants";

    public override string Title => "nav.participants";

    public override string Sentence => "participants.sentence";

    public override string Count => "participants.count";

    public override (string Address, string Word)? New => ("/pages/new_participant", "participants.new");

    public override IReadOnlyList<TableColumn> Columns { get; } =
        [new("id", "participants.id"), new("name", "participants.name"), new("kind", "participants.kind"), new("customer_number", "participants.customer", IsMono: true)];

    public override IReadOnlyList<TableFilter> Filters { get; } = [new("search", "operator.search", [])];

    public override async Task<IReadOnlyList<TableRow>> ReadAsync(IReadOnlyDictionary<string, string> filter, string after, int limit, Wording say)
    {
        await using var reader = await database.OpenReaderAsync();
        return [.. (await ParticipantReader.AfterAsync(reader, after, limit, filter["search"])).Select(each => new TableRow(each.Id,
        [
            new(each.Id, null, $"/pages/participants/{Uri.EscapeDataString(each.Id)}"), new(each.Name), new(WordOf(each.Kind), say["ParticipantKind." + each.Kind]), new(each.CustomerNumber),
        ]))];
    }

    internal static string WordOf<T>(T word) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(word.ToString());
}

/// <summary>Metering points by id.</summary>
internal sealed class PointTable(HubDatabase database) : TableSource
{
    public override string Address => "/pages/points";

    public override string Title => "nav.points";

    public override string Sentence => "points.sentence";

    public override string Count => "points.count";

    public override (string Address, string Word)? New => ("/pages/new_point", "points.new");

    public override IReadOnlyList<TableColumn> Columns { get; } =
    [
        new("id", "points.id"), new("participant", "points.participant"), new("direction", "points.direction"), new("market_location", "points.malo", IsMono: true),
        new("metering", "points.metering"), new("annual_kwh", "points.annual", CsvKind.Number), new("fuse_amperes", "points.fuse", CsvKind.Number), new("peak_kw", "points.peak", CsvKind.Number),
    ];

    public override IReadOnlyList<TableFilter> Filters { get; } = [new("search", "operator.search", []), new("participant", "points.participant", [])];

    public override async Task<IReadOnlyList<TableRow>> ReadAsync(IReadOnlyDictionary<string, string> filter, string after, int limit, Wording say)
    {
        await using var reader = await database.OpenReaderAsync();
        var points = await PointReader.AfterAsync(reader, after, limit, filter["participant"].Length == 0 ? null : filter["participant"], filter["search"]);
        return [.. points.Select(PointDocument.Of).Select(point => new TableRow(point.Id,
        [
            new(point.Id, null, $"/pages/points/{point.Id}"), new(point.Participant, null, $"/pages/participants/{Uri.EscapeDataString(point.Participant)}"),
            new(ParticipantTable.WordOf(point.Direction), say["PointDirections." + point.Direction]), new(point.MarketLocation), new(ParticipantTable.WordOf(point.Metering), say["PointMetering." + point.Metering]),
            new(point.AnnualKwh?.ToString(), point.AnnualKwh is { } annual ? say.Number(annual.Wh / 1000m) : null), new(point.FuseAmperes?.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            new(point.PeakKw?.ToString(), point.PeakKw is { } peak ? say.Number(peak.Thousandths / 1000m, 1) : null),
        ]))];
    }
}

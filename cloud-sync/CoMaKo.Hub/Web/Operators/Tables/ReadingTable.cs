using System.Globalization;
using CoMaKo.Hub.Metering.Readings;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Api.Csv;
using CoMaKo.Hub.Web.Texts;

namespace CoMaKo.Hub.Web.Operators.Tables;

/// <summary>Readings of people as they came in, newest first.</summary>
internal sealed class ReadingTable(ReadingLog readings) : TableSource
{
    public override string Address => "/pages/readings";

    public override string Title => "nav.readings";

    public override string Sentence => "readings.sentence";

    public override string Count => "readings.count";

    public override IReadOnlyList<TableColumn> Columns { get; } =
    [
        new("metering_point", "report.point"), new("direction", "month.direction"), new("timestamp", "readings.at"), new("register_kwh", "readings.register", CsvKind.Number), new("consumption_kwh", "readings.period", CsvKind.Number),
        new("state", "work.state"), new("origin", "readings.origin"), new("author", "audit.actor"), new("received_at", "readings.received"), new("id", "audit.seq", CsvKind.Number),
    ];

    public override IReadOnlyList<TableFilter> Filters { get; } = [new("metering_point", "report.point", [])];

    public override async Task<IReadOnlyList<TableRow>> ReadAsync(IReadOnlyDictionary<string, string> filter, string after, int limit, Wording say)
    {
        long before = long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out long id) ? id : long.MaxValue;
        return [.. (await readings.BeforeAsync(before, filter["metering_point"], limit)).Select(each => new TableRow(each.ReadingId.ToString(CultureInfo.InvariantCulture),
        [
            new(each.Point, null, $"/pages/points/{each.Point}"), new(ParticipantTable.WordOf(each.Direction), say["direction." + each.Direction]), KeyTable.Time(each.At * 1_000_000, say),
            Energy(each.Kind == ReadingKind.Period ? null : each.Wh, say), Energy(each.Kind == ReadingKind.Period ? each.Wh : null, say),
            new(ParticipantTable.WordOf(each.State), say["ReadingState." + each.State], Class: each.State == ReadingState.NotUsed ? "attention" : null), new(ParticipantTable.WordOf(each.Origin), say["ReadingOrigin." + each.Origin]),
            new(each.Author), KeyTable.Time(each.ReceivedUs, say), new(each.ReadingId.ToString(CultureInfo.InvariantCulture)),
        ]))];
    }

    private static TableCell Energy(long? wh, Wording say) => wh is { } value ? new TableCell(new Kwh(value).ToString(), say.Kilowatthours(value)) : new TableCell(null);
}

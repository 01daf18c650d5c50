using CoMaKo.Hub.Access.OwnData;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Metering.Disputes;
using CoMaKo.Hub.Metering.Readings;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using NodaTime;
using NodaTime.Text;

namespace CoMaKo.Hub.Metering;

/// <summary>Readings, quarter hours and disputes of a participant as files.</summary>
internal sealed class OwnCurveData(HubDatabase database, PointCurves curves, TimeProvider clock) : IOwnData
{
    private const int MostReadings = 100_000;

    public async Task WriteAsync(OwnArchive archive, string participant)
    {
        await using var reader = await database.OpenReaderAsync();
        var points = await OwnPoints.OfAsync(reader, participant);
        long[] ids = [.. points.Select(point => point.PointId)];
        string NameOf(long id) => points.First(point => point.PointId == id).Name;
        var readings = await OwnReadings.OfAsync(reader, database.Engine, ids, MostReadings);
        archive.AddCsv("readings.csv", "What was read of your meters: the register's state, or energy of a period.", ["id", "metering_point", "direction", "at", "kind", "kwh", "period_start", "state", "origin", "received_at", "replaces"],
            readings.Reverse().Select(each => new object?[]
            {
                each.ReadingId, NameOf(each.PointId), Word(each.Direction), Iso(each.At), Word(each.Kind), each.Wh / 1000m, each.PeriodStart is { } start ? Iso(start) : null, Word(each.State), Word(each.Origin),
                InstantPattern.ExtendedIso.Format(Instant.FromUnixTimeTicks(each.ReceivedUs * 10)), each.Replaces,
            }));
        foreach (var series in await PointSeriesRows.OfAsync(reader, database.Engine, ids))
        {
            if (await SeriesMonths.FirstAsync(reader, database.Engine, [series.SeriesId]) is not { } month) continue;
            int first = MarketDay.Number(month.OnDayOfMonth(1));
            await curves.PrepareAsync(first, clock.Today() + 1, [series.SeriesId]);
            var days = await EffectiveRows.OfSeriesAsync(reader, database.Engine, series.SeriesId, first, clock.Today());
            archive.AddCsv($"quarter_hours_{NameOf(series.PointId)}_{Word(series.Direction)}.csv", "Energy of each quarter hour as it counts, with its state and where it came from.", ["start", "kwh", "status", "source"], days.Values.OrderBy(day => day.Day).SelectMany(SlotsOf));
        }

        var disputes = await DisputesAsync(participant);
        archive.AddJson("disputes.json", "What you said is wrong, and what was answered.", disputes.Select(each => new
        {
            id = each.DisputeId, subject = Word(each.Subject), each.Thing, metering_point = each.Point, text = each.Words, believed_kwh = each.BelievedWh / 1000m, state = Word(each.State), created_at = InstantPattern.ExtendedIso.Format(each.CreatedAt), answer = each.Reason,
        }));
    }

    private Task<IReadOnlyList<Dispute>> DisputesAsync(string participant) => new DisputeBook(database, clock).ListAsync(participant, null, 0, MostReadings);

    private static IEnumerable<object?[]> SlotsOf(EffectiveRow day)
    {
        var slots = MarketDay.Slots(day.Day);
        for (int i = 0; i < slots.Count && i < day.Status.Length; i++)
            if (day.WhOf(i) is { } wh) yield return [Iso(slots[i].StartUnixSeconds), wh / 1000m, Word((ValueStatus)day.Status[i]), Word((CurveSource)day.Source[i])];
    }

    private static string Word<T>(T value) where T : struct, Enum => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static string Iso(long seconds) => Instant.FromUnixTimeSeconds(seconds).ToString();
}

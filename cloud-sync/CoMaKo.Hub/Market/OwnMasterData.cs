using CoMaKo.Hub.Access.OwnData;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Curves;
using Dapper;
using NodaTime;

namespace CoMaKo.Hub.Market;

/// <summary>Master data of a participant. Name, customer number and PIN go at once; the id stays, because statements and points are kept under it.</summary>
internal sealed class OwnMasterData(HubDatabase database) : IOwnData, IErasure
{
    public async Task WriteAsync(OwnArchive archive, string participant)
    {
        await using var reader = await database.OpenReaderAsync();
        var person = (await reader.QueryAsync<(string? Title, long Kind, string? Customer)>("SELECT title, kind, customer_number FROM mkt_participant WHERE name = @participant", new { participant })).FirstOrDefault();
        var points = await PointReader.AfterAsync(reader, "", 10_000, participant);
        var memberships = await OwnPoints.OfAsync(reader, participant);
        archive.AddJson("participant.json", "You and your metering points, and the groups that they are or were in.", new
        {
            id = participant, name = person.Title, kind = ((ParticipantKind)person.Kind).ToString().ToLowerInvariant(), customer_number = person.Customer,
            metering_points = points.Select(point => new
            {
                id = point.Name, directions = point.Directions.ToString().ToLowerInvariant(), point.MarketLocation, point.MeteringLocation, point.IsProfile, point.Profile, annual_kwh = point.AnnualWh / 1000m, point.FuseAmperes, point.PeakWatts,
                latitude = point.LatitudeMicro / 1e6m, longitude = point.LongitudeMicro / 1e6m,
                groups = memberships.First(each => each.PointId == point.PointId).Memberships.Select(each => new { id = each.Group, name = each.Title, from = MarketDays.TextOf(each.From), to = each.To is { } to ? MarketDay.Date(to).ToString("uuuu-MM-dd", System.Globalization.CultureInfo.InvariantCulture) : null }),
            }),
        });
    }

    public async ValueTask<IReadOnlyList<ErasureNote>> EraseAsync(HubTransaction tx, string participant, LocalDate today)
    {
        await tx.Prepare("UPDATE mkt_participant SET title = NULL, customer_number = NULL, voice_pin = NULL, revision = revision + 1 WHERE name = $1 AND (title IS NOT NULL OR customer_number IS NOT NULL OR voice_pin IS NOT NULL)").Bind(participant).RunAsync();
        return [new ErasureNote("contact", true)];
    }
}

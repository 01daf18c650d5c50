using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Metering.Readings;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using NodaTime.Text;

namespace CoMaKo.Hub.Metering.Disputes;

/// <summary>
/// Looks whether what is disputed is there and the member's own. Codes: CMH-1761 participant, 1762 the thing, 1763 the text.
/// </summary>
internal sealed class DisputeForm(HubDatabase database, IEnumerable<IOwnership> ownerships)
{
    /// <returns>The dispute; absent with findings.</returns>
    public async Task<NewDispute?> CheckAsync(string? participant, DisputeSubject? subject, string? thing, string? point, string? words, long? believedWh, FormFindings findings)
    {
        await using var reader = await database.OpenReaderAsync();
        if (participant is null || !await OwnPoints.ExistsAsync(reader, participant)) findings.Add("participant", "CMH-1761", "Whose dispute is it? There is no such participant.");
        string text = (words ?? "").ReplaceLineEndings("\n").Trim();
        if (text.Length is 0 or > NewDispute.MostWords || text.Any(c => char.IsControl(c) && c != '\n')) findings.Add("text", "CMH-1763", FormattableString.Invariant($"Say what is wrong, in 1 to {NewDispute.MostWords} characters."));
        if (findings.Any) return null;
        var points = await OwnPoints.OfAsync(reader, participant!);
        if (point is not null && !points.Any(each => each.Name == point)) findings.Add("metering_point", "CMH-1701", $"There is no metering point '{point}'.");
        bool isThere = subject switch
        {
            DisputeSubject.Day => LocalDatePattern.Iso.Parse(thing ?? "") is { Success: true, Value.Year: >= 2015 and < 2200 },
            DisputeSubject.Month => LocalDatePattern.Iso.Parse(thing + "-01") is { Success: true, Value.Year: >= 2015 and < 2200 },
            DisputeSubject.Reading => long.TryParse(thing, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out long id) && await OwnReadings.FindAsync(reader, database.Engine, [.. points.Select(each => each.PointId)], id) is not null,
            DisputeSubject.Statement => ownerships.LastOrDefault(each => each.Subject == Owned.Statement) is { } statements && thing is not null && await statements.OwnsAsync(participant!, thing),
            _ => false,
        };
        if (!isThere) findings.Add("thing", "CMH-1762", "Name what is disputed: a day (2026-05-14), a month (2026-05), the id of a reading or the number of a statement, each the member's own.");
        return findings.Any ? null : new NewDispute(participant!, subject!.Value, thing!, point, text, believedWh);
    }
}

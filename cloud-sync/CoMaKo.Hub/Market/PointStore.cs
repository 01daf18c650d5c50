using CoMaKo.Hub.Access;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;

namespace CoMaKo.Hub.Market;

/// <summary>Writes metering points and, where they are new, the participants behind them.</summary>
internal sealed class PointStore(HubDatabase database, TimeProvider clock)
{
    /// <summary>Creates or replaces a point.</summary>
    /// <param name="condition">Whether the caller goes on with the revision that is there; absent if there is none.</param>
    public Task<PutOutcome> PutAsync(PointRow point, Caller caller, FormFindings findings, Func<long?, bool> condition) => database.WriteNewAsync(tx => PutAsync(tx, point, caller, findings, condition));

    /// <inheritdoc cref="PutAsync(PointRow, Caller, FormFindings, Func{long?, bool})"/>
    public async ValueTask<PutOutcome> PutAsync(HubTransaction tx, PointRow point, Caller caller, FormFindings findings, Func<long?, bool> condition)
    {
        findings.Clear();
        var there = await PointReader.FindAsync(tx, point.Name, isLocked: true);
        if (!condition(there?.Revision)) return new PutOutcome(PutResult.ConditionFailed);
        if (there is not null && point.SaysTheSameAs(there)) return new PutOutcome(PutResult.Unchanged, there.Revision);
        if (await IsTakenAsync(tx, point)) findings.Add("market_location", "CMH-1655", "Another metering point has this market location.");
        if (there is not null && !point.Directions.HasFlag(there.Directions) && await HasTermsAsync(tx, there.PointId))
            findings.Add("direction", "CMH-1662", "The point takes part in a balance group with the direction it would lose. Add a point instead.");
        if (findings.Any) return new PutOutcome(PutResult.Refused);
        long participant = await ParticipantAsync(tx, point.Participant);
        long revision = (there?.Revision ?? 0) + 1;
        await WriteAsync(tx, point, participant, there?.PointId, revision);
        await Audit.AppendAsync(tx, clock.UnixMicroseconds(), caller.Name, there is null ? "metering_point.create" : "metering_point.change", point.Name, AuditText.Of(PointDocument.Of(point)));
        return new PutOutcome(there is null ? PutResult.Created : PutResult.Replaced, revision);
    }

    private static readonly (string Name, string Value)[] Columns =
    [
        ("participant_id", "@participant"), ("directions", "@Directions"), ("market_location", "@MarketLocation"), ("metering_location", "@MeteringLocation"), ("is_profile", "@IsProfile"),
        ("profile", "@Profile"), ("annual_wh", "@AnnualWh"), ("fuse_amperes", "@FuseAmperes"), ("peak_watts", "@PeakWatts"), ("latitude_micro", "@LatitudeMicro"), ("longitude_micro", "@LongitudeMicro"), ("changed_us", "@now"),
    ];

    private ValueTask<int> WriteAsync(HubTransaction tx, PointRow point, long participant, long? pointId, long revision) => tx.ExecuteAsync(
        pointId is null
            ? $"INSERT INTO mkt_point (name, {string.Join(", ", Columns.Select(column => column.Name))}) VALUES (@Name, {string.Join(", ", Columns.Select(column => column.Value))})"
            : $"UPDATE mkt_point SET {string.Join(", ", Columns.Select(column => $"{column.Name} = {column.Value}"))}, revision = @revision WHERE point_id = @pointId",
        Values(point, participant, pointId ?? 0, revision));

    private object Values(PointRow point, long participant, long pointId, long revision) => new
    {
        point.Name,
        participant,
        Directions = (long)point.Directions,
        point.MarketLocation,
        point.MeteringLocation,
        IsProfile = point.IsProfile ? 1L : 0L,
        point.Profile,
        point.AnnualWh,
        point.FuseAmperes,
        point.PeakWatts,
        point.LatitudeMicro,
        point.LongitudeMicro,
        now = clock.UnixMicroseconds(),
        pointId,
        revision,
    };

    private async ValueTask<long> ParticipantAsync(HubTransaction tx, string name)
    {
        await tx.Prepare("INSERT INTO mkt_participant (name, changed_us) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING").Bind(name).Bind(clock.UnixMicroseconds()).RunAsync();
        return (await tx.Prepare("SELECT participant_id FROM mkt_participant WHERE name = $1").Bind(name).NumberAsync())!.Value;
    }

    private static async ValueTask<bool> IsTakenAsync(HubTransaction tx, PointRow point) => point.MarketLocation is { } location
        && await tx.Prepare("SELECT 1 FROM mkt_point WHERE market_location = $1 AND name <> $2").Bind(location).Bind(point.Name).NumberAsync() is not null;

    private static async ValueTask<bool> HasTermsAsync(HubTransaction tx, long pointId) =>
        await tx.Prepare("SELECT 1 FROM mkt_membership WHERE point_id = $1").Bind(pointId).NumberAsync() is not null;
}

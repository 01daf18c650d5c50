using System.Globalization;
using System.Text.Json;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using Dapper;
using NodaTime;

namespace CoMaKo.Hub.Metering.Readings;

/// <summary>A reading as it was received.</summary>
internal sealed record ReadingDocument(
    string Id, string MeteringPoint, EnergyDirection Direction, string Timestamp, Kwh? ConsumptionKwh, Kwh? RegisterKwh, string? PeriodStart, bool? Opening,
    ReadingState State, ReadingOrigin Origin, string ReceivedAt, string? Replaces);

/// <summary>What became of one reading.</summary>
internal sealed record ReadingAnswer(string Id, ReadingState State);

/// <summary>What became of an array of readings.</summary>
internal sealed record ReadingsAnswer(IReadOnlyList<string> Ids, int Created, int Unchanged, int Corrected);

internal static class ReadingEndpoints
{
    private const int MostReadings = 10_000;
    private const int MostProfileBytes = 1024 * 1024;

    public static void MapReadingEndpoints(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost("/readings", PostAsync).WithName("post_readings").WithSummary("One reading or an array of them, all or nothing: energy since the one before, or a register's state")
            .TakesJson<ReadingInput>().Produces<ReadingAnswer>().Produces<ReadingAnswer>(201).ProducesProblem(409).ForMembers(Scopes.ReadingsWrite);
        endpoints.MapGet("/readings/{metering_point}", ListAsync).WithName("readings").WithSummary("Readings of a metering point in order of their instants")
            .Produces<Page<ReadingDocument>>().ProducesProblem(404).ForOwners(Scopes.ReadingsRead, Owned.MeteringPoint, "metering_point");
        endpoints.MapPut("/profiles/{name}", PutProfileAsync).WithName("put_profile").WithSummary("Loads a standard load profile as published (text/csv); dynamic=true for those with a day factor")
            .Accepts<string>("text/csv", "*/*").Produces(204).ProducesProblem(422).ForOperators(Scopes.MarketWrite);
    }

    private static async Task<IResult> PostAsync(HttpContext context, HubDatabase database, ReadingStore store, TimeProvider clock, Caller caller)
    {
        var (body, problem) = await JsonBody.ReadAsync(context.Request);
        if (body is not { } root) return problem!;
        var findings = new FormFindings();
        IReadOnlyDictionary<string, PointRow> points;
        await using (var reader = await database.OpenReaderAsync()) points = await PointReader.AllAsync(reader);
        var form = new ReadingForm(points, caller, clock.UnixMicroseconds() / 1_000_000, findings);
        bool isArray = root.ValueKind == JsonValueKind.Array;
        if (isArray && root.GetArrayLength() > MostReadings) findings.Add("", "CMH-1626", FormattableString.Invariant($"More than {MostReadings} readings. Send them in parts."));
        var readings = isArray ? root.EnumerateArray().Take(MostReadings).Select((element, i) => form.Read(element, i + 1)).ToList() : [form.Read(root, null)];
        if (findings.Any) return findings.ToProblem();
        var profiles = points.Values.ToDictionary(point => point.PointId, point => point.Profile);
        var outcome = await store.AddAsync([.. readings.Select(reading => reading!)], profiles, ReadingOrigin.Api, caller, findings);
        if (findings.Any) return outcome.HasConflict ? Problems.Conflict(findings) : findings.ToProblem();
        return isArray ? Results.Ok(new ReadingsAnswer([.. outcome.Ids.Select(Text)], outcome.Created, outcome.Unchanged, outcome.Corrected)) : await AnswerAsync(database, outcome);
    }

    private static async Task<IResult> AnswerAsync(HubDatabase database, ReadingOutcome outcome)
    {
        await using var reader = await database.OpenReaderAsync();
        var state = (ReadingState)await reader.ExecuteScalarAsync<long>("SELECT state FROM met_reading WHERE reading_id = @id", new { id = outcome.Ids[0] });
        var answer = new ReadingAnswer(Text(outcome.Ids[0]), state);
        return outcome.Unchanged > 0 ? Results.Ok(answer) : Results.Json(answer, statusCode: StatusCodes.Status201Created);
    }

    private static async Task<IResult> ListAsync(HubDatabase database, [Microsoft.AspNetCore.Mvc.FromRoute(Name = "metering_point")] string point, string? limit, string? cursor)
    {
        if (Paging.Read(limit, cursor, out int count, out string after) is { } problem) return problem;
        string[] key = after.Split('/');
        long at = 0, id = 0;
        if (after.Length > 0 && !(key.Length == 2 && long.TryParse(key[0], NumberStyles.None, CultureInfo.InvariantCulture, out at) && long.TryParse(key[1], NumberStyles.None, CultureInfo.InvariantCulture, out id))) return Problems.WrongCursor();
        await using var reader = await database.OpenReaderAsync();
        if (await PointReader.FindAsync(reader, point) is not { } found) return MarketProblems.UnknownPoint(point);
        var rows = (await reader.QueryAsync<(long Id, long Direction, long At, long Kind, long Wh, long? Start, long State, long Origin, long ReceivedUs, long? Replaces)>("""
            SELECT r.reading_id, s.direction, r.at_s, r.kind, r.wh, r.period_start, r.state, r.origin, r.received_us, r.replaces
            FROM met_reading r JOIN met_series s ON s.series_id = r.series_id
            WHERE s.point_id = @PointId AND (r.at_s > @at OR (r.at_s = @at AND r.reading_id > @id)) ORDER BY r.at_s, r.reading_id LIMIT @limit
            """, new { found.PointId, at, id, limit = count + 1 })).AsList();
        return Results.Ok(Paging.Of(rows, count, row => FormattableString.Invariant($"{row.At}/{row.Id}"), row => new ReadingDocument(
            Text(row.Id), point, (EnergyDirection)row.Direction, Iso(row.At), row.Kind == (long)ReadingKind.Period ? new Kwh(row.Wh) : null, row.Kind == (long)ReadingKind.Period ? null : new Kwh(row.Wh),
            row.Start is { } start ? Iso(start) : null, row.Kind == (long)ReadingKind.Opening ? true : null, (ReadingState)row.State, (ReadingOrigin)row.Origin,
            NodaTime.Text.InstantPattern.ExtendedIso.Format(Instant.FromUnixTimeTicks(row.ReceivedUs * 10)), row.Replaces is { } replaces ? Text(replaces) : null)));
    }

    private static async Task<IResult> PutProfileAsync(HttpContext context, ProfileStore profiles, Caller caller, string name)
    {
        var findings = new FormFindings();
        if (!JsonForm.IsId(name)) findings.Add("name", "CMH-1606", JsonForm.IdForm);
        if (context.Request.ContentLength > MostProfileBytes) return Problems.TooLarge();
        using var reader = new StreamReader(context.Request.Body);
        string csv = await reader.ReadToEndAsync(context.RequestAborted);
        bool isDynamic = context.Request.Query["dynamic"] == "true";
        foreach (var finding in ProfileTable.Read(name, isDynamic, csv).Findings) findings.Add(finding.Line, finding.Path, finding.Code, finding.Text);
        if (findings.Any) return findings.ToProblem();
        await profiles.PutAsync(name, isDynamic, csv, caller);
        return Results.NoContent();
    }

    private static string Text(long id) => id.ToString(CultureInfo.InvariantCulture);

    private static string Iso(long seconds) => Instant.FromUnixTimeSeconds(seconds).ToString();
}

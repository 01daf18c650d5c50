using System.Data.Common;
using System.Text.Json;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Plausibility;
using CoMaKo.Settlement.Runs;
using Dapper;

namespace CoMaKo.Hub.Metering.Buildings;

/// <summary>What lies behind a building's main meter.</summary>
/// <param name="SubMeters">Ids of metering points; empty: the point is no main meter.</param>
/// <param name="LossesKwhPerDay">Between the meters.</param>
internal sealed record SubMetersDocument(IReadOnlyList<string> SubMeters, Kwh LossesKwhPerDay);

/// <summary>Which points lie behind a main meter, for rule P13. Codes: CMH-1701 unknown point, 1751 the point itself, another building's, or a main meter.</summary>
internal static class BuildingEndpoints
{
    private const int MostSubMeters = 500;

    /// <summary>Days whose balance is looked at again when a building changes.</summary>
    private const int LooksBack = 400;

    public static void MapBuildingEndpoints(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/metering_points/{id}/sub_meters", GetAsync).WithName("sub_meters").WithSummary("Points behind a building's main meter").Produces<SubMetersDocument>().ProducesProblem(404)
            .ForOwners(Scopes.MarketRead, Owned.MeteringPoint, "id");
        endpoints.MapPut("/metering_points/{id}/sub_meters", PutAsync).WithName("put_sub_meters").WithSummary("Replaces the points behind a building's main meter; rule P13 compares their sum with it each day")
            .TakesJson<SubMetersDocument>().Produces<SubMetersDocument>().ProducesProblem(404).ForOperators(Scopes.MarketWrite);
    }

    private static async Task<IResult> GetAsync(HubDatabase database, Caller caller, string id)
    {
        await using var reader = await database.OpenReaderAsync();
        return await PointReader.FindAsync(reader, id) is { } point ? Results.Ok(await ReadAsync(reader, point, caller)) : MarketProblems.UnknownPoint(id);
    }

    private static async Task<IResult> PutAsync(HttpContext context, HubDatabase database, TimeProvider clock, Caller caller, string id)
    {
        await using var reader = await database.OpenReaderAsync();
        if (await PointReader.FindAsync(reader, id) is not { } point) return MarketProblems.UnknownPoint(id);
        var (body, problem) = await JsonBody.ReadAsync(context.Request);
        if (body is not { } root) return problem!;
        var findings = new FormFindings();
        if (JsonForm.Open(root, findings) is not { } form) return findings.ToProblem();
        var names = NamesOf(form);
        long losses = form.Energy("losses_kwh_per_day", 1_000_000_000) ?? 0;
        form.Close();
        if (!findings.Any) await database.WriteAsync(tx => StoreAsync(tx, point, names, losses, caller, clock.UnixMicroseconds(), findings));
        return findings.Any ? findings.ToProblem() : Results.Ok(await ReadAsync(reader, point, caller));
    }

    private static List<string> NamesOf(JsonForm form)
    {
        if (form.Any("sub_meters", isRequired: true) is not { } list) return [];
        if (list.ValueKind == JsonValueKind.Array && list.GetArrayLength() <= MostSubMeters && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String))
            return [.. list.EnumerateArray().Select(item => item.GetString()!).Distinct(StringComparer.Ordinal)];
        form.Add("sub_meters", "CMH-1605", FormattableString.Invariant($"A list of at most {MostSubMeters} ids of metering points is expected."));
        return [];
    }

    private static async ValueTask<bool> StoreAsync(HubTransaction tx, PointRow main, IReadOnlyList<string> names, long losses, Caller caller, long nowUs, FormFindings findings)
    {
        findings.Clear();
        var points = (await PointReader.AllOfAsync(tx, [.. names])).ToDictionary(point => point.Name, StringComparer.Ordinal);
        for (int i = 0; i < names.Count; i++)
        {
            string field = FormattableString.Invariant($"sub_meters[{i}]");
            if (!points.TryGetValue(names[i], out var point)) findings.Add(field, "CMH-1701", $"There is no metering point '{names[i]}'.");
            else if (point.PointId == main.PointId) findings.Add(field, "CMH-1751", "A meter does not lie behind itself.");
            else if (await tx.Prepare("SELECT 1 FROM met_main_meter WHERE point_id = $1 UNION ALL SELECT 1 FROM met_sub_meter WHERE point_id = $1 AND main_point_id <> $2").Bind(point.PointId).Bind(main.PointId).NumberAsync() is not null)
                findings.Add(field, "CMH-1751", $"'{names[i]}' is a main meter or lies behind another one.");
        }

        if (names.Count > 0 && await tx.Prepare("SELECT 1 FROM met_sub_meter WHERE point_id = $1").Bind(main.PointId).NumberAsync() is not null)
            findings.Add("sub_meters", "CMH-1751", "This point lies behind a main meter itself.");
        if (findings.Any) return false;
        await tx.Prepare("DELETE FROM met_sub_meter WHERE main_point_id = $1").Bind(main.PointId).RunAsync();
        await tx.Prepare("DELETE FROM met_main_meter WHERE point_id = $1").Bind(main.PointId).RunAsync();
        if (names.Count > 0) await tx.Prepare("INSERT INTO met_main_meter (point_id, losses_wh) VALUES ($1, $2)").Bind(main.PointId).Bind(losses).RunAsync();
        foreach (string name in names) await tx.Prepare("INSERT INTO met_sub_meter (point_id, main_point_id) VALUES ($1, $2)").Bind(points[name].PointId).Bind(main.PointId).RunAsync();
        await MarkAsync(tx, main, caller, nowUs, isBuilding: names.Count > 0);
        await Audit.AppendAsync(tx, nowUs, caller.Name, "metering_point.sub_meters", main.Name, string.Join(", ", names));
        return true;
    }

    /// <summary>Marks the main meter's days, so that the rule looks at them again; what it said of a building that is none any more goes.</summary>
    private static async ValueTask MarkAsync(HubTransaction tx, PointRow main, Caller caller, long nowUs, bool isBuilding)
    {
        var series = await PointSeriesRows.LockAsync(tx, Enum.GetValues<EnergyDirection>().Where(main.Has).Select(direction => (main.PointId, direction)));
        long delivery = await CurveDelivery.BeginAsync(tx, DeliveryKind.Assignment, caller.Name, nowUs);
        int today = MarketDay.Containing(nowUs / 1_000_000);
        foreach (long seriesId in series.Values)
        {
            if (!isBuilding) await tx.Prepare("DELETE FROM met_finding WHERE series_id = $1 AND rule = $2 AND state = 1").Bind(seriesId).Bind((long)PlausibilityRule.BuildingBalance).RunAsync();
            var days = await tx.Prepare("SELECT DISTINCT day FROM met_effective_day WHERE series_id = $1 AND day >= $2 AND day < $3 ORDER BY day").Bind(seriesId).Bind(today - LooksBack).Bind(today).ListAsync(row => (int)row.Int64(0));
            foreach (int day in days) TouchedDays.Mark(tx, seriesId, day, -delivery);
        }

        await tx.SendAsync();
    }

    /// <summary>A member sees which of its own points lie behind the meter.</summary>
    private static async Task<SubMetersDocument> ReadAsync(DbConnection reader, PointRow main, Caller caller)
    {
        var behind = (await BuildingRows.BehindAsync(reader, main.PointId)).Where(point => caller.Role != Roles.Member || point.Participant == caller.Participant);
        long losses = await reader.ExecuteScalarAsync<long?>("SELECT losses_wh FROM met_main_meter WHERE point_id = @PointId", new { main.PointId }) ?? 0;
        return new SubMetersDocument([.. behind.Select(point => point.Name)], new Kwh(losses));
    }
}

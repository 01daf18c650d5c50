using CoMaKo.Hub.Access;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Market;

/// <summary>What a battery held at the begin of a day, in the REST interface.</summary>
/// <param name="From">The Berlin day; absent: from ever.</param>
/// <param name="OwnKwh">Of the community's generation, not yet discharged.</param>
/// <param name="GridKwh">From the grid, not yet discharged.</param>
internal sealed record BatteryEntryDocument(string? From, Kwh OwnKwh, Kwh GridKwh)
{
    private const long MostWh = 1_000_000_000;

    public static BatteryEntryDocument Of(BatteryEntry entry) => new(MarketDays.TextOf(entry.From), new Kwh(entry.OwnWh), new Kwh(entry.GridWh));

    public static BatteryEntry Read(JsonForm form) => new(form.Day("from") ?? MarketDays.Ever, form.Energy("own_kwh", MostWh) ?? 0, form.Energy("grid_kwh", MostWh) ?? 0);
}

/// <summary>A battery's account.</summary>
internal sealed record BatteryAccountDocument(IReadOnlyList<BatteryEntryDocument> Entries);

/// <summary>Accounts of batteries. Codes: CMH-1669 two entries of one day, 1670 no point of a battery.</summary>
internal static class BatteryEndpoints
{
    public const string NeedsBoth = "A battery uses and gives energy: its metering point has the direction both.";

    public static void MapBatteryEndpoints(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/metering_points/{id}/battery_account", GetAsync).WithName("battery_account").WithSummary("What a battery held at the begin of days, by origin; none: the point is no battery")
            .Produces<BatteryAccountDocument>().ProducesProblem(404).ForOwners(Scopes.MarketRead, Owned.MeteringPoint, "id");
        endpoints.MapPut("/metering_points/{id}/battery_account", PutAsync).WithName("put_battery_account").WithSummary("Replaces all entries of a battery's account; published months get a delta")
            .TakesJson<BatteryAccountDocument>().Produces<BatteryAccountDocument>().ProducesProblem(404).ForOperators(Scopes.MarketWrite);
    }

    private static async Task<IResult> GetAsync(HubDatabase database, string id)
    {
        await using var reader = await database.OpenReaderAsync();
        return await PointReader.FindAsync(reader, id) is { } point ? Results.Ok(Document(await BatteryStore.OfAsync(reader, point.PointId))) : MarketProblems.UnknownPoint(id);
    }

    private static async Task<IResult> PutAsync(HttpContext context, HubDatabase database, TimeProvider clock, Caller caller, string id)
    {
        var (body, problem) = await JsonBody.ReadAsync(context.Request);
        if (body is not { } root) return problem!;
        var findings = new FormFindings();
        var entries = DatedList.Read(root, "entries", BatteryEntryDocument.Read, entry => entry.From, findings);
        if (findings.Any) return findings.ToProblem();
        bool isThere = await database.WriteAsync(async tx =>
        {
            findings.Clear();
            if (await PointReader.FindAsync(tx, id, isLocked: true) is not { } point) return false;
            if (point.Directions != PointDirections.Both && entries.Count > 0) findings.Add("entries", "CMH-1670", NeedsBoth);
            else await BatteryStore.PutAsync(tx, point, entries, caller, clock.UnixMicroseconds());
            return true;
        });
        if (!isThere) return MarketProblems.UnknownPoint(id);
        return findings.Any ? findings.ToProblem() : Results.Ok(Document(entries));
    }

    private static BatteryAccountDocument Document(IReadOnlyList<BatteryEntry> entries) => new([.. entries.Select(BatteryEntryDocument.Of)]);
}

using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Metering.Substitutes;

/// <summary>Which days of a point are to be filled.</summary>
/// <param name="From">First Berlin day.</param>
/// <param name="To">Exclusive.</param>
internal sealed record SubstituteWish(string From, string To, EnergyDirection? Direction);

/// <summary>Substitute values of one gap.</summary>
/// <param name="Kwh">All of them together.</param>
/// <param name="IsSumExact">The sum is the register's.</param>
/// <param name="NeedsConfirmation">Not billable before an operator's word.</param>
internal sealed record SubstituteDocument(string From, string To, SubstituteMethod Method, Kwh Kwh, bool IsSumExact, bool NeedsConfirmation, string Reason, string? MarketCode);

/// <summary>What was filled.</summary>
/// <param name="Id">Number of the delivery; absent with <c>dry_run</c> or without gaps.</param>
internal sealed record SubstitutesDocument(string? Id, IReadOnlyList<SubstituteDocument> Items);

internal static class SubstituteEndpoints
{
    private const int MostDays = 62;

    public static void MapSubstituteEndpoints(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost("/metering_points/{id}/substitutes", PostAsync).WithName("form_substitutes").WithSummary("Forms substitute values for slots without value, by rule, with method and reason; dry_run=true shows them only")
            .TakesJson<SubstituteWish>().Produces<SubstitutesDocument>().ProducesProblem(404).ForOperators(Scopes.ReadingsWrite);

    private static async Task<IResult> PostAsync(HttpContext context, HubDatabase database, SubstituteStore store, Caller caller, string id)
    {
        var (body, problem) = await JsonBody.ReadAsync(context.Request);
        if (body is not { } root) return problem!;
        var findings = new FormFindings();
        if (JsonForm.Open(root, findings) is not { } form) return findings.ToProblem();
        form.Any("from", isRequired: true);
        form.Any("to", isRequired: true);
        var (from, to, direction) = (form.Day("from"), form.Day("to"), form.Word<EnergyDirection>("direction"));
        if (to <= from || to - from > MostDays) form.Add("to", "CMH-1732", FormattableString.Invariant($"'to' lies after 'from', at most {MostDays} days."));
        form.Close();
        if (findings.Any) return findings.ToProblem();
        PointRow? point;
        await using (var reader = await database.OpenReaderAsync()) point = await PointReader.FindAsync(reader, id);
        if (point is null) return MarketProblems.UnknownPoint(id);
        if (PointCurveEndpoints.DirectionOf(point, direction?.ToString().ToLowerInvariant()) is not { } counted) return Problems.Of(422, "CMH-1702", "Which direction?", "direction is consumption or generation, one that the point has.");
        var series = await database.WriteAsync(async tx => new PointSeries((await PointSeriesRows.LockAsync(tx, [(point.PointId, counted)]))[(point.PointId, counted)], point.PointId, counted));
        var gaps = await store.FormAsync(point, series, from!.Value, to!.Value);
        bool isDry = gaps.Count == 0 || context.Request.Query["dry_run"] == "true";
        string? delivery = isDry ? null : FormattableString.Invariant($"{(await store.StoreAsync(point, series, gaps, caller)).DeliveryId}");
        return Results.Ok(new SubstitutesDocument(delivery, [.. gaps.Select(Of)]));
    }

    private static SubstituteDocument Of(FilledGap gap) => new(
        gap.From.Start.ToString(), gap.To.Start.ToString(), gap.Values.Method, new Kwh(gap.Values.Wh.Sum()), gap.Values.IsSumExact, gap.Values.NeedsConfirmation, gap.Values.Reason, gap.Values.MarketCode);
}

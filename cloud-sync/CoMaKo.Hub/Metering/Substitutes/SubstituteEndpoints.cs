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
/// <param name="ComparisonMeter">A metering point that measured the same energy.</param>
/// <param name="ComparisonIsCalibrated">Absent: it is not.</param>
internal sealed record SubstituteWish(string From, string To, EnergyDirection? Direction, string? ComparisonMeter, bool? ComparisonIsCalibrated);

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
        var (secondId, isCalibrated) = (form.Text("comparison_meter"), form.Flag("comparison_is_calibrated") ?? false);
        form.Close();
        PointRow? point, second;
        await using (var reader = await database.OpenReaderAsync())
        {
            point = await PointReader.FindAsync(reader, id);
            second = secondId is null || secondId == id ? null : await PointReader.FindAsync(reader, secondId);
        }

        if (point is null) return MarketProblems.UnknownPoint(id);
        if (secondId is not null && second is null) form.Add("comparison_meter", "CMH-1701", $"There is no other metering point '{secondId}'.");
        if (findings.Any) return findings.ToProblem();
        if (PointCurveEndpoints.DirectionOf(point, direction?.ToString().ToLowerInvariant()) is not { } counted) return Problems.Of(422, "CMH-1702", "Which direction?", "direction is consumption or generation, one that the point has.");
        var series = await database.WriteAsync(async tx => new PointSeries((await PointSeriesRows.LockAsync(tx, [(point.PointId, counted)]))[(point.PointId, counted)], point.PointId, counted));
        var gaps = await store.FormAsync(point, series, from!.Value, to!.Value, second is null ? null : new SecondMeter(second, isCalibrated));
        bool isDry = gaps.Count == 0 || context.Request.Query["dry_run"] == "true";
        string? delivery = isDry ? null : FormattableString.Invariant($"{(await store.StoreAsync(point, series, gaps, caller)).DeliveryId}");
        return Results.Ok(new SubstitutesDocument(delivery, [.. gaps.Select(Of)]));
    }

    private static SubstituteDocument Of(FilledGap gap) => new(
        gap.From.Start.ToString(), gap.To.Start.ToString(), gap.Values.Method, new Kwh(gap.Values.Wh.Sum()), gap.Values.IsSumExact, gap.Values.NeedsConfirmation, gap.Values.Reason, gap.Values.MarketCode);
}

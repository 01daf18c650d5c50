using CoMaKo.Hub.Access;
using CoMaKo.Hub.Settlement.Agent;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Balancing;

namespace CoMaKo.Hub.Settlement.Balancing;

/// <summary>What an import of prices did.</summary>
/// <param name="File">Number of the import; absent if nothing was new or nothing was stored.</param>
internal sealed record PriceImportDocument(int Created, int Corrected, int Unchanged, long? File);

/// <summary>How a group's members share balancing cost: <c>deviation</c>, <c>energy</c> or <c>none</c>.</summary>
internal sealed record CostShareDocument(string? CostShare);

/// <summary>What is expected of a metering point on a Berlin day.</summary>
/// <param name="Kwh">One per quarter hour: 92, 96 or 100.</param>
internal sealed record ForecastDocument(string MeteringPoint, string Direction, string Day, string Model, IReadOnlyList<decimal> Kwh);

/// <summary>What became of forecasts.</summary>
internal sealed record ForecastsDocument(int Created, int Unchanged);

internal static class BalancingEndpoints
{
    private const int MostPriceBytes = 4 * 1024 * 1024;

    public static void MapBalancingEndpoints(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost("/prices/rebap", ImportAsync).WithName("import_rebap").WithSummary("Balancing prices (reBAP) as CSV with the columns start and price_eur_per_mwh; dry_run=true checks only")
            .Accepts<string>("text/csv", "*/*").Produces<PriceImportDocument>().ProducesProblem(422).ForOperators(Scopes.MarketWrite);
        endpoints.MapPost("/balance_groups/{id}/forecasts", ForecastAsync).WithName("forecasts").WithSummary("What is expected of metering points, stored before the day begins; quarter hours in kWh, all or none")
            .TakesJson<ForecastDocument[]>().Produces<ForecastsDocument>().ProducesProblem(404).ProducesProblem(409).ProducesProblem(422).ForOperators(Scopes.MarketWrite);
        endpoints.MapPut("/balance_groups/{id}/cost_share", ShareAsync).WithName("cost_share").WithSummary("How the members share balancing cost: deviation, energy or none (it is shown and not charged)")
            .TakesJson<CostShareDocument>().Produces<CostShareDocument>().ProducesProblem(404).ProducesProblem(422).ForOperators(Scopes.MarketWrite);
    }

    private static async Task<IResult> ImportAsync(HttpContext context, PriceStore prices, Caller caller, bool? dry_run)
    {
        if (context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = MostPriceBytes;
        using var file = new MemoryStream();
        await context.Request.Body.CopyToAsync(file, context.RequestAborted);
        var (read, findings) = PriceCsv.Read(file.ToArray());
        if (findings.Count > 0) return Refused(findings);
        if (dry_run == true) return Results.Ok(new PriceImportDocument(0, 0, 0, null));
        var done = await prices.PutAsync(read, file.ToArray(), caller.Name);
        return Results.Ok(new PriceImportDocument(done.Created, done.Corrected, done.Unchanged, done.File));
    }

    private static async Task<IResult> ForecastAsync(HttpContext context, ForecastStore forecasts, ISettlementInputs inputs, string id)
    {
        var (body, problem) = await JsonBody.ReadAsync(context.Request);
        if (body is not { } root) return problem!;
        var (read, findings) = ForecastForm.Read(root);
        if (read.Count > 0)
        {
            var day = read.Min(each => each.Day);
            if (await inputs.TermsAsync(id, day, read.Max(each => each.Day).PlusDays(1)) is not { } terms) return SettlementProblems.UnknownGroup(id);
            var points = terms.Group.Points.ToDictionary(point => point.Id, point => point.Directions, StringComparer.Ordinal);
            findings = [.. findings, .. read.Where(each => !points.TryGetValue(each.Point, out var has) || ((int)has & (int)each.Direction) == 0)
                .Select(each => new Finding("CMH-2337", each.Point, null, "No metering point of this balance group with this direction in these days."))];
        }

        if (findings.Count > 0) return Refused(findings);
        var (created, late) = await forecasts.PutAsync(read);
        return late is [var first, ..] ? SettlementProblems.TooLate($"{first.Point} {first.Day:uuuu-MM-dd}") : Results.Ok(new ForecastsDocument(created, read.Count - created));
    }

    private static async Task<IResult> ShareAsync(HttpContext context, AgentNotes notes, ISettlementInputs inputs, TimeProvider clock, string id)
    {
        var (form, problem) = await SettlementForms.ReadAsync<CostShareDocument>(context);
        if (form is null) return problem!;
        var today = CoMaKo.Settlement.Curves.MarketDay.Date(CoMaKo.Settlement.Curves.MarketDay.Containing(clock.UnixMicroseconds() / 1_000_000));
        if (await inputs.TermsAsync(id, today, today.PlusDays(1)) is null) return SettlementProblems.UnknownGroup(id);
        CostShare? share = form.CostShare switch { "deviation" => CostShare.Deviation, "energy" => CostShare.Energy, _ => null };
        if (share is null && form.CostShare != "none") return SettlementProblems.WrongShare();
        await notes.SetShareAsync(id, share);
        return Results.Ok(form);
    }

    private static IResult Refused(IReadOnlyList<Finding> findings)
    {
        var form = new FormFindings();
        foreach (var each in findings) form.Add(each.Line, each.Path, each.Code, each.Text);
        return form.ToProblem();
    }
}

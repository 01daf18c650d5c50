using System.Text.Json;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Settlement.Agent;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Balancing;

namespace CoMaKo.Hub.Settlement.Balancing;

/// <summary>What an import of prices did.</summary>
/// <param name="File">Number of the import; absent if nothing was new or nothing was stored.</param>
internal sealed record PriceImportDocument(int Created, int Corrected, int Unchanged, long? File);

/// <summary>How a group's members share balancing cost: <c>deviation</c>, <c>energy</c> or <c>none</c>.</summary>
internal sealed record CostShareDocument(string? CostShare);

/// <summary>What became of forecasts.</summary>
internal sealed record ForecastsDocument(int Created, int Unchanged);

internal static class BalancingEndpoints
{
    private const int MostPriceBytes = 4 * 1024 * 1024;

    public static void MapBalancingEndpoints(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost("/prices/rebap", ImportAsync).WithName("import_rebap").WithSummary("Balancing prices (reBAP) as CSV with the columns start and price_eur_per_mwh; dry_run=true checks only")
            .Accepts<string>("text/csv").Produces<PriceImportDocument>().ProducesProblem(422).ForOperators(Scopes.MarketWrite);
        endpoints.MapPost("/balance_groups/{id}/forecasts", ForecastAsync).WithName("forecasts").WithSummary("What is expected of metering points, stored before the day begins; quarter hours in kWh, all or none")
            .Produces<ForecastsDocument>().ProducesProblem(404).ProducesProblem(409).ProducesProblem(422).ForOperators(Scopes.MarketWrite);
        endpoints.MapPut("/balance_groups/{id}/cost_share", ShareAsync).WithName("cost_share").WithSummary("How the members share balancing cost: deviation, energy or none (it is shown and not charged)")
            .Produces<CostShareDocument>().ProducesProblem(404).ProducesProblem(422).ForOperators(Scopes.MarketWrite);
    }

    private static async Task<IResult> ImportAsync(HttpContext context, PriceStore prices, Caller caller, bool? dry_run)
    {
        if (context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = MostPriceBytes;
        using var file = new MemoryStream();
        await context.Request.Body.CopyToAsync(file, context.RequestAborted);
        var (read, findings) = PriceCsv.Read(file.ToArray());
        if (findings.Count > 0) return Refused("CMH-2320", "The file of prices has mistakes; nothing was stored.", findings);
        if (dry_run == true) return Results.Ok(new PriceImportDocument(0, 0, 0, null));
        var done = await prices.PutAsync(read, file.ToArray(), caller.Name);
        return Results.Ok(new PriceImportDocument(done.Created, done.Corrected, done.Unchanged, done.File));
    }

    private static async Task<IResult> ForecastAsync(HttpContext context, ForecastStore forecasts, ISettlementInputs inputs, string id)
    {
        JsonDocument body;
        try
        {
            body = await JsonDocument.ParseAsync(context.Request.Body, default, context.RequestAborted);
        }
        catch (JsonException)
        {
            return SettlementProblems.Unreadable();
        }

        using (body)
        {
            var (read, findings) = ForecastForm.Read(body.RootElement);
            if (read.Count > 0)
            {
                var day = read.Min(each => each.Day);
                if (await inputs.TermsAsync(id, day, read.Max(each => each.Day).PlusDays(1)) is not { } terms) return SettlementProblems.UnknownGroup(id);
                var points = terms.Group.Points.ToDictionary(point => point.Id, point => point.Directions, StringComparer.Ordinal);
                findings = [.. findings, .. read.Where(each => !points.TryGetValue(each.Point, out var has) || ((int)has & (int)each.Direction) == 0)
                    .Select(each => new Finding("CMH-2337", each.Point, null, "No metering point of this balance group with this direction on that day."))];
            }

            if (findings.Count > 0) return Refused("CMH-2332", "The forecasts have mistakes; nothing was stored.", findings);
            var (created, late) = await forecasts.PutAsync(read);
            return late is [var first, ..] ? SettlementProblems.TooLate($"{first.Point} {first.Day:uuuu-MM-dd}") : Results.Ok(new ForecastsDocument(created, read.Count - created));
        }
    }

    private static async Task<IResult> ShareAsync(CostShareDocument form, AgentNotes notes, ISettlementInputs inputs, TimeProvider clock, string id)
    {
        var today = CoMaKo.Settlement.Curves.MarketDay.Date(CoMaKo.Settlement.Curves.MarketDay.Containing(clock.UnixMicroseconds() / 1_000_000));
        if (await inputs.TermsAsync(id, today, today.PlusDays(1)) is null) return SettlementProblems.UnknownGroup(id);
        CostShare? share = form.CostShare switch { "deviation" => CostShare.Deviation, "energy" => CostShare.Energy, _ => null };
        if (share is null && form.CostShare != "none") return SettlementProblems.WrongShare();
        await notes.SetShareAsync(id, share);
        return Results.Ok(form);
    }

    private static IResult Refused(string code, string detail, IReadOnlyList<Finding> findings) => Results.Problem(
        detail, statusCode: 422, title: "Nothing stored", type: $"urn:comako:problem:{code}",
        extensions: new Dictionary<string, object?> { ["code"] = code, ["findings"] = findings.Select(each => new { row = each.Line, field = each.Path, code = each.Code, text = each.Text }) });
}

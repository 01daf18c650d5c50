using System.Text.Json;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Api.Csv;
using CoMaKo.Settlement.Curves;
using Microsoft.AspNetCore.Mvc;
using NodaTime;

namespace CoMaKo.Hub.Metering.Consumption;

/// <summary>A quarter hour from outside.</summary>
internal sealed record ConsumptionDocument(string MeteringPoint, string? Direction, string Start, Kwh Kwh);

/// <summary>What became of a delivery.</summary>
/// <param name="Id">Number of the delivery; absent with <c>dry_run</c>.</param>
/// <param name="Rows">Quarter hours that came.</param>
internal sealed record DeliveryDocument(string? Id, long Rows, long Created, long Unchanged, long Corrected);

internal static class ConsumptionEndpoints
{
    private const long MostBytes = 64 * 1024 * 1024;
    private const string Csv = "text/csv";

    public static void MapConsumptionEndpoints(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost("/consumption", PostAsync).WithName("post_consumption")
            .WithSummary("Quarter hours as a JSON array or as CSV, all or nothing; source=meter_operator, dry_run=true, and for CSV charset, separator, decimal, zone")
            .TakesJson<ConsumptionDocument[]>().Produces<DeliveryDocument>().ProducesProblem(403).WithMetadata(new RequestSizeLimitAttribute(MostBytes)).ForOperators(Scopes.ReadingsWrite);

    private static async Task<IResult> PostAsync(HttpContext context, ConsumptionIntake intake, Caller caller)
    {
        var findings = new FormFindings();
        var source = SourceOf(context.Request.Query, findings);
        bool isDry = CsvForm.Flag(context.Request.Query, "dry_run", findings);
        if (source == CurveSource.MeterOperator && caller.Role != Roles.Operator)
            return Problems.Of(403, "CMH-1707", "Only for operators", "Only an operator may deliver values as the meter operator's.");
        if (await ReadAsync(context, intake, findings) is var (table, problem) && problem is not null) return problem;
        if (findings.Any) return findings.ToProblem();
        var outcome = await intake.StoreAsync(table!, source, caller, isDry);
        return Results.Ok(new DeliveryDocument(isDry ? null : FormattableString.Invariant($"{outcome.DeliveryId}"), table!.Rows, outcome.Created, outcome.Unchanged, outcome.Corrected));
    }

    private static async Task<(ConsumptionTable? Table, IResult? Problem)> ReadAsync(HttpContext context, ConsumptionIntake intake, FormFindings findings)
    {
        var request = context.Request;
        bool isCsv = request.ContentType?.StartsWith(Csv, StringComparison.OrdinalIgnoreCase) == true;
        if (!isCsv && !request.HasJsonContentType()) return (null, Problems.WrongMediaType("application/json or text/csv"));
        var table = await intake.OpenAsync(findings);
        try
        {
            if (isCsv)
            {
                var form = CsvForm.Read(request.Query, findings);
                var zone = ZoneOf(request.Query, findings);
                if (!findings.Any) await ConsumptionReader.ReadCsvAsync(request.Body, form, zone, table, findings, context.RequestAborted);
            }
            else await ConsumptionReader.ReadJsonAsync(request.Body, table, findings, context.RequestAborted);
        }
        catch (JsonException unreadable)
        {
            return (null, Problems.Unreadable(unreadable));
        }
        catch (BadHttpRequestException refused) when (refused.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return (null, Problems.TooLarge());
        }

        table.Close();
        return (table, null);
    }

    private static CurveSource SourceOf(IQueryCollection query, FormFindings findings)
    {
        string source = query["source"].ToString();
        if (source is not ("" or "import" or "meter_operator")) findings.Add("source", "CMH-1621", "source is one of import, meter_operator.");
        return source == "meter_operator" ? CurveSource.MeterOperator : CurveSource.OperatorImport;
    }

    private static DateTimeZone? ZoneOf(IQueryCollection query, FormFindings findings)
    {
        if (query["zone"].ToString() is not { Length: > 0 } name) return null;
        var zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(name);
        if (zone is null) findings.Add("zone", "CMH-1621", $"'{name}' is no time zone, e.g. Europe/Berlin.");
        return zone;
    }
}

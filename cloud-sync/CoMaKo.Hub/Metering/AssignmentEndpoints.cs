using System.Data.Common;
using System.Text.Json;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Metering;

/// <summary>A register of a metering point in the REST interface.</summary>
/// <param name="Factor">1, or −1 for one that is subtracted.</param>
/// <param name="From">First day; absent: from ever.</param>
/// <param name="To">Exclusive; absent while it goes on.</param>
internal sealed record PointRegisterDocument(string Register, EnergyDirection Direction, int Factor, string? From, string? To);

/// <summary>All registers of a metering point.</summary>
internal sealed record PointRegistersDocument(IReadOnlyList<PointRegisterDocument> Registers);

/// <summary>Which gateways' registers form a metering point's curves. Codes: CMH-1702 direction, 1731 factor, 1732 days.</summary>
internal static class AssignmentEndpoints
{
    private const int MostRegisters = 100;

    public static void MapAssignmentEndpoints(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/metering_points/{id}/registers", GetAsync).WithName("point_registers").WithSummary("Registers that form a metering point's curves")
            .Produces<PointRegistersDocument>().ProducesProblem(404).ForOwners(Scopes.MarketRead, Owned.MeteringPoint, "id");
        endpoints.MapPut("/metering_points/{id}/registers", PutAsync).WithName("put_point_registers").WithSummary("Replaces the registers that form a metering point's curves")
            .TakesJson<PointRegistersDocument>().Produces<PointRegistersDocument>().ProducesProblem(404).ForOperators(Scopes.MarketWrite);
    }

    private static async Task<IResult> GetAsync(HubDatabase database, string id)
    {
        await using var reader = await database.OpenReaderAsync();
        return await PointReader.FindAsync(reader, id) is { } point ? Results.Ok(await ReadAsync(reader, database.Engine, point)) : MarketProblems.UnknownPoint(id);
    }

    private static async Task<IResult> PutAsync(HttpContext context, HubDatabase database, AssignmentStore store, Caller caller, string id)
    {
        await using var reader = await database.OpenReaderAsync();
        if (await PointReader.FindAsync(reader, id) is not { } point) return MarketProblems.UnknownPoint(id);
        var (body, problem) = await JsonBody.ReadAsync(context.Request);
        if (body is not { } root) return problem!;
        var findings = new FormFindings();
        var registers = Read(root, point, findings);
        if (findings.Any || !await store.PutAsync(point, registers, caller, findings)) return findings.ToProblem();
        return Results.Ok(await ReadAsync(reader, database.Engine, point));
    }

    internal static List<PointRegister> Read(JsonElement root, PointRow point, FormFindings findings)
    {
        var registers = new List<PointRegister>();
        if (JsonForm.Open(root, findings) is not { } form) return registers;
        if (form.Any("registers", isRequired: true) is { } list)
        {
            if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > MostRegisters) form.Add("registers", "CMH-1605", FormattableString.Invariant($"A list of at most {MostRegisters} registers is expected."));
            else
            {
                foreach (var (element, i) in list.EnumerateArray().Select((element, i) => (element, i)))
                    if (JsonForm.Open(element, findings, prefix: FormattableString.Invariant($"registers[{i}].")) is { } each) registers.Add(Read(each, point));
            }
        }

        form.Close();
        return registers;
    }

    private static PointRegister Read(JsonForm form, PointRow point)
    {
        EnergyDirection? only = point.Directions == PointDirections.Both ? null : (EnergyDirection)(int)point.Directions;
        var direction = form.Word<EnergyDirection>("direction") ?? only;
        if (direction is not { } named || !point.Has(named)) form.Add("direction", "CMH-1702", "consumption or generation, one that the point has.");
        long factor = form.Number("factor", 0, -1, 1) ?? 1;
        if (factor == 0) form.Add("factor", "CMH-1731", "The factor is 1, or -1 for a register that is subtracted.");
        var (from, to) = (form.Day("from") ?? MarketDays.Ever, form.Day("to"));
        if (to <= from) form.Add("to", "CMH-1732", "'to' lies after 'from'.");
        var read = new PointRegister(direction ?? EnergyDirection.Consumption, new Assignment(form.Text("register", isRequired: true) ?? "", from, to, (int)factor));
        form.Close();
        return read;
    }

    internal static async Task<PointRegistersDocument> ReadAsync(DbConnection reader, HubEngine engine, PointRow point)
    {
        var registers = new List<PointRegisterDocument>();
        foreach (var series in await PointSeriesRows.OfAsync(reader, engine, [point.PointId]))
            foreach (var each in await Assignments.OfSeriesAsync(reader, series.SeriesId))
                registers.Add(new PointRegisterDocument(each.Register, series.Direction, each.Factor, MarketDays.TextOf(each.FromDay), each.ToDay is { } to ? MarketDays.TextOf(to) : null));
        return new PointRegistersDocument([.. registers.OrderBy(each => each.Direction).ThenBy(each => each.Register, StringComparer.Ordinal)]);
    }
}

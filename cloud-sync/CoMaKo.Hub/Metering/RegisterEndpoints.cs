using CoMaKo.Hub.Access;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Hub.Metering;

/// <summary>A register in the REST interface.</summary>
/// <param name="Role">Whether it counts in settlement; absent before its first segment arrived.</param>
/// <param name="LastSlotEnd">End of the last slot that has a total.</param>
/// <param name="LastTotalWh">That total.</param>
internal sealed record RegisterDocument(string Register, string Obis, SettlementRole? Role, string? LastSlotEnd, long? LastTotalWh)
{
    public static RegisterDocument Of(RegisterInfo register) => new(
        register.Name, register.Obis, register.Role,
        register.LastSlotEnd is { } end ? Instant.FromUnixTimeSeconds(end).ToString() : null, register.LastWh);
}

internal static class RegisterEndpoints
{
    public static void MapRegisterEndpoints(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/registers", ListAsync).WithName("registers").WithSummary("Registers by id, with their last total").Produces<Page<RegisterDocument>>().ForOperators(Scopes.CurvesRead);

    private static async Task<IResult> ListAsync(LoadCurves curves, string? limit, string? cursor)
    {
        if (Paging.Read(limit, cursor, out int count, out string after) is { } problem) return problem;
        return Results.Ok(Paging.Of(await curves.ListAsync(after, count + 1), count, register => register.Name, RegisterDocument.Of));
    }
}

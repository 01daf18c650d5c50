using System.Data.Common;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Storage;
using Dapper;

namespace CoMaKo.Hub.Web.Api;

/// <summary>Whether the hub lives and can work.</summary>
internal sealed record HealthDocument(string Status, string? Db);

internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/health", ReadyAsync).WithSummary("Whether the hub and its database work").Produces<HealthDocument>().Produces<HealthDocument>(503).ForAnyone();
        endpoints.MapGet("/health/ready", ReadyAsync).WithSummary("The same, for a load balancer").Produces<HealthDocument>().Produces<HealthDocument>(503).ForAnyone();
        endpoints.MapGet("/health/live", () => Results.Ok(new HealthDocument("ok", null))).WithSummary("Whether the process answers").Produces<HealthDocument>().ForAnyone();
    }

    private static async Task<IResult> ReadyAsync(HubDatabase database)
    {
        try
        {
            await using var reader = await database.OpenReaderAsync();
            await reader.ExecuteScalarAsync<long>("SELECT count(*) FROM schema_step");
            return Results.Ok(new HealthDocument("ok", "connected"));
        }
        catch (DbException)
        {
            return Results.Json(new HealthDocument("error", "unreachable"), statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }
}

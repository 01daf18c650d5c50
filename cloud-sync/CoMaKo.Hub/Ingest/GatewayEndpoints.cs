using System.Globalization;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Web.Api;
using NodaTime;

namespace CoMaKo.Hub.Ingest;

/// <summary>A gateway in the REST interface.</summary>
/// <param name="LastContact">Instant of its last call.</param>
/// <param name="WaitingRecords">Records not yet at the hub, as of its last report; absent if it never reported.</param>
/// <param name="ParkedRecords">Records of it that the hub keeps aside.</param>
/// <param name="Notes">Things about it that the operator should look at.</param>
internal sealed record GatewayDocument(
    string Gateway, string? Building, string? SoftwareVersion, string LastContact, string? Epoch, long AckedSequence,
    long? WaitingRecords, string? OldestWaiting, string? ClockState, long ParkedRecords, long Notes)
{
    public static GatewayDocument Of(GatewayInfo gateway) => new(
        gateway.Name, gateway.BuildingName, gateway.SoftwareVersion, Iso(gateway.LastContactUs),
        gateway.Epoch is { } epoch ? ((ulong)epoch).ToString("x16", CultureInfo.InvariantCulture) : null, gateway.AckedSequence, gateway.Waiting,
        gateway.Status is { HasOldestWaitingUnixUs: true } status && gateway.Waiting > 0 ? Iso(status.OldestWaitingUnixUs) : null,
        gateway.Status?.ClockState is { Length: > 0 } clock ? clock : null, gateway.ParkedRecords, gateway.Notes);

    private static string Iso(long unixUs) => NodaTime.Text.InstantPattern.ExtendedIso.Format(Instant.FromUnixTimeTicks(unixUs * 10));
}

internal static class GatewayEndpoints
{
    public static void MapGatewayEndpoints(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/gateways", ListAsync).WithName("gateways").WithSummary("Gateways by id, with last contact and backlog").Produces<Page<GatewayDocument>>().ForViewers(Scopes.FleetRead);
        endpoints.MapGet("/gateways/{gateway}", GetAsync).WithName("gateway").WithSummary("One gateway").Produces<GatewayDocument>().ProducesProblem(404).ForViewers(Scopes.FleetRead);
    }

    private static async Task<IResult> ListAsync(GatewayReader gateways, string? limit, string? cursor)
    {
        if (Paging.Read(limit, cursor, out int count, out string after) is { } problem) return problem;
        return Results.Ok(Paging.Of(await gateways.ListAsync(after, count + 1), count, gateway => gateway.Name, GatewayDocument.Of));
    }

    private static async Task<IResult> GetAsync(GatewayReader gateways, string gateway) =>
        await gateways.FindAsync(gateway) is { } found ? Results.Ok(GatewayDocument.Of(found)) : Problems.UnknownGateway(gateway);
}

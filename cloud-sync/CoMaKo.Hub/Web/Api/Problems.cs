namespace CoMaKo.Hub.Web.Api;

/// <summary>Problem details (RFC 9457) with a stable code.</summary>
internal static class Problems
{
    public static IResult UnknownRegister(string register) => Of(404, "CMH-1401", "Unknown register", $"The hub has no register '{register}'. GET /registers lists them.");

    public static IResult UnknownGateway(string gateway) => Of(404, "CMH-1402", "Unknown gateway", $"The hub has no gateway '{gateway}'. GET /gateways lists them.");

    public static IResult WrongTime(string member) => Of(400, "CMH-1403", "Unreadable time", $"{member} is a Berlin day (2026-06-01) or an instant with offset (2026-06-01T00:00:00Z) on a quarter hour.");

    public static IResult WrongRange() => Of(422, "CMH-1404", "Range too long", "'to' lies after 'from', at most 400 days.");

    public static IResult WrongLimit() => Of(400, "CMH-1405", "Unreadable limit", "limit is a number from 1 to 1000.");

    public static IResult WrongCursor() => Of(400, "CMH-1406", "Unreadable cursor", "cursor is the 'next' of the page before.");

    public static IResult NotFound() => Of(404, "CMH-1407", "Nothing here", "GET /openapi/v1.json describes what there is.");

    public static IResult Internal() => Of(500, "CMH-1408", "The hub failed", "This is an error of the hub; its log says more.");

    private static IResult Of(int status, string code, string title, string detail) =>
        Results.Problem(detail, statusCode: status, title: title, type: $"urn:comako:problem:{code}", extensions: new Dictionary<string, object?> { ["code"] = code });
}

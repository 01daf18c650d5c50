using System.Globalization;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Access.People;
using Microsoft.AspNetCore.WebUtilities;

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

    /// <summary>A browser is led to the sign-in page; programs are told of the header.</summary>
    public static IResult WhoAreYou(HttpContext context) => OwnPath.WantsPage(context.Request)
        ? new SeeOther(request => "/pages/sign_in?back=" + Uri.EscapeDataString(OwnPath.Here(request)))
        : Challenge(context, Of(401, "CMH-1501", "Who are you?", $"This needs a key in the header {Gate.Header}. An operator makes one: comako-hub key create."));

    public static IResult WrongKey(HttpContext context) => Challenge(context, Of(401, "CMH-1502", "Key not valid", "The hub does not know this key, or it has expired or was revoked."));

    public static IResult OnlyForPeople() => Of(403, "CMH-1550", "For people only", "This is about somebody's own way in: sign in at /pages/sign_in; a key does not reach it.");

    /// <summary>A browser is led to the page that asks again, and from there back.</summary>
    public static IResult StaleSignIn(HttpContext context) => OwnPath.WantsPage(context.Request)
        ? new SeeOther(request => "/pages/confirm?back=" + Uri.EscapeDataString(OwnPath.Here(request)))
        : Of(403, "CMH-1560", "Prove again who you are", "This decides about money: it needs a sign-in of the last five minutes. Open /pages/confirm, then send it again.");

    public static IResult WrongFormToken() => Of(403, "CMH-1551", "Form not from here", $"A changing request of somebody who is signed in carries the field {FormOrigin.Field} or the header {FormOrigin.Header}, as our pages do. Open the page again and send the form from there.");

    public static IResult FromElsewhere() => Of(403, "CMH-1552", "Form not from here", "The browser says that another site sent this. Open the hub's own page and send the form from there.");

    public static IResult WrongSignature(HttpContext context, string fault) => Challenge(context, Of(401, "CMH-1515", "Signature not valid", fault));

    public static IResult NotAllowed(AccessPolicy policy) =>
        Of(403, "CMH-1503", "Not allowed", policy.Scope.Length > 0 ? $"The key's role or scopes do not reach this; it needs {policy.Scope}." : "The key's role does not reach this.");

    public static IResult WrongNetwork() => Of(403, "CMH-1504", "Wrong network", "This key may be used from another network only.");

    public static IResult TooMany(HttpResponse response, TimeSpan wait)
    {
        response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return Of(429, "CMH-1505", "Too many requests", "Come back after the seconds in Retry-After.");
    }

    /// <summary>The same for both, so that nobody learns what others have.</summary>
    public static IResult UnknownOrForeign() => Of(404, "CMH-1507", "Unknown or not yours", "There is no such thing that belongs to you.");

    public static IResult OtherRequest() => Of(422, "CMH-1508", "Another request", $"This {Idempotency.Header} was used for another address or body within the last 24 h. Give each request a name of its own.");

    public static IResult StillRunning(HttpResponse response)
    {
        response.Headers.RetryAfter = "1";
        return Of(409, "CMH-1509", "Still at work", $"The request with this {Idempotency.Header} is still being done. Ask again after the seconds in Retry-After.");
    }

    public static IResult WrongIdempotencyKey() => Of(400, "CMH-1510", "Unreadable idempotency key", $"{Idempotency.Header} has 1 to 255 printable ASCII characters.");

    /// <summary>For what the framework refuses with a bare status.</summary>
    public static IResult OfStatus(int status) => status switch
    {
        400 => Of(status, "CMH-1409", "Unreadable request", "Address, header or body of the request cannot be read."),
        404 => NotFound(),
        405 => Of(status, "CMH-1410", "Method not allowed", "The header Allow names the methods that this address takes."),
        413 => Of(status, "CMH-1411", "Body too large", "A request has at most 1 MiB, a file of readings 20 MiB."),
        415 => Of(status, "CMH-1412", "Unsupported media type", "GET /openapi/v1.json says which types this address takes."),
        _ => Of(status, "CMH-1413", ReasonPhrases.GetReasonPhrase(status), "The request was refused."),
    };

    private static IResult Challenge(HttpContext context, IResult problem)
    {
        context.Response.Headers.WWWAuthenticate = $"ApiKey header=\"{Gate.Header}\"";
        return problem;
    }

    public static IResult Unreadable(System.Text.Json.JsonException cause) => Of(400, "CMH-1601", "Unreadable body",
        FormattableString.Invariant($"The body is no JSON: line {(cause.LineNumber ?? 0) + 1}, byte {(cause.BytePositionInLine ?? 0) + 1}."));

    /// <summary>The body can be read but not taken: nothing of it took effect.</summary>
    public static IResult Content(FormFindings findings) => Results.Problem(
        FormattableString.Invariant($"{findings.Count} findings; nothing was stored.") + (findings.Count > findings.Told.Count ? FormattableString.Invariant($" The first {findings.Told.Count} are listed.") : ""),
        statusCode: 422, title: "Not acceptable as it is", type: "urn:comako:problem:CMH-1611",
        extensions: new Dictionary<string, object?> { ["code"] = "CMH-1611", ["findings"] = findings.Told });

    /// <summary>The same where it is no mistake but contradicts what is stored.</summary>
    public static IResult Conflict(FormFindings findings) => Results.Problem(
        "It contradicts what is stored; nothing was stored.", statusCode: 409, title: "Conflict", type: "urn:comako:problem:CMH-1615",
        extensions: new Dictionary<string, object?> { ["code"] = "CMH-1615", ["findings"] = findings.Told });

    public static IResult WrongMediaType(string expected) => Of(415, "CMH-1612", "Unsupported media type", $"The body is sent as {expected}.");

    public static IResult TooLarge() => Of(413, "CMH-1613", "Body too large", "Send it in several parts, or as a CSV file where one is taken.");

    public static IResult ChangedMeanwhile() => Of(412, "CMH-1614", "Changed meanwhile", "The resource is not in the state that If-Match or If-None-Match names. Read it again.");

    /// <summary>A problem of one context.</summary>
    public static IResult Of(int status, string code, string title, string detail) =>
        Results.Problem(detail, statusCode: status, title: title, type: $"urn:comako:problem:{code}", extensions: new Dictionary<string, object?> { ["code"] = code });
}

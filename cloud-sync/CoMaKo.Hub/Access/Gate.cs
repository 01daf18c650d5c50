using System.Net;
using CoMaKo.Hub.Access.People;
using CoMaKo.Hub.Access.Signatures;
using CoMaKo.Hub.Web.Api;

namespace CoMaKo.Hub.Access;

/// <summary>How the gate treats those who show no key and are not signed in.</summary>
/// <param name="LocalMayRead">Trial on one machine: whoever calls from it may read everything.</param>
internal sealed record GateOptions(bool LocalMayRead, RequestRates Rates);

/// <summary>
/// What each request on the pages' port passes: whose it is, whether there are too many, whether role and scope admit it, whether a browser was made to
/// send it by a foreign page, and whether the thing is the member's own. On the sync port certificates do this.
/// </summary>
internal sealed class Gate(ApiKeys keys, SignedRequests signatures, PersonSessions sessions, RequestLimits limits, Ownership ownership, GateOptions options)
{
    public const string Header = "X-Api-Key";

    /// <summary>Marks a request that a page sends by itself to renew what it shows.</summary>
    public const string RenewalHeader = "X-Renewal";

    private static readonly string[] ProxyHeaders = ["X-Forwarded-For", "X-Original-For", "Forwarded", "Via"];

    /// <summary>Decides about one request; its caller is a feature of it afterwards.</summary>
    /// <returns>The refusal; absent if it may go on.</returns>
    public async ValueTask<IResult?> CheckAsync(HttpContext context, AccessPolicy policy)
    {
        string? shown = policy.Roles == Roles.Anonymous ? null : KeyOf(context.Request);
        bool isSigned = shown is null && policy.Roles != Roles.Anonymous && SignedRequests.IsSigned(context.Request);
        var (key, fault) = isSigned ? await signatures.CheckAsync(context) : (shown is null ? null : await keys.FindAsync(shown), "");
        if (isSigned) shown = "";
        var begun = shown is not null || policy.Roles == Roles.Anonymous ? null : await sessions.FindAsync(SessionCookie.Read(context.Request), context.Request.Headers.ContainsKey(RenewalHeader));
        context.Features.Set(begun);
        var session = begun is { Stage: SessionStage.Full } ? begun : null; // one that is half done is for the page of the second factor only
        if (limits.Take(key is not null ? Caller.KeyPrefix + key.Id : session is not null ? Caller.PersonPrefix + session.Name : null, context.Connection.RemoteIpAddress) is { } wait) return Problems.TooMany(context.Response, wait);
        if (shown is not null && key is null) return isSigned ? Problems.WrongSignature(context, fault) : Problems.WrongKey(context);
        if (key?.Network is { } network && !(context.Connection.RemoteIpAddress is { } address && network.Contains(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address))) return Problems.WrongNetwork();
        var caller = key is not null ? new Caller(key.Role, Caller.KeyPrefix + key.Id, key.Participant, key.Scopes) : session?.ToCaller() ?? (IsLocal(context) ? Caller.Local : Caller.Nobody);
        context.Features.Set(caller);
        return await JudgeAsync(context, policy, caller);
    }

    private async ValueTask<IResult?> JudgeAsync(HttpContext context, AccessPolicy policy, Caller caller)
    {
        bool isChange = !IsRead(context.Request);
        if (isChange && caller.KeyId is null && FormOrigin.IsElsewhere(context.Request)) return Problems.FromElsewhere();
        if (policy.IsOpen) return null;
        if (caller.Role == Roles.Anonymous || (caller.MayOnlyRead && (isChange || policy.IsForPeople))) return Problems.WhoAreYou(context);
        if (policy.IsForPeople && caller.Session is null) return Problems.OnlyForPeople();
        if (!policy.Admits(caller)) return Problems.NotAllowed(policy);
        if (isChange && caller.Session is { } session && !await FormOrigin.HasTokenAsync(context.Request, session)) return Problems.WrongFormToken();
        if (caller.Session is { } signedIn && context.GetEndpoint()?.Metadata.GetMetadata<FreshSignIn>() is not null && !sessions.IsFresh(signedIn)) return Problems.StaleSignIn(context);
        return caller.Role == Roles.Member && !await ownership.ReachesOwnAsync(policy, caller, context.Request.RouteValues) ? Problems.UnknownOrForeign() : null;
    }

    private static string? KeyOf(HttpRequest request) => !request.Headers.TryGetValue(Header, out var header) ? null : header.Count == 1 ? header[0] ?? "" : "";

    /// <summary>Somebody at this machine, not somebody whom a proxy brings.</summary>
    private bool IsLocal(HttpContext context) =>
        options.LocalMayRead && context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address) && !ProxyHeaders.Any(context.Request.Headers.ContainsKey);

    private static bool IsRead(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
}

using System.Net;
using System.Text;
using CoMaKo.Hub.Web.Api;

namespace CoMaKo.Hub.Access;

/// <summary>How the gate treats those who show no key.</summary>
/// <param name="LocalMayRead">Trial on one machine: whoever calls from it may read everything without a key.</param>
internal sealed record GateOptions(bool LocalMayRead, RequestRates Rates);

/// <summary>
/// What each request on the pages' port passes: whose it is, whether there are too many, whether role and scope admit it, and whether the thing is
/// the member's own. On the sync port certificates do this.
/// </summary>
internal sealed class Gate(ApiKeys keys, RequestLimits limits, Ownership ownership, GateOptions options)
{
    public const string Header = "X-Api-Key";

    private static readonly string[] ProxyHeaders = ["X-Forwarded-For", "X-Original-For", "Forwarded", "Via"];

    /// <summary>Decides about one request; its caller is a feature of it afterwards.</summary>
    /// <returns>The refusal; absent if it may go on.</returns>
    public async ValueTask<IResult?> CheckAsync(HttpContext context, AccessPolicy policy)
    {
        string? shown = KeyOf(context.Request);
        bool isOpen = policy.Roles.HasFlag(Roles.Anonymous);
        var key = shown is null || isOpen ? null : await keys.FindAsync(shown);
        if (limits.Take(key, context.Connection.RemoteIpAddress) is { } wait) return Problems.TooMany(context.Response, wait);
        if (isOpen) return null;
        if (shown is not null && key is null) return Problems.WrongKey(context);
        if (key?.Network is { } network && !(context.Connection.RemoteIpAddress is { } address && network.Contains(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address))) return Problems.WrongNetwork();
        var caller = key is not null ? new Caller(key.Role, Caller.KeyPrefix + key.Id, key.Participant, key.Scopes) : IsLocal(context) ? Caller.Local : Caller.Nobody;
        context.Features.Set(caller);
        if (caller.Role == Roles.Anonymous || (caller.MayOnlyRead && !IsRead(context.Request))) return Problems.NoKey(context);
        if (!policy.Admits(caller)) return Problems.NotAllowed(policy);
        return caller.Role == Roles.Member && !await ownership.ReachesOwnAsync(policy, caller, context.Request.RouteValues) ? Problems.UnknownOrForeign() : null;
    }

    /// <summary>The header, or for reading the password that a browser asked for: until there are accounts a key opens the pages so.</summary>
    private static string? KeyOf(HttpRequest request)
    {
        if (request.Headers.TryGetValue(Header, out var header)) return header.Count == 1 ? header[0] : "";
        string authorization = request.Headers.Authorization.ToString();
        if (!IsRead(request) || !authorization.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase)) return null;
        byte[] text = new byte[authorization.Length];
        return Convert.TryFromBase64String(authorization[6..].Trim(), text, out int length) ? Encoding.UTF8.GetString(text, 0, length).Split(':', 2)[^1] : "";
    }

    /// <summary>Somebody at this machine, not somebody whom a proxy brings.</summary>
    private bool IsLocal(HttpContext context) =>
        options.LocalMayRead && context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address) && !ProxyHeaders.Any(context.Request.Headers.ContainsKey);

    private static bool IsRead(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
}

namespace CoMaKo.Hub.Access;

/// <summary>What a value of an address names, so that a member reaches its own only.</summary>
internal enum Owned
{
    /// <summary>Nothing in particular; what a member gets to see of it is cut by the handler.</summary>
    ByHandler,
    Gateway,
    Register,
    MeteringPoint,
    BalanceGroup,
    Statement,
    Invoice,
}

/// <summary>Who may use an endpoint: role, scope and owner rule, declared where it is mapped.</summary>
/// <param name="Scope">What a key with scopes must name.</param>
/// <param name="Subject">What <paramref name="RouteValue"/> names.</param>
/// <param name="RouteValue">Part of the address that names it; absent with <see cref="Owned.ByHandler"/>.</param>
/// <param name="IsForPeople">Only for somebody who is signed in, not for keys: it is about their own way in.</param>
internal sealed record AccessPolicy(Roles Roles, string Scope = "", Owned Subject = Owned.ByHandler, string? RouteValue = null, bool IsForPeople = false)
{
    /// <summary>Whether nobody is refused.</summary>
    public bool IsOpen => Roles.HasFlag(Roles.Anonymous);

    /// <summary>Whether a caller may use it at all; which rows it then reaches is the owner rule's matter.</summary>
    public bool Admits(Caller caller) =>
        IsOpen || (Roles.HasFlag(caller.Role) && (caller.Scopes.Count == 0 ? caller.Role != Roles.Partner : caller.Scopes.Contains(Scope)));
}

/// <summary>Marks what decides about money: a person proves within the five minutes before who they are. Keys are not asked.</summary>
internal sealed class FreshSignIn;

/// <summary>The words with which a mapped endpoint declares its policy.</summary>
internal static class AccessPolicies
{
    /// <summary>No key needed: health, static files, texts that hold nothing of anybody.</summary>
    public static T ForAnyone<T>(this T endpoint) where T : IEndpointConventionBuilder => With(endpoint, new AccessPolicy(Roles.Anonymous));

    /// <summary>Everybody, and the handler is told who it is if they are known.</summary>
    public static T ForVisitors<T>(this T endpoint) where T : IEndpointConventionBuilder => With(endpoint, new AccessPolicy(Roles.Anonymous | Roles.Viewer | Roles.Member | Roles.Operator));

    /// <summary>Whoever is signed in, for what is about themselves; no key reaches it.</summary>
    /// <param name="roles">If not for all of them.</param>
    public static T ForPeople<T>(this T endpoint, Roles roles = Roles.Viewer | Roles.Member | Roles.Operator) where T : IEndpointConventionBuilder => With(endpoint, new AccessPolicy(roles, IsForPeople: true));

    /// <summary>Operators, and partners with the scope.</summary>
    public static T ForOperators<T>(this T endpoint, string scope) where T : IEndpointConventionBuilder =>
        With(endpoint, new AccessPolicy(Roles.Operator | Roles.Partner, scope));

    /// <summary>Operators only, and no key of them that is limited to scopes.</summary>
    public static T ForOperatorsAlone<T>(this T endpoint) where T : IEndpointConventionBuilder => With(endpoint, new AccessPolicy(Roles.Operator));

    /// <summary>Operators, viewers of the fleet, and partners with the scope.</summary>
    public static T ForViewers<T>(this T endpoint, string scope) where T : IEndpointConventionBuilder =>
        With(endpoint, new AccessPolicy(Roles.Operator | Roles.Partner | Roles.Viewer, scope));

    /// <summary>Operators, partners with the scope, and the member who owns what a part of the address names.</summary>
    /// <param name="routeValue">That part, e.g. <c>metering_point</c>.</param>
    public static T ForOwners<T>(this T endpoint, string scope, Owned subject, string routeValue) where T : IEndpointConventionBuilder =>
        With(endpoint, new AccessPolicy(Roles.Operator | Roles.Partner | Roles.Member, scope, subject, routeValue));

    /// <summary>Operators, partners with the scope, and members, to whom the handler shows or takes only what is theirs (<see cref="Caller.Participant"/>).</summary>
    public static T ForMembers<T>(this T endpoint, string scope) where T : IEndpointConventionBuilder =>
        With(endpoint, new AccessPolicy(Roles.Operator | Roles.Partner | Roles.Member, scope));

    /// <summary>Beside the word about who may use it: people whose sign-in is older than five minutes prove again who they are, and come back.</summary>
    public static T WithFreshSignIn<T>(this T endpoint) where T : IEndpointConventionBuilder
    {
        endpoint.Add(builder => builder.Metadata.Add(new FreshSignIn()));
        return endpoint;
    }

    /// <summary>Gateways, which prove themselves on the sync port.</summary>
    public static T ForGateways<T>(this T endpoint) where T : IEndpointConventionBuilder => With(endpoint, new AccessPolicy(Roles.Gateway));

    /// <summary>Looks that nothing is mapped without a policy.</summary>
    /// <exception cref="InvalidOperationException">CMH-1506: something is; the text names it.</exception>
    public static void RequirePolicies(this IEndpointRouteBuilder endpoints)
    {
        var missing = endpoints.DataSources.SelectMany(source => source.Endpoints).Where(endpoint => endpoint.Metadata.GetMetadata<AccessPolicy>() is null).Select(NameOf).ToList();
        if (missing.Count > 0)
            throw new InvalidOperationException($"CMH-1506. Endpoints without a policy: {string.Join(", ", missing)}. Declare who may use them where they are mapped (Access/AccessPolicy.cs), e.g. .ForOperators(Scopes.MarketWrite).");
    }

    /// <summary>Method and pattern, e.g. <c>GET /gateways</c>.</summary>
    public static string NameOf(Endpoint endpoint) =>
        endpoint is RouteEndpoint route ? $"{string.Join(',', route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["*"])} /{route.RoutePattern.RawText?.TrimStart('/')}" : endpoint.DisplayName ?? "?";

    private static T With<T>(T endpoint, AccessPolicy policy)
        where T : IEndpointConventionBuilder
    {
        endpoint.Add(builder => builder.Metadata.Add(policy)); // the last one counts: an endpoint's own word goes before its group's
        return endpoint;
    }
}

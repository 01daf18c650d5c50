using CoMaKo.Hub.Access.People;

namespace CoMaKo.Hub.Access;

/// <summary>Who may call; the numbers are those of <c>web_key.role</c>.</summary>
[Flags]
internal enum Roles
{
    None = 0,

    /// <summary>Nobody in particular.</summary>
    Anonymous = 1,

    /// <summary>Watches the fleet: gateways and their state, no meter values.</summary>
    Viewer = 2,

    /// <summary>Another program: what its scopes name, and nothing else.</summary>
    Partner = 4,

    /// <summary>A participant: its own things.</summary>
    Member = 8,

    /// <summary>Everything of the cooperative.</summary>
    Operator = 16,

    /// <summary>A gateway, which proves itself by its certificate on the sync port and never by a key.</summary>
    Gateway = 32,
}

/// <summary>Whose request this is. A handler takes it as a parameter.</summary>
/// <param name="Name">For the audit: <c>key:…</c>, <c>person:…</c>, or <c>local</c>.</param>
/// <param name="Participant">Whose own things a member reaches; absent for others.</param>
/// <param name="Scopes">Empty: everything of the role.</param>
/// <param name="MayOnlyRead">Somebody at this machine who tries the hub out without a key.</param>
/// <param name="Session">Of a person who is signed in; absent for programs.</param>
internal sealed record Caller(Roles Role, string Name, string? Participant, IReadOnlyList<string> Scopes, bool MayOnlyRead = false, PersonSession? Session = null)
{
    public const string PersonPrefix = "person:";
    public const string KeyPrefix = "key:";

    public static readonly Caller Nobody = new(Roles.Anonymous, "anonymous", null, []);

    public static readonly Caller Local = new(Roles.Operator, "local", null, [], MayOnlyRead: true);

    /// <summary>The key's id; absent for who shows none.</summary>
    public string? KeyId => Name.StartsWith(KeyPrefix, StringComparison.Ordinal) ? Name[KeyPrefix.Length..] : null;

    /// <summary>Binds a handler's parameter.</summary>
    public static ValueTask<Caller?> BindAsync(HttpContext context) => new(Of(context));

    public static Caller Of(HttpContext context) => context.Features.Get<Caller>() ?? Nobody;
}

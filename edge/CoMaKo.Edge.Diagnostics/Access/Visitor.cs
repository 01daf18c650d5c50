using Microsoft.AspNetCore.Http;

namespace CoMaKo.Edge.Diagnostics.Access;

/// <summary>Who looks at a page or sends a form.</summary>
/// <param name="Account">Absent for a stranger.</param>
/// <param name="Session">Present with <paramref name="Account"/>.</param>
/// <param name="IsRecent">The password was given within the last five minutes.</param>
/// <param name="Token">What this browser's forms must bring along.</param>
internal sealed record Visitor(Account? Account, Session? Session, bool IsRecent, string Token)
{
    public static readonly Visitor Stranger = new(null, null, false, "");

    /// <summary>Whether the visitor may do what this role may; not before a password for one use was replaced.</summary>
    public bool Is(Role role) => Account is { MustChange: false } account && account.Role >= role;

    public static Visitor Of(HttpContext context) => context.Features.Get<Visitor>() ?? Stranger;
}

/// <summary>Who may use an address. Every endpoint carries one; without it nobody may.</summary>
/// <param name="Needs">Absent: anybody, also strangers.</param>
/// <param name="IsValue">Values: anybody, unless the options keep them for those who are signed in.</param>
/// <param name="IsDangerous">Wants the password given within the last five minutes.</param>
/// <param name="BeforeOwnPassword">Also with a password for one use.</param>
/// <param name="IsAutomatic">Asked for by the page and not by a person: keeps nobody signed in.</param>
internal sealed record AccessRule(Role? Needs, bool IsValue = false, bool IsDangerous = false, bool BeforeOwnPassword = false, bool IsAutomatic = false)
{
    public static readonly AccessRule Anybody = new((Role?)null);
    public static readonly AccessRule Values = new(null, IsValue: true);
    public static readonly AccessRule Stream = new(null, IsValue: true, IsAutomatic: true);
    public static readonly AccessRule Account = new(Role.Viewer, BeforeOwnPassword: true);
    public static readonly AccessRule Installer = new(Role.Installer);
    public static readonly AccessRule Dangerous = new(Role.Installer, IsDangerous: true);
    public static readonly AccessRule Operator = new(Role.Operator, IsDangerous: true);
    public static readonly AccessRule OperatorPage = new(Role.Operator);

    /// <summary>Why this visitor may not; absent if he may.</summary>
    public Refusal? Judge(Visitor visitor, AccessOptions options)
    {
        if (Needs is null && (!IsValue || options.ValuesWithoutSignIn)) return null;
        if (visitor.Account is not { } account) return Refusal.SignInNeeded;
        if (account.MustChange && !BeforeOwnPassword) return Refusal.RoleNeeded;
        if (Needs is { } role && account.Role < role) return Refusal.RoleNeeded;
        return IsDangerous && !visitor.IsRecent ? Refusal.PasswordNeeded : null;
    }
}

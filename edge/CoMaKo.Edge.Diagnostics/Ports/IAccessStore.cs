using NodaTime;

namespace CoMaKo.Edge.Diagnostics;

/// <summary>Where accounts are kept. Other processes (the recovery command) may change them at any time.</summary>
public interface IAccessStore
{
    /// <summary>What is stored now; <see cref="AccessState.Empty"/> if nothing ever was.</summary>
    /// <exception cref="AccessStoreException">It cannot be read.</exception>
    AccessState Read();

    /// <summary>Replaces the state by what <paramref name="change"/> makes of the newest one; nobody else writes in between. Durable on return.</summary>
    /// <param name="change">May return the state that it was given: nothing is written then.</param>
    /// <returns>The state after the change.</returns>
    /// <exception cref="AccessStoreException">It cannot be read or written; nothing has changed.</exception>
    Task<AccessState> ChangeAsync(Func<AccessState, AccessState> change, CancellationToken cancellationToken);
}

/// <summary>Accounts and the one-time code.</summary>
/// <param name="Code">Hash of the code that makes the next operator's account; absent if none is valid.</param>
public sealed record AccessState(IReadOnlyList<Account> Accounts, string? Code)
{
    public static readonly AccessState Empty = new([], null);

    /// <summary>Names differ in more than case.</summary>
    public Account? Find(string name) => Accounts.FirstOrDefault(account => string.Equals(account.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The same with this account put in the place of the one with its name, or added.</summary>
    public AccessState With(Account account) => Find(account.Name) is null
        ? this with { Accounts = [.. Accounts, account] }
        : this with { Accounts = [.. Accounts.Select(other => string.Equals(other.Name, account.Name, StringComparison.OrdinalIgnoreCase) ? account : other)] };
}

/// <summary>Somebody who may sign in.</summary>
/// <param name="Password">Salted hash with its parameters.</param>
/// <param name="MustChange">The password was given by an operator and serves only to set an own one.</param>
/// <param name="Devices">Hashes of the marks of browsers that signed in before, newest last; they are not locked out by others' wrong tries.</param>
public sealed record Account(string Name, Role Role, string Password, bool IsDisabled, bool MustChange, Instant Created, IReadOnlyList<string> Devices)
{
    /// <summary>Counts the changes of password, role and state: sessions of an earlier count are over.</summary>
    public int Generation { get; init; }
}

/// <summary>Accounts cannot be read or written.</summary>
/// <param name="message">What is wrong, where, and what to do.</param>
public sealed class AccessStoreException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Stable code.</summary>
    public static string Code => "CME-2210";
}

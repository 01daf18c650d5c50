using NodaTime;

namespace CoMaKo.Edge.Diagnostics.Access;

/// <summary>Accounts, their passwords and the one-time code. Knows nothing of HTTP.</summary>
/// <param name="store">Where accounts are kept.</param>
/// <param name="time">The gateway's clock, for records.</param>
/// <param name="realTime">The clock that paces people: waits and limits.</param>
internal sealed class AccountBook(IAccessStore store, TimeProvider time, TimeProvider realTime) : IDisposable
{
    public const int ShortestPassword = 10;
    public const int LongestPassword = 200;
    private const int DevicesKept = 8;
    private const int MostWaiting = 16;
    private readonly TryLimit limit = new(realTime);
    private readonly SemaphoreSlim work = new(2); // a hash takes some tenths of a second of a small processor: guessing must not stop control
    private int waiting;

    public AccessState State => store.Read();

    /// <summary>Makes a code if one is needed and none is valid: no account exists yet.</summary>
    /// <returns>The code, to be printed once; absent if none was made.</returns>
    /// <exception cref="AccessStoreException"/>
    public async Task<string?> FirstBootAsync(CancellationToken cancellationToken)
    {
        if (store.Read() is { Accounts.Count: > 0 } or { Code: not null }) return null;
        return await NewCodeAsync(store, cancellationToken);
    }

    /// <summary>Makes a code that voids the one before; whoever has it makes an operator's account. For the console only.</summary>
    /// <exception cref="AccessStoreException"/>
    public static async Task<string> NewCodeAsync(IAccessStore store, CancellationToken cancellationToken)
    {
        string code = OneTimeCode.New();
        string hash = PasswordHash.Of(OneTimeCode.Normalise(code)!);
        await store.ChangeAsync(state => state with { Code = hash }, cancellationToken);
        return code;
    }

    /// <summary>Uses the code to make an operator's account; the first one, since somebody must be able to make the others. An account of that name is replaced.</summary>
    public async Task<(Account? Account, Refusal? Refusal)> UseCodeAsync(string? typed, string? name, string? password, string address, CancellationToken cancellationToken)
    {
        // Only by address: 50 bits cannot be guessed from a building's few addresses, and a limit for all would keep the right person out.
        string key = "code " + address;
        if (limit.Enter(key) is { Ticks: > 0 } wait) return (null, Refusal.TooManyTries(wait));
        string? used = State.Code;
        var (matches, busy) = await MatchesAsync(OneTimeCode.Normalise(typed), used, cancellationToken);
        if (busy is not null) return (null, busy);
        if (!matches || used is null) return (null, Refusal.WrongCode);
        limit.Succeeded(key);
        if (Names.Read(name) is not { } account) return (null, Refusal.WrongName);
        if (!IsStrong(password, account)) return (null, Refusal.WeakPassword);

        var made = await NewAsync(account, Role.Operator, password!, mustChange: false);
        var state = await store.ChangeAsync(state => state.Code == used ? state.With(made with { Generation = (state.Find(account)?.Generation ?? 0) + 1 }) with { Code = null } : state, cancellationToken);
        return state.Code == used || state.Find(account)?.Password != made.Password ? (null, Refusal.WrongCode) : (state.Find(account), null);
    }

    /// <summary>Checks name and password.</summary>
    /// <param name="device">Mark of a browser that signed in before; its own wrong tries count, others' do not.</param>
    public async Task<(Account? Account, Refusal? Refusal)> SignInAsync(string? name, string? password, string? device, string address, CancellationToken cancellationToken)
    {
        var account = State.Find(Names.Read(name) ?? "");
        string[] keys = account is not null && device is not null && account.Devices.Contains(PasswordHash.OfToken(device))
            ? ["device " + PasswordHash.OfToken(device)]
            : ["account " + (Names.Read(name) ?? "").ToUpperInvariant(), "address " + address];
        if (limit.Enter(keys) is { Ticks: > 0 } wait) return (null, Refusal.TooManyTries(wait));
        var (matches, busy) = await MatchesAsync(password, account?.Password, cancellationToken);
        if (busy is not null) return (null, busy);
        if (!matches || account is null or { IsDisabled: true }) return (null, Refusal.WrongPassword);
        limit.Succeeded(keys);
        return (account, null);
    }

    /// <summary>Keeps the mark of a browser that has signed in.</summary>
    public Task RememberDeviceAsync(Account account, string device, CancellationToken cancellationToken)
    {
        string hash = PasswordHash.OfToken(device);
        return store.ChangeAsync(
            state => state.Find(account.Name) is not { } kept || kept.Devices.Contains(hash) ? state
                : state.With(kept with { Devices = [.. kept.Devices.TakeLast(DevicesKept - 1), hash] }),
            cancellationToken);
    }

    /// <summary>Sets an own password after the present one was given.</summary>
    public async Task<Refusal?> ChangePasswordAsync(Account account, string? present, string? fresh, string address, CancellationToken cancellationToken)
    {
        var (_, refusal) = await SignInAsync(account.Name, present, null, address, cancellationToken);
        if (refusal is not null) return refusal;
        if (!IsStrong(fresh, account.Name) || fresh == present) return Refusal.WeakPassword;
        string hash = await HashAsync(fresh!);
        return await EditAsync(account.Name, kept => kept with { Password = hash, MustChange = false }, cancellationToken);
    }

    /// <summary>Adds an account with a password for one use.</summary>
    public async Task<(string? Password, Refusal? Refusal)> AddAsync(string? name, Role role, CancellationToken cancellationToken)
    {
        if (Names.Read(name) is not { } account) return (null, Refusal.WrongName);
        string password = Names.NewPassword();
        var made = await NewAsync(account, role, password, mustChange: true);
        var state = await store.ChangeAsync(state => state.Find(account) is null ? state.With(made) : state, cancellationToken);
        return state.Find(account)?.Password == made.Password ? (password, null) : (null, Refusal.WrongName);
    }

    /// <summary>Gives an account a new password for one use.</summary>
    public async Task<(string? Password, Refusal? Refusal)> ResetAsync(string name, CancellationToken cancellationToken)
    {
        string password = Names.NewPassword();
        string hash = await HashAsync(password);
        var refusal = await EditAsync(name, kept => kept with { Password = hash, MustChange = true, Devices = [] }, cancellationToken);
        return refusal is null ? (password, null) : (null, refusal);
    }

    public Task<Refusal?> SetRoleAsync(string name, Role role, CancellationToken cancellationToken) =>
        EditAsync(name, kept => kept with { Role = role }, cancellationToken);

    public Task<Refusal?> SetDisabledAsync(string name, bool isDisabled, CancellationToken cancellationToken) =>
        EditAsync(name, kept => kept with { IsDisabled = isDisabled }, cancellationToken);

    public void Dispose() => work.Dispose();

    /// <summary>At least ten characters, not made of the name, not of fewer than five different ones.</summary>
    internal static bool IsStrong(string? password, string name) =>
        password is { Length: >= ShortestPassword and <= LongestPassword }
        && (name.Length < 4 || !password.Contains(name, StringComparison.OrdinalIgnoreCase)) && password.Distinct().Count() >= 5;

    private async Task<Refusal?> EditAsync(string name, Func<Account, Account> edit, CancellationToken cancellationToken)
    {
        Refusal? refusal = null;
        await store.ChangeAsync(
            state =>
            {
                refusal = null;
                if (state.Find(name) is not { } kept)
                {
                    refusal = Refusal.NoSuchAccount;
                    return state;
                }

                var after = state.With(edit(kept) with { Generation = kept.Generation + 1 });
                bool hasOperator = after.Accounts.Any(account => account is { Role: Role.Operator, IsDisabled: false });
                if (!hasOperator) refusal = Refusal.LastOperator;
                return hasOperator ? after : state;
            },
            cancellationToken);
        return refusal;
    }

    private async Task<Account> NewAsync(string name, Role role, string password, bool mustChange) =>
        new(name, role, await HashAsync(password), false, mustChange, Instant.FromDateTimeOffset(time.GetUtcNow()), []);

    private async Task<string> HashAsync(string secret)
    {
        await work.WaitAsync();
        try
        {
            return await Task.Run(() => PasswordHash.Of(secret));
        }
        finally
        {
            work.Release();
        }
    }

    /// <summary>Takes as long for a missing hash as for one that is there.</summary>
    private async Task<(bool Matches, Refusal? Busy)> MatchesAsync(string? secret, string? hash, CancellationToken cancellationToken)
    {
        if (secret is null or { Length: > LongestPassword }) return (false, null);
        if (Interlocked.Increment(ref waiting) > MostWaiting)
        {
            Interlocked.Decrement(ref waiting);
            return (false, Refusal.Busy);
        }

        await work.WaitAsync(cancellationToken);
        try
        {
            return (await Task.Run(() => PasswordHash.Matches(secret, hash ?? PasswordHash.Nobody), cancellationToken) && hash is not null, null);
        }
        finally
        {
            work.Release();
            Interlocked.Decrement(ref waiting);
        }
    }
}

using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace CoMaKo.Edge.Diagnostics.Access;

/// <summary>One browser that is signed in. Times are of the clock that never steps: a box without a clock of its own jumps by decades.</summary>
internal sealed class Session(string key, string account, int generation, string address, string browser, long now)
{
    private long used = now;
    private long confirmed = now;

    /// <summary>Hash of the cookie.</summary>
    public string Key { get; } = key;

    public string Account { get; } = account;

    public int Generation { get; } = generation;

    public string Address { get; } = address;

    public string Browser { get; } = browser;

    public long Started { get; } = now;

    /// <summary>Last request of a person; live streams do not count.</summary>
    public long Used
    {
        get => Interlocked.Read(ref used);
        set => Interlocked.Exchange(ref used, value);
    }

    /// <summary>When the password was last given.</summary>
    public long Confirmed
    {
        get => Interlocked.Read(ref confirmed);
        set => Interlocked.Exchange(ref confirmed, value);
    }
}

/// <summary>Who is signed in; ends with the process. 30 minutes idle, 8 hours in all, a new secret at each sign-in (security §4).</summary>
internal sealed class Sessions(TimeProvider realTime)
{
    public static readonly TimeSpan Idle = TimeSpan.FromMinutes(30);
    public static readonly TimeSpan Longest = TimeSpan.FromHours(8);

    /// <summary>Dangerous actions want the password no longer ago.</summary>
    public static readonly TimeSpan Recent = TimeSpan.FromMinutes(5);

    private const int MostPerAccount = 20;
    private readonly ConcurrentDictionary<string, Session> kept = new(StringComparer.Ordinal);

    /// <summary>Begins a session.</summary>
    /// <returns>The secret for the cookie, 256 bits; only its hash is kept.</returns>
    public string Begin(Account account, string address, string browser)
    {
        string secret = RandomNumberGenerator.GetHexString(64, lowercase: true);
        var session = new Session(PasswordHash.OfToken(secret), account.Name, account.Generation, address, browser, realTime.GetTimestamp());
        foreach (var old in Of(account.Name).Skip(MostPerAccount - 1)) kept.TryRemove(old.Key, out _);
        kept[session.Key] = session;
        return secret;
    }

    /// <summary>The session of a cookie; absent if there is none or it is over.</summary>
    public Session? Find(string? secret)
    {
        if (secret is null || !kept.TryGetValue(PasswordHash.OfToken(secret), out var session)) return null;
        long now = realTime.GetTimestamp();
        if (realTime.GetElapsedTime(session.Used, now) < Idle && realTime.GetElapsedTime(session.Started, now) < Longest) return session;
        kept.TryRemove(session.Key, out _);
        return null;
    }

    public void Touch(Session session) => session.Used = realTime.GetTimestamp();

    public void Confirm(Session session) => session.Confirmed = realTime.GetTimestamp();

    public bool IsRecent(Session session) => realTime.GetElapsedTime(session.Confirmed) < Recent;

    public TimeSpan IdleFor(Session session) => realTime.GetElapsedTime(session.Used);

    public void End(Session session) => kept.TryRemove(session.Key, out _);

    /// <summary>Ends every session of an account, but for one if given.</summary>
    public void EndAll(string account, Session? but = null)
    {
        foreach (var session in Of(account))
            if (session != but) kept.TryRemove(session.Key, out _);
    }

    /// <summary>Sessions of an account that are not over, newest first.</summary>
    public IReadOnlyList<Session> Of(string account)
    {
        long now = realTime.GetTimestamp();
        return [.. kept.Values
            .Where(session => string.Equals(session.Account, account, StringComparison.OrdinalIgnoreCase)
                && realTime.GetElapsedTime(session.Used, now) < Idle && realTime.GetElapsedTime(session.Started, now) < Longest)
            .OrderByDescending(session => session.Started)];
    }
}

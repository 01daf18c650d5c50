using System.Net;
using System.Security.Cryptography;
using CoMaKo.Hub.Storage;
using Dapper;
using Microsoft.AspNetCore.DataProtection;

namespace CoMaKo.Hub.Access;

/// <summary>The keys of programs. A key is looked up with each request, so that one that is revoked stops at once on every replica.</summary>
/// <param name="protection">Seals secrets of keys that sign; absent where none is made or read.</param>
internal sealed class ApiKeys(HubDatabase database, TimeProvider clock, IDataProtectionProvider? protection = null)
{
    /// <summary>Whose keys they are: what one program sealed another one of the same name opens.</summary>
    public const string ProtectionName = "comako-hub";

    private const long HourMicroseconds = 3_600_000_000;
    private const int MostActive = 2;

    private readonly IDataProtector? sealing = protection?.CreateProtector("access", "signing keys");

    /// <summary>Makes a key that passed <see cref="KeyWish.Validate"/>.</summary>
    /// <param name="actor">Who makes it, for the audit.</param>
    /// <returns>The only time its text can be seen.</returns>
    public async Task<ApiKey> CreateAsync(KeyWish wish, string actor)
    {
        var key = ApiKey.New();
        long now = clock.UnixMicroseconds();
        await database.WriteAsync(async tx =>
        {
            Insert(tx, key, new KeyInfo(key.Id, wish.Role, wish.Name, wish.Participant, wish.Scopes ?? [], wish.Network, now, now + (wish.Days * 24 * HourMicroseconds), null, null, key.Id, wish.IsSigned));
            await Audit.AppendAsync(tx, now, actor, "key.create", key.Id, $"{wish.Role} {wish.Participant} {wish.Name} {string.Join(' ', wish.Scopes ?? [])}");
        });
        return key;
    }

    /// <summary>Gives a client another key of the same kind, for another 365 days; the old one stays good for a while, so that programs can change over.</summary>
    /// <param name="overlap">How long at most.</param>
    /// <returns>The new key, whose text can be seen now only; absent if there is no such good key, or the client has two already.</returns>
    public Task<ApiKey?> RotateAsync(string id, TimeSpan overlap, string actor) => database.WriteAsync(async tx =>
    {
        long now = clock.UnixMicroseconds();
        var rows = await tx.QueryAsync<Row>($"{Select} WHERE coalesce(client, key_id) = (SELECT coalesce(client, key_id) FROM web_key WHERE key_id = @id) {(tx.Engine == HubEngine.Postgres ? "FOR UPDATE" : "")}", new { id });
        var good = rows.Select(Of).Where(key => key.IsGoodAt(now)).ToList();
        if (good.Find(key => key.Id == id) is not { } old || good.Count >= MostActive) return null;
        var key = ApiKey.New();
        long end = Math.Min(old.ExpiresUs, now + (overlap.Ticks / 10));
        await tx.Prepare("UPDATE web_key SET expires_us = $1 WHERE key_id = $2").Bind(end).Bind(id).RunAsync();
        Insert(tx, key, old with { Id = key.Id, CreatedUs = now, ExpiresUs = now + (KeyWish.MostDays * 24 * HourMicroseconds), LastUsedUs = null });
        await Audit.AppendAsync(tx, now, actor, "key.rotate", id, $"{key.Id}, the old one until {DateTimeOffset.UnixEpoch.AddTicks(end * 10):yyyy-MM-ddTHH:mm:ssZ}");
        return key;
    });

    private void Insert(HubTransaction tx, ApiKey key, KeyInfo info)
    {
        byte[]? secret = !info.IsSigned ? null : (sealing ?? throw new InvalidOperationException("A key that signs needs the keys in the data folder.")).Protect(key.SigningSecret);
        tx.Prepare("""
            INSERT INTO web_key (key_id, secret_sha256, role, participant, name, scopes, network, created_us, expires_us, client, secret_protected) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """)
            .Bind(key.Id).Bind(key.SecretSha256).Bind((long)info.Role).Bind(info.Participant).Bind(info.Name).Bind(string.Join(' ', info.Scopes)).Bind(info.Network?.ToString())
            .Bind(info.CreatedUs).Bind(info.ExpiresUs).Bind(info.Client).Bind(secret).Later();
    }

    /// <summary>The key that a caller shows; absent if it is unknown, expired or revoked.</summary>
    public async ValueTask<KeyInfo?> FindAsync(string? text)
    {
        if (ApiKey.Parse(text) is not { } shown) return null;
        var row = await ReadAsync(shown.Id);
        if (row is null || row.SecretProtected is not null || !CryptographicOperations.FixedTimeEquals(row.SecretSha256, shown.SecretSha256)) return null;
        return await UseAsync(row);
    }

    /// <summary>The key under which a request is signed, and its secret; without one 32 bytes that sign nothing, so that both cost the same.</summary>
    public async ValueTask<(KeyInfo? Key, byte[] Secret)> FindSignedAsync(string id)
    {
        var row = await ReadAsync(id);
        try
        {
            if (row?.SecretProtected is { } secret && sealing is not null && await UseAsync(row) is { } key) return (key, sealing.Unprotect(secret));
        }
        catch (CryptographicException)
        {
            // Sealed by keys that another data folder has: replicas share theirs.
        }

        return (null, RandomNumberGenerator.GetBytes(32));
    }

    private async ValueTask<KeyInfo?> UseAsync(Row row)
    {
        var (key, now) = (Of(row), clock.UnixMicroseconds());
        if (!key.IsGoodAt(now)) return null;
        if (now - (key.LastUsedUs ?? 0) >= HourMicroseconds) await NoteUseAsync(key.Id, now);
        return key;
    }

    /// <summary>All keys, oldest first.</summary>
    public async Task<IReadOnlyList<KeyInfo>> ListAsync()
    {
        await using var reader = await database.OpenReaderAsync();
        return [.. (await reader.QueryAsync<Row>($"{Select} ORDER BY created_us, key_id")).Select(Of)];
    }

    /// <summary>Makes a key useless from now on.</summary>
    /// <returns>Whether there is such a key that was not revoked yet.</returns>
    public Task<bool> RevokeAsync(string id, string actor) => database.WriteAsync(async tx =>
    {
        long now = clock.UnixMicroseconds();
        if (await tx.Prepare("UPDATE web_key SET revoked_us = $1 WHERE key_id = $2 AND revoked_us IS NULL").Bind(now).Bind(id).RunAsync() == 0) return false;
        await Audit.AppendAsync(tx, now, actor, "key.revoke", id, "");
        return true;
    });

    private const string Select = """
        SELECT key_id AS Id, secret_sha256 AS SecretSha256, role AS Role, participant AS Participant, name AS Name, scopes AS Scopes, network AS Network,
          created_us AS CreatedUs, expires_us AS ExpiresUs, revoked_us AS RevokedUs, last_used_us AS LastUsedUs, coalesce(client, key_id) AS Client, secret_protected AS SecretProtected
        FROM web_key
        """;

    private async Task<Row?> ReadAsync(string id)
    {
        await using var reader = await database.OpenReaderAsync();
        return await reader.QuerySingleOrDefaultAsync<Row>($"{Select} WHERE key_id = @id", new { id });
    }

    private Task NoteUseAsync(string id, long now) =>
        database.WriteAsync(async tx => await tx.Prepare("UPDATE web_key SET last_used_us = $1 WHERE key_id = $2").Bind(now).Bind(id).RunAsync() == 1);

    private static KeyInfo Of(Row row) => new(
        row.Id, (Roles)row.Role, row.Name, row.Participant, row.Scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        row.Network is { } network ? IPNetwork.Parse(network) : null, row.CreatedUs, row.ExpiresUs, row.RevokedUs, row.LastUsedUs, row.Client, row.SecretProtected is not null);

    private sealed class Row
    {
        public string Id { get; init; } = "";

        public byte[] SecretSha256 { get; init; } = [];

        public long Role { get; init; }

        public string? Participant { get; init; }

        public string Name { get; init; } = "";

        public string Scopes { get; init; } = "";

        public string? Network { get; init; }

        public long CreatedUs { get; init; }

        public long ExpiresUs { get; init; }

        public long? RevokedUs { get; init; }

        public long? LastUsedUs { get; init; }

        public string Client { get; init; } = "";

        public byte[]? SecretProtected { get; init; }
    }
}

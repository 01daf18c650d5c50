using System.Net;
using System.Security.Cryptography;
using CoMaKo.Hub.Storage;
using Dapper;

namespace CoMaKo.Hub.Access;

/// <summary>The keys of programs. A key is looked up with each request, so that one that is revoked stops at once on every replica.</summary>
internal sealed class ApiKeys(HubDatabase database, TimeProvider clock)
{
    private const long HourMicroseconds = 3_600_000_000;

    /// <summary>Makes a key that passed <see cref="KeyWish.Validate"/>.</summary>
    /// <param name="actor">Who makes it, for the audit.</param>
    /// <returns>The only time its text can be seen.</returns>
    public async Task<ApiKey> CreateAsync(KeyWish wish, string actor)
    {
        var key = ApiKey.New();
        long now = clock.UnixMicroseconds();
        await database.WriteAsync(async tx =>
        {
            await tx.Prepare("""
                INSERT INTO web_key (key_id, secret_sha256, role, participant, name, scopes, network, created_us, expires_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                """)
                .Bind(key.Id).Bind(key.SecretSha256).Bind((long)wish.Role).Bind(wish.Participant).Bind(wish.Name).Bind(string.Join(' ', wish.Scopes ?? []))
                .Bind(wish.Network?.ToString()).Bind(now).Bind(now + (wish.Days * 24 * HourMicroseconds)).RunAsync();
            await Audit.AppendAsync(tx, now, actor, "key.create", key.Id, $"{wish.Role} {wish.Participant} {wish.Name} {string.Join(' ', wish.Scopes ?? [])}");
        });
        return key;
    }

    /// <summary>The key that a caller shows; absent if it is unknown, expired or revoked.</summary>
    public async ValueTask<KeyInfo?> FindAsync(string? text)
    {
        if (ApiKey.Parse(text) is not { } shown) return null;
        var row = await ReadAsync(shown.Id);
        if (row is null || !CryptographicOperations.FixedTimeEquals(row.SecretSha256, shown.SecretSha256)) return null;
        long now = clock.UnixMicroseconds();
        if (row.RevokedUs is not null || row.ExpiresUs <= now) return null;
        if (now - (row.LastUsedUs ?? 0) >= HourMicroseconds) await NoteUseAsync(shown.Id, now);
        return Of(row);
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
          created_us AS CreatedUs, expires_us AS ExpiresUs, revoked_us AS RevokedUs, last_used_us AS LastUsedUs
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
        row.Network is { } network ? IPNetwork.Parse(network) : null, row.CreatedUs, row.ExpiresUs, row.RevokedUs, row.LastUsedUs);

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
    }
}

using CoMaKo.Hub.Storage;
using Dapper;
using Microsoft.AspNetCore.Identity;

namespace CoMaKo.Hub.Access.People;

/// <summary>
/// What the framework's verifier of passkeys asks about people and their passkeys. It only reads: what is written is written by <see cref="Passkeys"/> in
/// the transaction of the sign-in. The rest of the framework's interface is not used and refused.
/// </summary>
internal sealed class PasskeyStore(HubDatabase database) : IUserPasskeyStore<Person>
{
    private const string Select = """
        SELECT k.credential_id AS CredentialId, k.public_key AS PublicKey, k.sign_count AS SignCount, k.is_backup_eligible AS IsBackupEligible, k.is_backed_up AS IsBackedUp,
          k.created_us AS CreatedUs, k.name AS Name, p.name AS Person
        FROM web_passkey k JOIN web_person p ON p.person_id = k.person_id
        """;

    public Task<string> GetUserIdAsync(Person user, CancellationToken cancellationToken) => Task.FromResult(Passkeys.HandleOf(user.PersonId));

    public Task<string?> GetUserNameAsync(Person user, CancellationToken cancellationToken) => Task.FromResult<string?>(user.Name);

    public Task<string?> GetNormalizedUserNameAsync(Person user, CancellationToken cancellationToken) => Task.FromResult<string?>(user.Name);

    public async Task<Person?> FindByIdAsync(string userId, CancellationToken cancellationToken)
    {
        await using var reader = await database.OpenReaderAsync();
        string? name = Passkeys.PersonOf(userId) is { } id ? await reader.QuerySingleOrDefaultAsync<string>("SELECT name FROM web_person WHERE person_id = @id", new { id }) : null;
        return name is null ? null : await Person.FindAsync(reader, name);
    }

    public async Task<Person?> FindByNameAsync(string normalizedUserName, CancellationToken cancellationToken)
    {
        await using var reader = await database.OpenReaderAsync();
        return await Person.FindAsync(reader, normalizedUserName);
    }

    public async Task<IList<UserPasskeyInfo>> GetPasskeysAsync(Person user, CancellationToken cancellationToken)
    {
        await using var reader = await database.OpenReaderAsync();
        return [.. (await reader.QueryAsync<Row>($"{Select} WHERE k.person_id = @PersonId ORDER BY k.created_us", new { user.PersonId })).Select(row => row.ToInfo())];
    }

    public async Task<UserPasskeyInfo?> FindPasskeyAsync(Person user, byte[] credentialId, CancellationToken cancellationToken)
    {
        await using var reader = await database.OpenReaderAsync();
        return (await reader.QuerySingleOrDefaultAsync<Row>($"{Select} WHERE k.person_id = @PersonId AND k.credential_id = @credentialId", new { user.PersonId, credentialId }))?.ToInfo();
    }

    public async Task<Person?> FindByPasskeyIdAsync(byte[] credentialId, CancellationToken cancellationToken)
    {
        await using var reader = await database.OpenReaderAsync();
        return await reader.QuerySingleOrDefaultAsync<Row>($"{Select} WHERE k.credential_id = @credentialId", new { credentialId }) is { } row ? await Person.FindAsync(reader, row.Person) : null;
    }

    public void Dispose()
    {
    }

    public Task AddOrUpdatePasskeyAsync(Person user, UserPasskeyInfo passkey, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task RemovePasskeyAsync(Person user, byte[] credentialId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SetUserNameAsync(Person user, string? userName, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SetNormalizedUserNameAsync(Person user, string? normalizedName, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IdentityResult> CreateAsync(Person user, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IdentityResult> UpdateAsync(Person user, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IdentityResult> DeleteAsync(Person user, CancellationToken cancellationToken) => throw new NotSupportedException();

    private sealed class Row
    {
        public byte[] CredentialId { get; init; } = [];

        public byte[] PublicKey { get; init; } = [];

        public long SignCount { get; init; }

        public long IsBackupEligible { get; init; }

        public long IsBackedUp { get; init; }

        public long CreatedUs { get; init; }

        public string Name { get; init; } = "";

        public string Person { get; init; } = "";

        /// <summary>The attestation is not kept: the hub trusts whatever device a person who is signed in brings.</summary>
        public UserPasskeyInfo ToInfo() => new(
            CredentialId, PublicKey, DateTimeOffset.UnixEpoch.AddTicks(CreatedUs * 10), (uint)SignCount, null, isUserVerified: true, IsBackupEligible != 0, IsBackedUp != 0, [], []) { Name = Name };
    }
}

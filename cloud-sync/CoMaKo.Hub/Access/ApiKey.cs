using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using CoMaKo.Quantities;

namespace CoMaKo.Hub.Access;

/// <summary>
/// The text of a key: <c>ck_live_</c> (which scanners for lost secrets find), eight characters that name it, 256 random bits. The hub keeps only
/// the name and the secret's hash, so the text is shown once.
/// </summary>
internal sealed record ApiKey(string Id, string Secret)
{
    private const string Prefix = "ck_live_";
    private const string Crockford = "0123456789abcdefghjkmnpqrstvwxyz";
    private const int IdLength = 8;
    private const int SecretLength = 43; // 32 bytes as base64url

    public string Text => $"{Prefix}{Id}_{Secret}";

    /// <summary>The 32 bytes with which a client signs.</summary>
    public byte[] SigningSecret => Base64Url.DecodeFromChars(Secret);

    public byte[] SecretSha256 => SHA256.HashData(Encoding.ASCII.GetBytes(Secret));

    public static ApiKey New() => new(RandomNumberGenerator.GetString(Crockford, IdLength), Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)));

    /// <summary>Reads a key; absent if the text has another form.</summary>
    public static ApiKey? Parse(string? text)
    {
        if (text?.Length != Prefix.Length + IdLength + 1 + SecretLength || !text.StartsWith(Prefix, StringComparison.Ordinal) || text[Prefix.Length + IdLength] != '_') return null;
        return text.All(char.IsAscii) ? new ApiKey(text.Substring(Prefix.Length, IdLength), text[^SecretLength..]) : null;
    }
}

/// <summary>A key as the hub keeps it, without its secret.</summary>
/// <param name="Participant">Whose own things a member's key reaches.</param>
/// <param name="Network">The only source addresses; absent: any.</param>
/// <param name="Client">Whose key it is: the id of the client's first one.</param>
/// <param name="IsSigned">It signs requests and is never shown.</param>
internal sealed record KeyInfo(
    string Id, Roles Role, string Name, string? Participant, IReadOnlyList<string> Scopes, IPNetwork? Network, long CreatedUs, long ExpiresUs, long? RevokedUs, long? LastUsedUs, string Client, bool IsSigned)
{
    public bool IsGoodAt(long nowUs) => RevokedUs is null && ExpiresUs > nowUs;
}

/// <summary>What a new key should be.</summary>
/// <param name="Days">Until it expires: 1 to 365.</param>
/// <param name="IsSigned">It signs requests instead of being shown.</param>
internal sealed record KeyWish(Roles Role, string Name, string? Participant = null, IReadOnlyList<string>? Scopes = null, IPNetwork? Network = null, int Days = KeyWish.MostDays, bool IsSigned = false)
{
    public const int MostDays = 365;

    /// <summary>All mistakes at once.</summary>
    public IReadOnlyList<Finding> Validate()
    {
        var findings = new List<Finding>();
        void Add(string path, string text) => findings.Add(new Finding("CMH-1511", path, null, text));
        if (Role is not (Roles.Viewer or Roles.Partner or Roles.Member or Roles.Operator)) Add("role", "A key is for an operator, a member, a partner or a viewer.");
        if (Name.Length is 0 or > 100) Add("name", "Say in 1 to 100 characters what the key is for.");
        if (Role == Roles.Member != Participant is not null) Add("participant", "A member's key names its participant, and no other key does.");
        if (Role == Roles.Partner && Scopes is null or []) Add("scope", $"A partner's key names what it may do: {string.Join(", ", Access.Scopes.All)}.");
        foreach (string scope in (Scopes ?? []).Except(Access.Scopes.All)) Add("scope", $"'{scope}' is no scope; there are {string.Join(", ", Access.Scopes.All)}.");
        if (Days is < 1 or > MostDays) Add("days", "A key lasts 1 to 365 days.");
        return findings;
    }
}

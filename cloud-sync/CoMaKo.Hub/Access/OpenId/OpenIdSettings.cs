using CoMaKo.Hub.Web.Api;

namespace CoMaKo.Hub.Access.OpenId;

/// <summary>A provider at which people may sign in (OpenID Connect Core 1.0): the section <c>openid</c> of the hub's settings. Without it there is none.</summary>
/// <param name="Issuer">As the provider names itself, e.g. <c>https://id.example.org/realms/coop</c>; ID tokens name it so, letter by letter.</param>
/// <param name="Secret">Of this hub at the provider; absent: it is a public client, which PKCE alone protects.</param>
/// <param name="Name">How the button calls the provider.</param>
internal sealed record OpenIdSettings(string Issuer, string ClientId, string? Secret, string Name)
{
    private const int MostSecretBytes = 4096;

    /// <summary>Reads the section. Codes: CMH-1570 issuer, 1571 file of the secret.</summary>
    /// <param name="folder">Where relative paths begin.</param>
    /// <returns>Of no use if there are findings.</returns>
    public static OpenIdSettings Read(JsonForm form, string folder)
    {
        string issuer = form.Text("issuer", isRequired: true, most: 500) ?? "", clientId = form.Text("client_id", isRequired: true, most: 200) ?? "";
        if (issuer.Length > 0 && (!IsSafe(issuer) || issuer.Contains('?', StringComparison.Ordinal) || issuer.Contains('#', StringComparison.Ordinal)))
            form.Add("issuer", "CMH-1570", "The provider's address is written https://id.example.org/…, without query; http only on this machine.");
        string? file = form.Text("client_secret_file", most: 500), secret = null;
        if (file is not null && (secret = SecretIn(Path.Combine(folder, file))) is null)
            form.Add("client_secret_file", "CMH-1571", $"{Path.Combine(folder, file)} cannot be read, is empty, or holds more than one line.");
        var settings = new OpenIdSettings(issuer, clientId, secret, form.Text("name", most: 40) ?? "OpenID");
        form.Close();
        return settings;
    }

    /// <summary>Whether nobody on the way can read or change what an address answers.</summary>
    public static bool IsSafe(string? address) => Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.UserInfo.Length == 0 && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback));

    /// <summary>Without the secret.</summary>
    public override string ToString() => $"{ClientId} at {Issuer}";

    private static string? SecretIn(string file)
    {
        try
        {
            string text = new FileInfo(file).Length <= MostSecretBytes ? File.ReadAllText(file).Trim() : "";
            return text.Length > 0 && !text.Any(char.IsControl) ? text : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

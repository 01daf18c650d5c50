using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace CoMaKo.Hub.Access.OpenId;

/// <summary>The provider cannot be reached, or answers what no provider answers. The text is for the log.</summary>
internal sealed class ProviderException(string text, Exception? cause = null) : Exception(text, cause);

/// <summary>Where a provider's doors are (OpenID Connect Discovery 1.0 section 3).</summary>
/// <param name="End">Where people sign out; absent if there is no such place.</param>
/// <param name="TakesPost">It takes the secret in the body only, not in a header.</param>
internal sealed record ProviderDoors(string Authorize, string Token, string Keys, string? End, bool TakesPost);

/// <summary>A provider over HTTP: its doors and keys, which are asked for again now and then, and the exchange of a code for an ID token.</summary>
internal sealed class OpenIdProvider(OpenIdSettings settings, People.RealClock clock) : IDisposable
{
    private const int MostBytes = 256 * 1024;
    private static readonly TimeSpan Fresh = TimeSpan.FromHours(1);

    /// <summary>A stranger's tokens must not make the hub ask again and again.</summary>
    private static readonly TimeSpan KeyPause = TimeSpan.FromSeconds(30);

    private readonly HttpClient client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(5) })
    {
        Timeout = TimeSpan.FromSeconds(10), MaxResponseContentBufferSize = MostBytes,
    };

    private readonly SemaphoreSlim turn = new(1, 1);
    private (ProviderDoors Doors, TimeSpan At)? doors;
    private (IReadOnlyList<SigningKey> Keys, TimeSpan At)? keys;

    /// <exception cref="ProviderException">It cannot be reached or is wrong.</exception>
    public async Task<ProviderDoors> DoorsAsync(CancellationToken stop)
    {
        await turn.WaitAsync(stop);
        try
        {
            if (doors is { } known && clock.Elapsed - known.At < Fresh) return known.Doors;
            var read = Read(await GetAsync(settings.Issuer.TrimEnd('/') + "/.well-known/openid-configuration", stop));
            doors = (read, clock.Elapsed);
            return read;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Changes a code for the ID token.</summary>
    /// <exception cref="ProviderException">It cannot be reached or gives none.</exception>
    public async Task<string> RedeemAsync(string code, string verifier, string redirect, CancellationToken stop)
    {
        var place = await DoorsAsync(stop);
        var fields = new Dictionary<string, string>(StringComparer.Ordinal) { ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = redirect, ["code_verifier"] = verifier, ["client_id"] = settings.ClientId };
        using var request = new HttpRequestMessage(HttpMethod.Post, place.Token);
        if (settings.Secret is { } secret)
        {
            if (place.TakesPost) fields["client_secret"] = secret;
            else request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Escaped(settings.ClientId)}:{Escaped(secret)}")));
        }

        request.Content = new FormUrlEncodedContent(fields);
        var answer = await SendAsync(request, stop);
        return answer.TryGetProperty("id_token", out var token) && token.ValueKind == JsonValueKind.String ? token.GetString()! : throw new ProviderException("The answer to a code has no ID token.");
    }

    /// <summary>Checks an ID token; a key that is not known may be new, so the provider is asked for its keys once more.</summary>
    /// <exception cref="ProviderException">It cannot be reached or is wrong.</exception>
    public async Task<TokenCheck> CheckAsync(string token, OpenIdRequest asked, CancellationToken stop)
    {
        var terms = new TokenTerms(settings.Issuer, settings.ClientId, asked.Nonce, clock.UnixMicroseconds / 1_000_000, asked.SignedInSince);
        var check = IdToken.Check(token, await KeysAsync(Fresh, stop), terms);
        return check.IsKeyUnknown ? IdToken.Check(token, await KeysAsync(KeyPause, stop), terms) : check;
    }

    public void Dispose()
    {
        client.Dispose();
        turn.Dispose();
    }

    private async Task<IReadOnlyList<SigningKey>> KeysAsync(TimeSpan age, CancellationToken stop)
    {
        var place = await DoorsAsync(stop);
        await turn.WaitAsync(stop);
        try
        {
            if (keys is { } known && clock.Elapsed - known.At < age) return known.Keys;
            var read = SigningKey.ReadSet(await GetAsync(place.Keys, stop));
            keys = (read, clock.Elapsed);
            return read;
        }
        finally
        {
            turn.Release();
        }
    }

    private ProviderDoors Read(JsonElement text)
    {
        string? Member(string name) => text.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        if (Member("issuer") != settings.Issuer) throw new ProviderException($"The provider names itself otherwise than the settings do: '{Member("issuer")}'.");
        if (Member("authorization_endpoint") is not { } authorize || Member("token_endpoint") is not { } token || Member("jwks_uri") is not { } set || !new[] { authorize, token, set }.All(OpenIdSettings.IsSafe))
            throw new ProviderException("The provider's description lacks authorization_endpoint, token_endpoint or jwks_uri, or one of them is not https.");
        bool takesPost = text.TryGetProperty("token_endpoint_auth_methods_supported", out var ways) && ways.ValueKind == JsonValueKind.Array
            && ways.EnumerateArray().Select(way => way.ToString()).ToList() is var all && all.Contains("client_secret_post") && !all.Contains("client_secret_basic");
        return new ProviderDoors(authorize, token, set, Member("end_session_endpoint") is { } end && OpenIdSettings.IsSafe(end) ? end : null, takesPost);
    }

    private async Task<JsonElement> GetAsync(string address, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        return await SendAsync(request, stop);
    }

    private async Task<JsonElement> SendAsync(HttpRequestMessage request, CancellationToken stop)
    {
        string place = request.RequestUri!.GetLeftPart(UriPartial.Path);
        request.Headers.Accept.ParseAdd("application/json");
        try
        {
            using var response = await client.SendAsync(request, stop);
            byte[] body = await response.Content.ReadAsByteArrayAsync(stop);
            if (!response.IsSuccessStatusCode) throw new ProviderException($"{place} answers {(int)response.StatusCode}.");
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 16 });
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : throw new ProviderException($"{place} answers no JSON object.");
        }
        catch (Exception failure) when (failure is HttpRequestException or JsonException || (failure is OperationCanceledException && !stop.IsCancellationRequested))
        {
            throw new ProviderException($"{place} cannot be asked: {failure.Message}", failure);
        }
    }

    /// <summary>As in a form, which RFC 6749 section 2.3.1 asks for.</summary>
    private static string Escaped(string text) => Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal);
}

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace CoMaKo.Hub.Access.OpenId;

/// <summary>A public key of a provider (RFC 7517): RSA from 2048 bits for RS256, P-256 for ES256. Others are not taken.</summary>
internal sealed class SigningKey
{
    private const int LeastRsaBits = 2048;
    private const int MostRsaBits = 16384;
    private const int CoordinateBytes = 32;

    private readonly RSAParameters? rsa;
    private readonly ECParameters? curve;

    private SigningKey(string? id, RSAParameters? rsa, ECParameters? curve) => (Id, this.rsa, this.curve) = (id, rsa, curve);

    /// <summary>The key's name at the provider; absent if it has none.</summary>
    public string? Id { get; }

    /// <summary>The one algorithm (RFC 7518 section 3.1) that it is used with, whatever a token says.</summary>
    public string Algorithm => rsa is null ? "ES256" : "RS256";

    /// <summary>The usable keys of a set; keys for other purposes and of other kinds are left out.</summary>
    public static IReadOnlyList<SigningKey> ReadSet(JsonElement set) =>
        set.ValueKind == JsonValueKind.Object && set.TryGetProperty("keys", out var keys) && keys.ValueKind == JsonValueKind.Array ? [.. keys.EnumerateArray().Select(Read).OfType<SigningKey>()] : [];

    /// <summary>Whether the key's owner signed these bytes.</summary>
    public bool Verifies(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        try
        {
            if (rsa is { } numbers)
            {
                using var key = RSA.Create(numbers);
                return key.VerifyData(data, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            }

            using var point = ECDsa.Create(curve!.Value);
            return point.VerifyData(data, signature, HashAlgorithmName.SHA256);
        }
        catch (CryptographicException)
        {
            return false; // no point of the curve, no modulus
        }
    }

    private static SigningKey? Read(JsonElement key)
    {
        if (key.ValueKind != JsonValueKind.Object || Text(key, "use") is not (null or "sig")) return null;
        string? id = Text(key, "kid");
        SigningKey? read = Text(key, "kty") switch
        {
            "RSA" when Bytes(key, "n") is { } n && Bytes(key, "e") is { Length: > 0 and <= 8 } e && n.Length * 8 is >= LeastRsaBits and <= MostRsaBits => new SigningKey(id, new RSAParameters { Modulus = n, Exponent = e }, null),
            "EC" when Text(key, "crv") == "P-256" && Bytes(key, "x") is { Length: CoordinateBytes } x && Bytes(key, "y") is { Length: CoordinateBytes } y =>
                new SigningKey(id, null, new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = x, Y = y } }),
            _ => null,
        };
        return read is not null && (Text(key, "alg") is not { } algorithm || algorithm == read.Algorithm) ? read : null;
    }

    private static string? Text(JsonElement key, string name) => key.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static byte[]? Bytes(JsonElement key, string name) => Text(key, name) is { } text && Base64Url.IsValid(text) ? Base64Url.DecodeFromChars(text) : null;
}

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CoMaKo.Hub.Access.OpenId;

namespace CoMaKo.CloudSync.Tests.Hub.Access.OpenId;

/// <summary>ID tokens that are wrong in one way each.</summary>
public sealed class IdTokenTests : IDisposable
{
    private const long Now = 1_780_000_000;
    private static readonly TokenTerms Terms = new("https://id.example.org", "hub", "n-1", Now);

    private readonly RSA rsa = RSA.Create(2048);
    private readonly RSA other = RSA.Create(2048);
    private readonly ECDsa curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose()
    {
        rsa.Dispose();
        other.Dispose();
        curve.Dispose();
    }

    [Theory]
    [InlineData("RS256", "r")]
    [InlineData("ES256", "e")]
    [InlineData("ES256", null)]
    public void Token_ThatIsRight_NamesItsSubject(string algorithm, string? kid) => Assert.Equal(new TokenCheck("alice", ""), IdToken.Check(Token(algorithm, kid), Keys(), Terms));

    [Theory]
    [InlineData("""{"iss":"https://id.example.org/"}""", "it is another issuer's")]
    [InlineData("""{"iss":null}""", "it is another issuer's")]
    [InlineData("""{"aud":"other"}""", "it is for another program")]
    [InlineData("""{"aud":["other"]}""", "it is for another program")]
    [InlineData("""{"aud":[]}""", "it is for another program")]
    [InlineData("""{"aud":["hub",7]}""", "it is for another program")]
    [InlineData("""{"aud":["hub","other"]}""", "it was given to another program")]
    [InlineData("""{"azp":"other"}""", "it was given to another program")]
    [InlineData("""{"exp":1779999940}""", "it has expired, or has no end")]
    [InlineData("""{"exp":null}""", "it has expired, or has no end")]
    [InlineData("""{"exp":"1780000300"}""", "it has expired, or has no end")]
    [InlineData("""{"iat":1780000061}""", "it comes from the future, or from no time")]
    [InlineData("""{"iat":null}""", "it comes from the future, or from no time")]
    [InlineData("""{"nbf":1780000061}""", "it is not good yet")]
    [InlineData("""{"nonce":"n-2"}""", "it answers another request")]
    [InlineData("""{"nonce":null}""", "it answers another request")]
    [InlineData("""{"sub":""}""", "it names nobody")]
    [InlineData("""{"sub":"a\nb"}""", "it names nobody")]
    [InlineData("""{"sub":null}""", "it names nobody")]
    [InlineData("""{"sub":7}""", "it names nobody")]
    public void Claims_ThatAreWrong_AreRefused(string changes, string fault) => Assert.Equal(new TokenCheck(null, fault), IdToken.Check(Token("RS256", "r", changes), Keys(), Terms));

    [Theory]
    [InlineData("""{"exp":1779999941,"iat":1780000060}""")]
    [InlineData("""{"aud":["other","hub"],"azp":"hub"}""")]
    [InlineData("""{"exp":1780000300.5}""")]
    public void Claims_AtTheEdge_AreTaken(string changes) => Assert.Equal("alice", IdToken.Check(Token("RS256", "r", changes), Keys(), Terms).Subject);

    /// <summary>Where the request asked for a sign-in now, the token must tell of it, by clocks that differ by a minute at most.</summary>
    [Theory]
    [InlineData("""{"auth_time":1779999840}""", true)]
    [InlineData("""{"auth_time":1780000060}""", true)]
    [InlineData("""{"auth_time":1779999839}""", false)]
    [InlineData("""{"auth_time":1780000061}""", false)]
    [InlineData("""{"auth_time":"1780000000"}""", false)]
    [InlineData("""{"auth_time":null}""", false)]
    [InlineData("{}", false)]
    public void SignIn_OfThisMoment_IsAskedFor(string changes, bool isGood) =>
        Assert.Equal(isGood ? new TokenCheck("alice", "") : new TokenCheck(null, "it does not say that the person signed in just now"), IdToken.Check(Token("RS256", "r", changes), Keys(), Terms with { SignedInSince = Now - 100 }));

    [Fact]
    public void Token_WithoutSignature_IsRefused()
    {
        string[] parts = Token("RS256", "r").Split('.');
        foreach (string none in (string[])["none", "None", "NONE", "nOnE"])
            Assert.Equal("its algorithm is none of RS256, ES256", IdToken.Check($"{Part(new { alg = none })}.{parts[1]}.", Keys(), Terms).Fault);
        Assert.Equal("its signature does not fit", IdToken.Check($"{parts[0]}.{parts[1]}.", Keys(), Terms).Fault);
    }

    [Fact]
    public void Token_SignedWithThePublicKeyAsSecret_IsRefused()
    {
        string body = Token("RS256", "r").Split('.')[1];
        foreach (byte[] secret in (byte[][])[Encoding.ASCII.GetBytes(rsa.ExportSubjectPublicKeyInfoPem()), rsa.ExportSubjectPublicKeyInfo(), rsa.ExportRSAPublicKey(), rsa.ExportParameters(false).Modulus!])
        {
            string signed = $"{Part(new { alg = "HS256", kid = "r" })}.{body}";
            Assert.Equal("its algorithm is none of RS256, ES256", IdToken.Check($"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(signed)))}", Keys(), Terms).Fault);
        }
    }

    [Fact]
    public void Key_ThatIsUnknownOrOfAnotherAlgorithm_IsRefused()
    {
        Assert.Equal(new TokenCheck(null, "its key is not the provider's", IsKeyUnknown: true), IdToken.Check(Token("RS256", "evil"), Keys(), Terms));
        Assert.Equal(new TokenCheck(null, "its key is not the provider's", IsKeyUnknown: true), IdToken.Check(Token("RS256", "e"), Keys(), Terms));
        Assert.Equal("its signature does not fit", IdToken.Check(Sign("RS256", "r", Claims("{}"), other), Keys(), Terms).Fault);
        Assert.Equal("several keys fit it", IdToken.Check(Token("RS256", null), [.. Keys(), .. Keys()], Terms).Fault);
    }

    [Fact]
    public void EachCharacter_ThatIsChanged_IsSeen()
    {
        var keys = Keys();
        foreach (string token in (string[])[Token("RS256", "r"), Token("ES256", "e")])
            for (int i = 0; i < token.Length; i++)
            {
                char changed = token[i] == 'A' ? 'B' : 'A';
                string forged = token[..i] + changed + token[(i + 1)..];
                // The last character of a part has bits that stand for nothing; a reader may take them for nothing.
                if (IdToken.Check(forged, keys, Terms).Subject is not null) Assert.Equal(Bytes(token), Bytes(forged));
            }

        static string Bytes(string token) => string.Join('.', token.Split('.').Select(part => Convert.ToHexString(Base64Url.DecodeFromChars(part))));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a.b")]
    [InlineData("e30.e30.e30")]
    [InlineData("W10.W10.W10")]
    [InlineData("eyJhbGciOiJSUzI1NiIsImFsZyI6IkVTMjU2In0.e30.AA")]
    [InlineData("%%%.%%%.%%%")]
    public void Rubbish_IsRefused(string token) => Assert.Null(IdToken.Check(token, Keys(), Terms).Subject);

    [Fact]
    public void Token_WithClaimsTwice_OrExtensions_IsRefused()
    {
        Assert.Null(IdToken.Check(Sign("RS256", "r", """{"sub":"alice","sub":"bob"}""", rsa), Keys(), Terms).Subject);
        string head = Part(new { alg = "RS256", kid = "r", crit = new[] { "b64" } }), body = Token("RS256", "r").Split('.')[1];
        Assert.Equal("it has extensions that must be understood", IdToken.Check($"{head}.{body}.{Base64Url.EncodeToString(rsa.SignData(Encoding.ASCII.GetBytes($"{head}.{body}"), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}", Keys(), Terms).Fault);
    }

    /// <summary>An escape for half a character is JSON, but no text.</summary>
    [Theory]
    [InlineData("\"alice\"", "it names nobody")]
    [InlineData("\"hub\"", "it is for another program")]
    [InlineData("\"n-1\"", "it answers another request")]
    public void Claim_WithHalfACharacter_IsRefused(string claim, string fault) =>
        Assert.Equal(fault, IdToken.Check(Sign("RS256", "r", Claims("{}").Replace(claim, "\"\\ud800\"", StringComparison.Ordinal), rsa), Keys(), Terms).Fault);

    [Theory]
    [InlineData("""{"keys":[{"kty":"oct","kid":"x","k":"AAAA"},{"kty":"RSA","kid":"x","n":"AAAA","e":"AQAB"},{"kty":"EC","crv":"P-384","x":"AA","y":"AA"},7,{"kty":"RSA","use":"enc"}]}""")]
    [InlineData("""{"keys":7}""")]
    [InlineData("[]")]
    public void KeySet_WithoutUsableKeys_IsEmpty(string set) => Assert.Empty(SigningKey.ReadSet(JsonDocument.Parse(set).RootElement));

    private IReadOnlyList<SigningKey> Keys()
    {
        var (r, e) = (rsa.ExportParameters(false), curve.ExportParameters(false));
        return SigningKey.ReadSet(JsonSerializer.SerializeToElement(new
        {
            keys = new object[]
            {
                new { kty = "RSA", kid = "r", use = "sig", alg = "RS256", n = Base64Url.EncodeToString(r.Modulus), e = Base64Url.EncodeToString(r.Exponent) },
                new { kty = "EC", kid = "e", crv = "P-256", x = Base64Url.EncodeToString(e.Q.X), y = Base64Url.EncodeToString(e.Q.Y) },
                new { kty = "oct", kid = "r", k = Base64Url.EncodeToString(r.Modulus) },
            },
        }));
    }

    private string Token(string algorithm, string? kid, string changes = "{}") => Sign(algorithm, kid, Claims(changes), rsa);

    /// <summary>Right claims with changes; null takes one away.</summary>
    private static string Claims(string changes)
    {
        var claims = JsonNode.Parse("""{"iss":"https://id.example.org","aud":"hub","sub":"alice","nonce":"n-1","iat":1780000000,"exp":1780000300}""")!.AsObject();
        foreach (var (name, value) in JsonNode.Parse(changes)!.AsObject())
            if (value is null) claims.Remove(name);
            else claims[name] = value.DeepClone();
        return claims.ToJsonString();
    }

    private string Sign(string algorithm, string? kid, string claims, RSA key)
    {
        string signed = $"{(kid is null ? Part(new { alg = algorithm }) : Part(new { alg = algorithm, kid }))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}";
        byte[] data = Encoding.ASCII.GetBytes(signed);
        return $"{signed}.{Base64Url.EncodeToString(algorithm == "ES256" ? curve.SignData(data, HashAlgorithmName.SHA256) : key.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    private static string Part(object value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));
}

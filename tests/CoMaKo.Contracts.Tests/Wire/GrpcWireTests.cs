using System.Net;
using System.Net.Http.Headers;
using CoMaKo.Contracts.Wire;

namespace CoMaKo.Contracts.Tests.Wire;

/// <summary>What no well-behaved gRPC library sends.</summary>
public sealed class GrpcWireTests
{
    private static readonly byte[] EmptyMessage = [0, 0, 0, 0, 0];

    [Theory]
    [InlineData("application/json", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/grpc-web", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/grpc+json", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/grpc", HttpStatusCode.OK)]
    [InlineData("application/grpc+proto", HttpStatusCode.OK)]
    public async Task ContentType_OtherThanProtobuf_Is415(string contentType, HttpStatusCode expected)
    {
        await using var server = await new GrpcTestServer().StartAsync();
        using var response = await PostAsync(server, EmptyMessage, contentType);
        Assert.Equal(expected, response.StatusCode);
    }

    [Theory]
    [InlineData("0n")]
    [InlineData("99999999n")]
    [InlineData("2000u")]
    [InlineData("2m")]
    [InlineData("0S")]
    [InlineData("0M")]
    [InlineData("0H")]
    public async Task Deadline_InEachUnit_IsKeptByTheServer(string timeout)
    {
        await using var server = await new GrpcTestServer().StartAsync();
        byte[] wait = [0, 0, 0, 0, 6, 0x32, 4, .. "wait"u8];
        using var response = await PostAsync(server, wait, headers: ("grpc-timeout", timeout));
        Assert.Equal(GrpcStatusCode.DeadlineExceeded, await StatusAsync(response));
    }

    [Theory]
    [InlineData("1H")]
    [InlineData("99999999H")]
    [InlineData("10M")]
    public async Task Deadline_FarAway_LetsTheCallRun(string timeout)
    {
        await using var server = await new GrpcTestServer().StartAsync();
        using var response = await PostAsync(server, EmptyMessage, headers: ("grpc-timeout", timeout));
        Assert.Equal(GrpcStatusCode.Ok, await StatusAsync(response));
    }

    [Theory]
    [InlineData("5")]
    [InlineData("S")]
    [InlineData("-5S")]
    [InlineData("5s")]
    [InlineData("123456789S")]
    public async Task Deadline_InAnotherForm_IsRefused(string timeout)
    {
        await using var server = await new GrpcTestServer().StartAsync();
        using var response = await PostAsync(server, EmptyMessage, headers: ("grpc-timeout", timeout));
        Assert.Equal(GrpcStatusCode.InvalidArgument, await StatusAsync(response));
    }

    public static TheoryData<byte[]> WrongBodies => new()
    {
        Array.Empty<byte>(),                          // no message
        new byte[] { 0, 0, 0 },                       // cut inside the prefix
        new byte[] { 0, 0, 0, 0, 9, 0x32 },           // cut inside the message
        new byte[] { 1, 0, 0, 0, 0 },                 // compressed, but no encoding named
        new byte[] { 0, 0, 0, 0, 2, 0x32, 0x7f },     // not protobuf
        new byte[] { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 },  // two messages
    };

    [Theory]
    [MemberData(nameof(WrongBodies))]
    public async Task Body_InAnotherForm_IsInternal(byte[] body)
    {
        await using var server = await new GrpcTestServer().StartAsync();
        using var response = await PostAsync(server, body);
        Assert.Equal(GrpcStatusCode.Internal, await StatusAsync(response));
    }

    [Fact]
    public async Task CompressedCall_IsRefused_AndToldWhatIsAccepted()
    {
        await using var server = await new GrpcTestServer().StartAsync();
        using var response = await PostAsync(server, EmptyMessage, headers: ("grpc-encoding", "gzip"));
        Assert.Equal(GrpcStatusCode.Unimplemented, await StatusAsync(response));
        Assert.Equal("identity", response.Headers.GetValues("grpc-accept-encoding").Single());
    }

    [Fact]
    public async Task UnknownCalls_LeaveOtherEndpointsAlone()
    {
        await using var server = await new GrpcTestServer().StartAsync();
        using var http = new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        Assert.Equal("a page", await http.GetStringAsync(new Uri(server.Address, "/page/about")));
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(new Uri(server.Address, "/page/other"))).StatusCode);
    }

    private static async Task<HttpResponseMessage> PostAsync(
        GrpcTestServer server, byte[] body, string contentType = "application/grpc", params (string Name, string Value)[] headers)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Address, EdgeSyncMethods.Hello.Path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(contentType) } },
        };
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        return await http.SendAsync(request);
    }

    /// <summary>The status, wherever it travels, after the whole body.</summary>
    private static async Task<GrpcStatusCode> StatusAsync(HttpResponseMessage response)
    {
        await response.Content.ReadAsByteArrayAsync();
        return Enum.Parse<GrpcStatusCode>((response.Headers.Contains("grpc-status") ? response.Headers : response.TrailingHeaders).GetValues("grpc-status").Single());
    }
}

using System.Diagnostics;
using System.Text.Json;
using CoMaKo.Testing;

namespace CoMaKo.Contracts.Tests.Wire;

/// <summary>Debian's grpcio as client of the product's server.</summary>
public sealed class GrpcServerTests(GrpcServerTests.Seen seen) : IClassFixture<GrpcServerTests.Seen>
{
    [RequiresFact(Peer.Grpcio)]
    public void Unary_Answers() => Expect("unary", "OK", reply: "182a");

    [RequiresFact(Peer.Grpcio)]
    public void ServerStream_SendsAllAndEnds()
    {
        Expect("stream", "OK");
        Assert.Equal(["0801", "0802", "0803"], Replies("stream"));
    }

    [RequiresFact(Peer.Grpcio)]
    public void ServerStream_RefusedAfterReplies_KeepsReplies()
    {
        Expect("abort", "ABORTED", "später");
        Assert.Equal(3, Replies("abort").Length);
    }

    [RequiresFact(Peer.Grpcio)]
    public async Task DeadlineAndCancel_ReachTheHandlers()
    {
        Expect("deadline", "DEADLINE_EXCEEDED");
        Expect("stream deadline", "DEADLINE_EXCEEDED");
        Expect("cancel", "CANCELLED");
        for (int handlers = 0; handlers < 3; handlers++) Assert.True(await seen.Server!.LeftAsync());
    }

    [RequiresFact(Peer.Grpcio)]
    public void ErrorStatus_WithNonAsciiText_ArrivesWhole() => Expect("refuse", "INVALID_ARGUMENT", "Zähler: 100 % – ≠ gültig\nzweite Zeile");

    [RequiresFact(Peer.Grpcio)]
    public void RetryAfter_TravelsAsPushback()
    {
        Expect("pushback", "UNAVAILABLE", "busy");
        Assert.Equal("1500", Result("pushback").GetProperty("trailers").GetProperty("grpc-retry-pushback-ms").GetString());
    }

    [RequiresFact(Peer.Grpcio)]
    public void HandlerError_IsUnknown_AndTellsNoSecret() => Expect("fail", "UNKNOWN", "CMH-1100 The server failed; its log says why.");

    [RequiresFact(Peer.Grpcio)]
    public void Message_AtTheLimit_IsRead() => Expect("at limit", "OK", reply: "182a");

    [RequiresFact(Peer.Grpcio)]
    public void Message_OverTheLimit_IsRefused() => Expect("over limit", "RESOURCE_EXHAUSTED", "The message has 1048577 bytes; 1048576 are allowed.");

    [RequiresFact(Peer.Grpcio)]
    public void CompressedMessage_IsRefused() => Expect("gzip", "UNIMPLEMENTED");

    [RequiresFact(Peer.Grpcio)]
    public void UnknownMethodOrService_IsUnimplemented()
    {
        Expect("unknown method", "UNIMPLEMENTED");
        Expect("unknown service", "UNIMPLEMENTED");
    }

    [RequiresFact(Peer.Grpcio)]
    public void LargeAndBinaryMetadata_AreTaken() => Expect("metadata", "OK", reply: "182a");

    [RequiresFact(Peer.Grpcio)]
    public void ManyCallsAtOnce_AllAnswer()
    {
        var replies = Result("many").EnumerateArray().ToList();
        Assert.Equal(200, replies.Count);
        Assert.All(replies, reply => Assert.Equal("182a", reply.GetString()));
    }

    private JsonElement Result(string scenario) => seen.Results.GetProperty(scenario);

    private string[] Replies(string scenario) => [.. Result(scenario).GetProperty("replies").EnumerateArray().Select(reply => reply.GetString()!)];

    private void Expect(string scenario, string code, string? details = null, string? reply = null)
    {
        Assert.Equal(code, Result(scenario).GetProperty("code").GetString());
        if (details is not null) Assert.Equal(details, Result(scenario).GetProperty("details").GetString());
        if (reply is not null) Assert.Equal(reply, Result(scenario).GetProperty("reply").GetString());
    }

    /// <summary>One run of the foreign client through all scenarios.</summary>
    public sealed class Seen : IAsyncLifetime
    {
        internal GrpcTestServer? Server { get; private set; }

        public JsonElement Results { get; private set; }

        public async Task InitializeAsync()
        {
            if (Peers.WhyNot(Peer.Grpcio) is not null) return;
            Server = await new GrpcTestServer().StartAsync();
            string script = Repository.At("tests", "CoMaKo.Contracts.Tests", "peers", "grpc_client.py");
            using var client = Process.Start(new ProcessStartInfo(Peers.Python, [script, Server.Address.Authority]) { UseShellExecute = false, RedirectStandardOutput = true })!;
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            try
            {
                string output = await client.StandardOutput.ReadToEndAsync(limit.Token);
                await client.WaitForExitAsync(limit.Token);
                Results = JsonDocument.Parse(output).RootElement;
            }
            finally
            {
                if (!client.HasExited) client.Kill();
            }
        }

        public async Task DisposeAsync()
        {
            if (Server is not null) await Server.DisposeAsync();
        }
    }
}

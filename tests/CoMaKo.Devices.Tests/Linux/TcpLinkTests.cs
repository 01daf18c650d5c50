using System.Net;
using System.Net.Sockets;
using CoMaKo.Devices.Linux;

namespace CoMaKo.Devices.Tests.Linux;

public sealed class TcpLinkTests : IDisposable
{
    private readonly CancellationTokenSource limit = new(TimeSpan.FromSeconds(10));

    [Fact]
    public async Task Link_ToListener_CarriesBytesBothWays()
    {
        using var listener = new TcpLinkListener(new IPEndPoint(IPAddress.Loopback, 0));
        await using var client = new TcpLink("127.0.0.1", listener.EndPoint.Port);
        var (server, _) = await ConnectAsync(listener, client);
        await client.WriteAsync("ask"u8.ToArray(), limit.Token);
        byte[] buffer = new byte[8];
        Assert.Equal(3, await server.ReadAsync(buffer, limit.Token));
        await server.WriteAsync("answer"u8.ToArray(), limit.Token);
        Assert.Equal(6, await client.ReadAsync(buffer, limit.Token));
        await server.CloseAsync();
        Assert.Equal(0, await client.ReadAsync(buffer, limit.Token));
        Assert.Equal($"tcp 127.0.0.1:{listener.EndPoint.Port}", client.Name);
    }

    [Fact]
    public async Task Link_ClosedAndOpenedAgain_Works()
    {
        using var listener = new TcpLinkListener(new IPEndPoint(IPAddress.Loopback, 0));
        await using var client = new TcpLink("localhost", listener.EndPoint.Port);
        for (int round = 0; round < 3; round++)
        {
            var (server, _) = await ConnectAsync(listener, client);
            await client.WriteAsync(new byte[] { (byte)round }, limit.Token);
            byte[] buffer = new byte[1];
            await server.ReadAsync(buffer, limit.Token);
            Assert.Equal(round, buffer[0]);
            await client.CloseAsync();
            await server.CloseAsync();
        }
    }

    [Fact]
    public async Task Open_NobodyListens_NamesTheCauses()
    {
        int port;
        using (var listener = new TcpLinkListener(new IPEndPoint(IPAddress.Loopback, 0))) port = listener.EndPoint.Port;
        await using var client = new TcpLink("127.0.0.1", port);
        Assert.Equal("CME-1910", (await Assert.ThrowsAsync<LinkException>(async () => await client.OpenAsync(limit.Token))).Code);
        Assert.False(client.IsOpen);
    }

    [Fact]
    public async Task Open_UnknownName_SaysSo()
    {
        await using var client = new TcpLink("no-such-device.invalid", 502);
        Assert.Equal("CME-1911", (await Assert.ThrowsAsync<LinkException>(async () => await client.OpenAsync(limit.Token))).Code);
    }

    [Fact]
    public async Task Open_NoAnswer_GivesUpAfterTheTimeout()
    {
        // A full backlog on Linux leaves further connection requests unanswered.
        using var deaf = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        deaf.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        deaf.Listen(0);
        int port = ((IPEndPoint)deaf.LocalEndPoint!).Port;
        using var first = new TcpClient();
        await first.ConnectAsync(IPAddress.Loopback, port);
        await using var client = new TcpLink("127.0.0.1", port, TimeSpan.FromMilliseconds(200));
        Assert.Equal("CME-1913", (await Assert.ThrowsAsync<LinkException>(async () => await client.OpenAsync(limit.Token))).Code);
    }

    [Fact]
    public async Task Read_PeerResets_IsALinkException()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        await using var client = new TcpLink("127.0.0.1", ((IPEndPoint)listener.LocalEndPoint!).Port);
        await client.OpenAsync(limit.Token);
        using (var server = await listener.AcceptAsync(limit.Token)) server.LingerState = new LingerOption(true, 0);
        Assert.Equal("CME-1915", (await Assert.ThrowsAsync<LinkException>(async () => await client.ReadAsync(new byte[1], limit.Token))).Code);
        Assert.False(client.IsOpen);
    }

    [Fact]
    public async Task Read_ClosedMeanwhile_EndsWithLinkException()
    {
        using var listener = new TcpLinkListener(new IPEndPoint(IPAddress.Loopback, 0));
        await using var client = new TcpLink("127.0.0.1", listener.EndPoint.Port);
        var (server, _) = await ConnectAsync(listener, client);
        var reading = client.ReadAsync(new byte[1], limit.Token).AsTask();
        await client.CloseAsync();
        Assert.Equal("CME-1909", (await Assert.ThrowsAsync<LinkException>(() => reading)).Code);
        await server.CloseAsync();
    }

    [Fact]
    public void Listener_PortInUse_SaysSo()
    {
        using var listener = new TcpLinkListener(new IPEndPoint(IPAddress.Loopback, 0));
        Assert.Equal("CME-1916", Assert.Throws<LinkException>(() => new TcpLinkListener(listener.EndPoint)).Code);
    }

    public void Dispose() => limit.Dispose();

    private async Task<(IByteLink Server, IByteLink Client)> ConnectAsync(TcpLinkListener listener, TcpLink client)
    {
        await client.OpenAsync(limit.Token);
        await foreach (var link in listener.AcceptAsync(limit.Token)) return (link, client);
        throw new InvalidOperationException("The listener ended.");
    }
}

using System.Net;
using CoMaKo.Devices.Linux;

namespace CoMaKo.Devices.Tests.Modbus;

/// <summary>A TCP peer that answers each request as the test says, right or wrong.</summary>
internal sealed class FakeDevice : IAsyncDisposable
{
    private readonly TcpLinkListener listener = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly CancellationTokenSource stop = new();
    private readonly Func<byte[], IByteLink, CancellationToken, Task> answer;
    private readonly Task serving;
    private int connections;

    /// <param name="answer">Gets each chunk that came in (a request, since clients send one at a time) and writes what it likes.</param>
    public FakeDevice(Func<byte[], IByteLink, CancellationToken, Task> answer)
    {
        this.answer = answer;
        serving = ServeAsync();
    }

    public int Connections => connections;

    public TcpLink Connect() => new("127.0.0.1", listener.EndPoint.Port);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Dispose();
        await serving;
    }

    private async Task ServeAsync()
    {
        var clients = new List<Task>();
        await foreach (var link in listener.AcceptAsync(stop.Token))
        {
            Interlocked.Increment(ref connections);
            clients.Add(ServeAsync(link));
        }

        await Task.WhenAll(clients);
    }

    private async Task ServeAsync(IByteLink link)
    {
        var buffer = new byte[512];
        try
        {
            while (await link.ReadAsync(buffer, stop.Token) is var count and > 0) await answer(buffer[..count], link, stop.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            return;
        }
        finally
        {
            await link.CloseAsync();
        }
    }
}

/// <summary>Remembers what a bus showed.</summary>
internal sealed class RecordingTap : IFrameTap
{
    public List<(DeviceId Device, WireProtocol Protocol, byte[] Bytes, FrameFault? Fault)> Frames { get; } = [];

    public void Frame(DeviceId device, WireProtocol protocol, ReadOnlySpan<byte> bytes, FrameFault? fault)
    {
        lock (Frames) Frames.Add((device, protocol, bytes.ToArray(), fault));
    }
}

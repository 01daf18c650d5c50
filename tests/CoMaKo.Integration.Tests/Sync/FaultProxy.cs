using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace CoMaKo.Integration.Tests.Sync;

/// <summary>
/// A TCP proxy between uplink and hub that knows where HTTP/2 frames end. It can keep the answer to the next batch back, and it can keep the
/// next batch itself back while the gateway is cut off. A batch is known by its size: no other call sends more than 1 000 bytes of data.
/// </summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private const int FrameHeaderBytes = 9;
    private const int BatchBytes = 1000;
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly int hubPort;
    private TaskCompletionSource? answerCut;
    private TaskCompletionSource<HeldBatch>? batchHeld;

    public FaultProxy(int hubPort)
    {
        this.hubPort = hubPort;
        listener.Start();
        Accepting = AcceptAsync();
    }

    public Uri Address => new(FormattableString.Invariant($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}"));

    private Task Accepting { get; }

    /// <summary>Completes when the hub has answered the next batch; the answer never leaves the proxy and the connection is cut.</summary>
    public Task CutNextAnswerAsync()
    {
        answerCut = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return answerCut.Task;
    }

    /// <summary>Completes when the next batch is in the proxy; the gateway's side is cut, the hub's side waits for it.</summary>
    public Task<HeldBatch> HoldNextBatchAsync()
    {
        batchHeld = new TaskCompletionSource<HeldBatch>(TaskCreationOptions.RunContinuationsAsynchronously);
        return batchHeld.Task;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await Accepting;
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                _ = CarryAsync(await listener.AcceptTcpClientAsync(stop.Token));
            }
            catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task CarryAsync(TcpClient gateway)
    {
        using var _ = gateway;
        using var hub = new TcpClient { NoDelay = true };
        gateway.NoDelay = true;
        var line = new Line(gateway, hub);
        try
        {
            await hub.ConnectAsync(IPAddress.Loopback, hubPort, stop.Token);
            byte[] preface = new byte[24]; // RFC 9113 §3.4
            await gateway.GetStream().ReadExactlyAsync(preface, stop.Token);
            await hub.GetStream().WriteAsync(preface, stop.Token);
            var down = DownAsync(line);
            await await Task.WhenAny(UpAsync(line), down);
            if (line.Held is not null) await down;
        }
        catch (Exception cut) when (cut is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Either side has gone: so does the other.
        }

    }

    private async Task UpAsync(Line line)
    {
        while (true)
        {
            var frame = await Frame.ReadAsync(line.Gateway.GetStream(), stop.Token);
            if (frame.IsData && frame.Bytes.Length > BatchBytes) line.BatchStream = frame.Stream;
            if (frame.Stream == line.BatchStream && line.BatchStream != 0 && Interlocked.Exchange(ref batchHeld, null) is { } held)
            {
                var bytes = new List<Frame> { frame };
                while (!bytes[^1].EndsStream) bytes.Add(await Frame.ReadAsync(line.Gateway.GetStream(), stop.Token));
                line.Held = new HeldBatch(line.Hub, bytes);
                line.Gateway.Dispose();
                held.SetResult(line.Held);
                return;
            }

            await line.Hub.GetStream().WriteAsync(frame.Bytes, stop.Token);
        }
    }

    private async Task DownAsync(Line line)
    {
        while (true)
        {
            var frame = await Frame.ReadAsync(line.Hub.GetStream(), stop.Token);
            bool isAnswer = line.BatchStream != 0 && frame.Stream == line.BatchStream && (frame.IsData || frame.IsHeaders);
            if (isAnswer && line.Held is { } held)
            {
                held.NoteAnswer();
                return;
            }

            if (isAnswer && Interlocked.Exchange(ref answerCut, null) is { } cut)
            {
                cut.SetResult();
                return;
            }

            if (line.Held is null) await line.Gateway.GetStream().WriteAsync(frame.Bytes, stop.Token);
        }
    }

    private sealed class Line(TcpClient gateway, TcpClient hub)
    {
        public TcpClient Gateway { get; } = gateway;

        public TcpClient Hub { get; } = hub;

        public int BatchStream { get; set; }

        public HeldBatch? Held { get; set; }
    }

    /// <summary>One HTTP/2 frame with its header (RFC 9113 §4.1).</summary>
    internal sealed record Frame(byte[] Bytes)
    {
        public bool IsData => Bytes[3] == 0;

        public bool IsHeaders => Bytes[3] == 1;

        public bool EndsStream => IsData && (Bytes[4] & 1) != 0;

        public int Stream => BinaryPrimitives.ReadInt32BigEndian(Bytes.AsSpan(5)) & int.MaxValue;

        public static async Task<Frame> ReadAsync(NetworkStream from, CancellationToken cancellationToken)
        {
            byte[] header = new byte[FrameHeaderBytes];
            await from.ReadExactlyAsync(header, cancellationToken);
            int length = (header[0] << 16) | (header[1] << 8) | header[2];
            byte[] frame = [.. header, .. new byte[length]];
            await from.ReadExactlyAsync(frame.AsMemory(FrameHeaderBytes), cancellationToken);
            return new Frame(frame);
        }
    }

    /// <summary>A batch that an old connection still carries.</summary>
    internal sealed class HeldBatch(TcpClient hub, IReadOnlyList<Frame> frames)
    {
        private readonly TaskCompletionSource answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Lets it arrive, and waits for the hub's answer.</summary>
        public async Task ArriveAsync()
        {
            foreach (var frame in frames) await hub.GetStream().WriteAsync(frame.Bytes);
            await answered.Task.WaitAsync(TimeSpan.FromSeconds(60));
        }

        public void NoteAnswer() => answered.SetResult();
    }
}

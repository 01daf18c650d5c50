using System.Net;
using CoMaKo.Devices.Linux;
using CoMaKo.Devices.Protocols.Modbus;

namespace CoMaKo.Devices.Simulator.Devices;

/// <summary>A Modbus TCP port that can vanish and come back, as behind a cable or a restarting device. Bound at once, serves after <see cref="Open"/>.</summary>
internal sealed class ModbusHost : IAsyncDisposable
{
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(3);

    private readonly ModbusServer server;
    private readonly Lock gate = new();
    private readonly HashSet<IByteLink> links = [];
    private TcpLinkListener? listener;

    public ModbusHost(UnitStore store, int port)
    {
        server = new ModbusServer(store, ModbusFraming.Tcp, TimeProvider.System);
        listener = new TcpLinkListener(new IPEndPoint(IPAddress.Loopback, port));
        EndPoint = listener.EndPoint;
        _ = AcceptAsync(listener);
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>Listens again on the same port.</summary>
    public void Open()
    {
        lock (gate)
        {
            if (listener is not null) return;
            listener = new TcpLinkListener(EndPoint);
            _ = AcceptAsync(listener);
        }
    }

    /// <summary>Breaks all connections and refuses new ones.</summary>
    public async ValueTask CloseAsync()
    {
        IByteLink[] open;
        lock (gate)
        {
            listener?.Dispose();
            listener = null;
            open = [.. links];
            links.Clear();
        }

        foreach (var link in open) await link.CloseAsync();
    }

    /// <returns>False if it is no fault of a connection.</returns>
    public async ValueTask<bool> SwitchAsync(Fault fault, bool on)
    {
        switch (fault)
        {
            case Fault.DropLine when on: await CloseAsync(); return true;
            case Fault.DropLine: Open(); return true;
            case Fault.CorruptCrc: server.Faults.CorruptsFrames = on; return true;
            case Fault.SlowAnswer: server.Faults.Delay = on ? Slow : TimeSpan.Zero; return true;
            case Fault.StopSending: server.Faults.IsSilent = on; return true;
            default: return false;
        }
    }

    public ValueTask DisposeAsync() => CloseAsync();

    private async Task AcceptAsync(TcpLinkListener from)
    {
        await foreach (var link in from.AcceptAsync())
        {
            lock (gate) links.Add(link);
            _ = ServeAsync(link);
        }
    }

    private async Task ServeAsync(IByteLink link)
    {
        await using (link) await server.ServeAsync(link, CancellationToken.None);
        lock (gate) links.Remove(link);
    }
}

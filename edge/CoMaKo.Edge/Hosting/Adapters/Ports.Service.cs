using CoMaKo.Edge.HostingSystemd;
using CoMaKo.Edge.Storage.LiteDb;
using CoMaKo.Sync.GrpcNet;

namespace CoMaKo.Edge.Hosting;

/// <summary>The optional parts of the service itself: buffer, line to the hub, service manager.</summary>
internal static partial class Ports
{
    static partial void AddServiceParts()
    {
        Buffer.Add("litedb", new("LiteDB", static () => LiteDbOutbox.Part));
        Hub.Add("grpc-net-client", new("Grpc.Net.Client", static (server, metadata) => new GrpcNetConnection(server, metadata)));
        Service.Add("hosting-systemd", new("Microsoft.Extensions.Hosting.Systemd", SystemdService.Add));
    }
}

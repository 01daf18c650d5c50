using System.Net.Sockets;
using System.Text;
using CoMaKo.Devices.Linux;

namespace CoMaKo.Devices.Tests.Linux;

public sealed class SystemdNotifierTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Messages_OverPathOrAbstractSocket_Arrive(bool isAbstract)
    {
        string name = isAbstract ? $"comako-test-{Guid.NewGuid():N}" : Path.Combine(Directory.CreateTempSubdirectory("comako-").FullName, "notify");
        using var receiver = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        receiver.Bind(new UnixDomainSocketEndPoint(isAbstract ? $"\0{name}" : name));
        receiver.ReceiveTimeout = 5000;

        using var notifier = new SystemdNotifier(isAbstract ? $"@{name}" : name, TimeSpan.FromSeconds(30));
        Assert.True(notifier.IsActive);
        notifier.Ready();
        notifier.Status("3/3 meters,\nhub ok");
        notifier.Watchdog();
        notifier.Stopping();
        Assert.Equal(["READY=1", "STATUS=3/3 meters, hub ok", "WATCHDOG=1", "STOPPING=1"], Enumerable.Range(0, 4).Select(_ => Receive(receiver)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/does/not/exist")]
    public void Messages_NobodyListens_AreDropped(string? address)
    {
        using var notifier = new SystemdNotifier(address);
        notifier.Ready();
        notifier.Watchdog();
        Assert.False(notifier.IsActive);
    }

    private static string Receive(Socket socket)
    {
        byte[] buffer = new byte[256];
        return Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer));
    }
}

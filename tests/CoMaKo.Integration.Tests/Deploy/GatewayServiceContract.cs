using System.Globalization;
using System.Net.Sockets;
using System.Text;
using CoMaKo.Integration.Tests.Sync;
using CoMaKo.Testing;

namespace CoMaKo.Integration.Tests.Deploy;

/// <summary>
/// The gateway as systemd sees it: the messages that its unit (Type=notify, WatchdogSec=30) waits for, over a real datagram socket.
/// Each part that speaks with the service manager has a subclass.
/// </summary>
/// <param name="part">Its name, as in the building file.</param>
public abstract class GatewayServiceContract(string part) : IDisposable
{
    private static readonly TimeSpan Ample = TimeSpan.FromSeconds(60);
    private readonly string folder = Directory.CreateTempSubdirectory("comako-service-").FullName;

    public void Dispose()
    {
        Directory.Delete(folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Gateway_AsAService_ReportsReadyFeedsTheWatchdogAndStops(bool isAbstract)
    {
        string name = isAbstract ? $"comako-{Guid.NewGuid():N}" : Path.Combine(folder, "notify");
        using var systemd = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        systemd.Bind(new UnixDomainSocketEndPoint(isAbstract ? $"\0{name}" : name));
        await using var gateway = Start(isAbstract ? $"@{name}" : name);

        var said = new List<string>();
        await HearAsync(systemd, said, () => said.Count(m => m == "WATCHDOG=1") == 3 && said.Exists(m => m.StartsWith("STATUS=", StringComparison.Ordinal)), gateway);
        Assert.Equal("READY=1", said[0]);
        Assert.Contains(said, m => m.StartsWith("STATUS=0/1 devices, no hub", StringComparison.Ordinal));
        var stopping = HearAsync(systemd, said, () => said.Contains("STOPPING=1"), gateway);
        Assert.Equal(0, await gateway.StopAsync());
        await stopping;
        Assert.Single(said, "READY=1");
        Assert.Single(said, "STOPPING=1");
    }

    [Fact]
    public async Task Gateway_WhoseManagerIsGone_RunsAndStopsAllTheSame()
    {
        await using var gateway = Start("/does/not/exist");
        await StartedAsync(gateway);
        Assert.Equal(0, await gateway.StopAsync());
    }

    [Fact]
    public async Task Gateway_StartedByHand_RunsAndStopsInOrder()
    {
        await using var gateway = Start(null);
        await StartedAsync(gateway);
        Assert.Equal(0, await gateway.StopAsync());
    }

    /// <summary>A gateway whose only meter does not answer.</summary>
    private RunningProcess Start(string? address)
    {
        string building = Path.Combine(folder, "building.yaml");
        File.WriteAllText(building, $$"""
            building: Lindenhof 7
            gateway: gw-0417
            timeZone: Europe/Berlin
            buses:
              - { id: lan, tcp: "127.0.0.1:1", framing: modbus-tcp }
            devices:
              - { id: grid, role: grid, bus: lan, profile: eastron-sdm630 }
            parts: { service: {{part}} }
            """);
        var start = RunningProcess.Describe("CoMaKo.Edge", "comako-edge", "run", "--building", building, "--data", Path.Combine(folder, "data"), "--port", FreePort.Take().ToString(CultureInfo.InvariantCulture));
        if (address is null) start.Environment.Remove("NOTIFY_SOCKET");
        else start.Environment["NOTIFY_SOCKET"] = address;
        return RunningProcess.Start(start);
    }

    private static Task StartedAsync(RunningProcess gateway) =>
        Until.HoldsAsync(
            () => Task.FromResult(gateway.HasExited ? throw new InvalidOperationException($"It ended. {gateway.Output}") : gateway.Output.Contains("Application started", StringComparison.Ordinal)),
            () => $"the gateway has started. {gateway.Output}");

    private static async Task HearAsync(Socket socket, List<string> said, Func<bool> enough, RunningProcess gateway)
    {
        byte[] buffer = new byte[512];
        using var limit = new CancellationTokenSource(Ample);
        try
        {
            while (!enough()) said.Add(Encoding.UTF8.GetString(buffer, 0, await socket.ReceiveAsync(buffer, limit.Token)));
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"Heard only {string.Join(", ", said)}. {gateway.Output}");
        }
    }
}

/// <summary>The default part: messages of our own.</summary>
public sealed class GatewayServiceTests() : GatewayServiceContract("own");

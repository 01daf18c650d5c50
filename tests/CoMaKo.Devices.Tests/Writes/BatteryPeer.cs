using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using CoMaKo.Devices.Linux;
using CoMaKo.Devices.Protocols.Modbus;
using CoMaKo.Testing;

namespace CoMaKo.Devices.Tests.Writes;

/// <summary>A battery behind a pymodbus server that reads its registers by itself and says what it was told to do.</summary>
internal sealed class BatteryPeer : IAsyncDisposable
{
    private readonly Process python;
    private readonly ModbusBus bus;

    private BatteryPeer(Process python, int port)
    {
        this.python = python;
        bus = new(new TcpLink("127.0.0.1", port), new(ModbusFraming.Tcp) { Timeout = TimeSpan.FromSeconds(5) }, TimeProvider.System);
        Client = bus.For(new("battery"), new());
    }

    public ModbusClient Client { get; }

    public static async Task<BatteryPeer> StartAsync(string maker)
    {
        var start = new ProcessStartInfo(Peers.Python, [Repository.At("tests", "CoMaKo.Devices.Tests", "peers", "battery_server.py"), maker])
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        var started = Process.Start(start)!;
        string ready = await started.StandardOutput.ReadLineAsync() ?? await started.StandardError.ReadToEndAsync();
        Assert.StartsWith("ready ", ready, StringComparison.Ordinal);
        return new(started, int.Parse(ready[6..], CultureInfo.InvariantCulture));
    }

    /// <summary>What the battery understands now, and the writes since the last question.</summary>
    public async Task<PeerState> StateAsync()
    {
        await python.StandardInput.WriteLineAsync("state");
        string line = await python.StandardOutput.ReadLineAsync() ?? await python.StandardError.ReadToEndAsync();
        return JsonSerializer.Deserialize<PeerState>(line, JsonSerializerOptions.Web)!;
    }

    public async ValueTask DisposeAsync()
    {
        await bus.DisposeAsync();
        python.StandardInput.Close();
        await python.WaitForExitAsync();
        python.Dispose();
    }
}

/// <param name="Mode"><c>own</c>, <c>pinned</c> or <c>range</c>.</param>
/// <param name="Writes">Function, address and count of each.</param>
internal sealed record PeerState(string Mode, decimal? Watts, decimal? Min, decimal? Max, int? Seconds, int? Grid, decimal? Output, int[][] Writes);

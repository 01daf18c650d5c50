using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using CoMaKo.Devices.Linux;
using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Edge.Configuration;
using CoMaKo.Testing;

namespace CoMaKo.Integration.Tests.Simulator;

/// <summary>The program <c>comako-simulator</c> as a person or a script uses it.</summary>
public sealed class SimulatorProcessTests : IDisposable
{
    private static readonly HashSet<string> Profiles = ["eastron-sdm630"];

    private readonly string folder = Directory.CreateTempSubdirectory("comako-simulator-").FullName;
    private readonly CancellationTokenSource limit = new(TimeSpan.FromSeconds(60));

    [Fact]
    public async Task Simulator_StartedAndTerminated_SaysWhereItIsTakesFaultsAndCleansUp()
    {
        string file = Path.Combine(folder, "building.yaml");
        using var simulator = Start("--folder", folder, "--building-file", file, "--speed", "600");
        using var ready = JsonDocument.Parse((await simulator.StandardOutput.ReadLineAsync(limit.Token))!);
        Assert.True(ready.RootElement.GetProperty("ready").GetBoolean());
        Assert.True(File.Exists(Path.Combine(folder, "grid.tty")));
        var (building, findings) = BuildingFile.Read(StrictYaml.Load(file), Profiles);
        Assert.Empty(findings);
        Assert.Equal(["grid", "pv", "battery"], building!.Devices.Select(d => d.Id.Value));

        await simulator.StandardInput.WriteLineAsync("fault swap-meter");
        Assert.Contains("\"done\":true", await simulator.StandardOutput.ReadLineAsync(limit.Token), StringComparison.Ordinal);
        using (Process.Start("kill", ["-TERM", simulator.Id.ToString(CultureInfo.InvariantCulture)])) await simulator.WaitForExitAsync(limit.Token);
        Assert.Equal(0, simulator.ExitCode);
        Assert.False(File.Exists(Path.Combine(folder, "grid.tty")));
        Assert.True(File.Exists(Path.Combine(folder, "state.json")));
    }

    [Fact]
    public async Task Simulator_Replay_PlaysTheFileAgainAndAgainUnchanged()
    {
        byte[] start = [0x1B, 0x1B, 0x1B, 0x1B, 1, 1, 1, 1];
        byte[] capture = [0xAA, .. start, 2, 3, .. start, 4];
        string file = Path.Combine(folder, "capture.bin"), terminal = Path.Combine(folder, "replay.tty");
        await File.WriteAllBytesAsync(file, capture, limit.Token);
        using var simulator = Start("--replay", file, "--sml-pty", terminal, "--baud", "9600", "--for", "20");
        await simulator.StandardOutput.ReadLineAsync(limit.Token);
        await using var line = new SerialLink(terminal, SerialSettings.Sml);
        await line.OpenAsync(limit.Token);
        var seen = new List<byte>();
        byte[] buffer = new byte[256];
        while (seen.Count < 3 * capture.Length) seen.AddRange(buffer[..await line.ReadAsync(buffer, limit.Token)]);
        int first = seen.IndexOf(0xAA);
        Assert.Equal(capture, seen.Skip(first).Take(capture.Length));
        simulator.Kill();
    }

    [Theory]
    [InlineData(2, "--nonsense")]
    [InlineData(2, "--fault", "nonsense@1")]
    [InlineData(2, "--clock", "yesterday")]
    [InlineData(1, "--replay", "/does/not/exist")]
    public async Task Simulator_WrongUse_EndsWithItsCode(int code, params string[] arguments)
    {
        using var simulator = Start(arguments);
        await simulator.WaitForExitAsync(limit.Token);
        Assert.Equal(code, simulator.ExitCode);
    }

    [Fact]
    public void ExampleBuilding_Read_HasNoFindings()
    {
        var (building, findings) = BuildingFile.Read(StrictYaml.Load(Repository.At("deploy", "systemd", "building.example.yaml")), Profiles);
        Assert.Empty(findings);
        Assert.Equal(3, building!.Devices.Count);
    }

    public void Dispose()
    {
        limit.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static Process Start(params string[] arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "comako-simulator.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        return Process.Start(start)!;
    }
}

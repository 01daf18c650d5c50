using System.Diagnostics;
using System.Text.Json;
using CoMaKo.Testing;

namespace CoMaKo.Integration.Tests.Control;

/// <summary>
/// A simulated building and the gateway that drives its battery, as processes on real sockets, with no hub in reach. A technician has signed in and the write test has
/// confirmed the battery. The battery's commands hold for <see cref="Validity"/> seconds.
/// </summary>
public sealed class ControlledHouse : IAsyncLifetime
{
    /// <summary>Revert time in model seconds: short, so that the tests are.</summary>
    public const int Validity = 6;

    private const double Quick = 4;
    private readonly int batteryPort = FreePort.Take();
    private SmallDisk? disk;

    /// <summary>A winter evening: without own power every dimmable device gets its bare share.</summary>
    internal LiveLine Line { get; } = new(Quick, new(2026, 1, 15, 18, 0, 0, TimeSpan.Zero));

    internal Inverter Inverter => new(batteryPort);

    internal WriteLines Writes => new(WritesFile);

    /// <summary>The gateway's data lie on a small file system of their own; absent without the right to mount one.</summary>
    internal SmallDisk? Disk => disk;

    private string WritesFile => Path.Combine(Line.Folder, "writes.jsonl");

    public async Task InitializeAsync()
    {
        if (Environment.IsPrivilegedProcess)
        {
            disk = new SmallDisk(32);
            Line.EdgeData = disk.Path;
        }

        // The write test takes 56 s of model time.
        await StartAsync(Quick);
        using var technician = new Technician(Line.EdgePort);
        await technician.UseFirstBootCodeAsync(Line.Edge!.Output);
        string offer = await technician.PageAsync("/battery/test?device=battery&test=discharge");
        foreach (string register in (string[])["100 mode", "101 set-point", "103 watchdog"]) Assert.Contains(register, offer, StringComparison.Ordinal);
        // A load may be too restless for a test; a technician repeats it then.
        string? fault = "";
        for (int attempt = 0; attempt < 6 && fault is not null; attempt++) fault = await technician.TestAsync("battery", "discharge", ControlAsync);
        Assert.True(fault is null, $"The write test failed: {fault}\n{Line.Diagnosis}");
        await ChangeSpeedAsync(1);
    }

    public async Task DisposeAsync()
    {
        await Line.DisposeAsync();
        disk?.Dispose();
    }

    /// <summary>The gateway's newest cycle as its page's programs see it.</summary>
    internal Task<JsonElement> ControlAsync() => Line.EdgeAsync("/api/control");

    /// <summary>Types a line into the simulator.</summary>
    internal Task TypeAsync(string line) => Line.Simulator!.TypeAsync(line);

    /// <summary>Everything anew at another pace; confirmed batteries stay so.</summary>
    internal async Task ChangeSpeedAsync(double speed)
    {
        await Line.StopAsync();
        File.Delete(Line.BuildingFile);
        await StartAsync(speed);
        await DrivenAsync();
    }

    internal Task StartEdgeAsync() => Line.StartEdgeAsync();

    /// <summary>Waits until the gateway commands the battery; if it does not, its own account of why is in the message.</summary>
    internal async Task DrivenAsync()
    {
        try
        {
            await Line.UntilAsync("the battery is commanded", Inverter.IsCommandedAsync);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{await ControlAsync()}\n{e.Message}", e);
        }
    }

    /// <summary>Seconds until the inverter is back in its own mode.</summary>
    internal async Task<double> UntilOwnModeAsync(double longest)
    {
        long from = Stopwatch.GetTimestamp();
        while (await Inverter.IsCommandedAsync())
        {
            if (Stopwatch.GetElapsedTime(from).TotalSeconds > longest) return double.PositiveInfinity;
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        return Stopwatch.GetElapsedTime(from).TotalSeconds;
    }

    private async Task StartAsync(double speed)
    {
        Line.ChangeSpeed(speed);
        await Line.StartSimulatorAsync("--control", "--inverter", "setpoint", "--battery-port", FormattableString.Invariant($"{batteryPort}"), "--writes", WritesFile);
        string text = File.ReadAllText(Line.BuildingFile);
        Assert.Contains("capacity: 10000 Wh, validity: 60 s", text, StringComparison.Ordinal);
        File.WriteAllText(Line.BuildingFile, text.Replace("validity: 60 s", FormattableString.Invariant($"validity: {Validity} s"), StringComparison.Ordinal));
        await Line.StartEdgeAsync();
    }
}

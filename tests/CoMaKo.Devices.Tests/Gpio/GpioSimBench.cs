using System.Globalization;
using CoMaKo.Devices.Linux;

namespace CoMaKo.Devices.Tests.Gpio;

/// <summary>A chip of the kernel's own simulator, gpio-sim: its pins are files, its lines a real character device.</summary>
internal sealed class GpioSimBench : IGpioBench
{
    private const string Root = "/sys/kernel/config/gpio-sim";
    private static int number;

    private readonly string folder;
    private readonly string pins;
    private readonly GpioChip chip;

    private GpioSimBench(string folder, string pins, GpioChip chip) => (this.folder, this.pins, this.chip) = (folder, pins, chip);

    public IGpioLines Chip => chip;

    public int Lines => 8;

    /// <summary>Why there is none; absent if there is one.</summary>
    public static string? WhyNot => !Directory.Exists(Root)
        ? "Needs a kernel with gpio-sim (modprobe gpio-sim; configfs mounted at /sys/kernel/config)."
        : Environment.IsPrivilegedProcess ? null : "Needs root to set up a chip of gpio-sim.";

    public static async Task<GpioSimBench> CreateAsync()
    {
        string name = FormattableString.Invariant($"comako-{Environment.ProcessId}-{Interlocked.Increment(ref number)}");
        string made = Path.Combine(Root, name), bank = Path.Combine(made, "bank0");
        Directory.CreateDirectory(bank);
        await File.WriteAllTextAsync(Path.Combine(bank, "num_lines"), "8");
        await File.WriteAllTextAsync(Path.Combine(bank, "label"), name);
        await File.WriteAllTextAsync(Path.Combine(made, "live"), "1");
        string device = (await File.ReadAllTextAsync(Path.Combine(made, "dev_name"))).Trim(), gpio = (await File.ReadAllTextAsync(Path.Combine(bank, "chip_name"))).Trim();
        for (int i = 0; i < 100 && !File.Exists($"/dev/{gpio}"); i++) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System); // udev or devtmpfs
        return new(made, $"/sys/devices/platform/{device}/{gpio}", GpioChip.Open(gpio));
    }

    public void Drive(int line, bool level) => File.WriteAllText(Pin(line, "pull"), level ? "pull-up" : "pull-down");

    public bool LevelAt(int line) => File.ReadAllText(Pin(line, "value")).Trim() == "1";

    public async Task UnplugAsync()
    {
        string live = Path.Combine(folder, "live");
        if ((await File.ReadAllTextAsync(live)).Trim() == "1") await File.WriteAllTextAsync(live, "0");
    }

    public async ValueTask DisposeAsync()
    {
        await chip.DisposeAsync();
        await UnplugAsync();
        Directory.Delete(Path.Combine(folder, "bank0"));
        Directory.Delete(folder);
    }

    private string Pin(int line, string file) => Path.Combine(pins, string.Create(CultureInfo.InvariantCulture, $"sim_gpio{line}"), file);
}

/// <summary>Runs only on a kernel with gpio-sim; a kernel cannot be installed like a peer, so elsewhere it is skipped always.</summary>
public sealed class RequiresGpioSimFactAttribute : FactAttribute
{
    public RequiresGpioSimFactAttribute() => Skip = GpioSimBench.WhyNot;
}

/// <inheritdoc cref="RequiresGpioSimFactAttribute"/>
public sealed class RequiresGpioSimTheoryAttribute : TheoryAttribute
{
    public RequiresGpioSimTheoryAttribute() => Skip = GpioSimBench.WhyNot;
}

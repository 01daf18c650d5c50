using System.Device.Gpio;
using System.Device.Gpio.Drivers;
using System.Globalization;

namespace CoMaKo.Devices.SystemGpio;

/// <summary>Lines of a GPIO chip by the package System.Device.Gpio, which needs libgpiod.</summary>
/// <remarks>Codes as of the default part: CME-2301 no such chip, CME-2302 no right to it or no library, CME-2303 no such line, CME-2304 line taken, CME-2305 chip gone, CME-2306 refused, CME-2309 closed.</remarks>
public sealed class SystemGpioChip : IGpioLines
{
    private const string Prefix = "gpiochip";

    private readonly GpioController controller;
    private readonly TimeProvider time;
    private readonly bool keepsBias;
    private readonly HashSet<int> claimed = [];

    /// <param name="name">How people know the chip.</param>
    /// <param name="driver">The package's access to it; belongs to this chip from now on.</param>
    /// <param name="time">Debounces and stamps edges; the system's, whose monotonic time the kernel uses, too.</param>
    /// <param name="keepsBias">Whether a line keeps its bias when its edges are listened to.</param>
    public SystemGpioChip(string name, GpioDriver driver, TimeProvider time, bool keepsBias = true) => (Name, controller, this.time, this.keepsBias) = (name, new(driver), time, keepsBias);

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Opens a chip.</summary>
    /// <param name="name"><c>gpiochip0</c> or <c>/dev/gpiochip0</c>; the package knows chips by their number only.</param>
    /// <exception cref="LinkException">There is none of this name, or no right to it.</exception>
    public static SystemGpioChip Open(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        string chip = name.StartsWith("/dev/", StringComparison.Ordinal) ? name[5..] : name;
        if (!chip.StartsWith(Prefix, StringComparison.Ordinal) || !int.TryParse(chip.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            throw new LinkException("CME-2301", $"'{name}' cannot be opened by System.Device.Gpio, which knows chips by their number: use a name such as gpiochip0.");
        try
        {
            // The package's driver for libgpiod 1 asks for edges with a second request, which has no bias any more.
            return SecondLibrary(number) is { } driver ? new(chip, driver, TimeProvider.System) : new(chip, new LibGpiodDriver(number), TimeProvider.System, keepsBias: false);
        }
        catch (PlatformNotSupportedException e)
        {
            throw new LinkException("CME-2302", "System.Device.Gpio needs libgpiod: install the package libgpiod3 or libgpiod2, or use the default part, which needs no library.", e);
        }
        catch (IOException e)
        {
            throw new LinkException("CME-2301", $"There is no GPIO chip {name}, or this user may not open it: {e.Message}", e);
        }
    }

    /// <summary>The driver for libgpiod 2; absent where that is not installed.</summary>
    private static LibGpiodV2Driver? SecondLibrary(int number)
    {
        try
        {
            return new(number);
        }
        catch (Exception e) when (e is DllNotFoundException or PlatformNotSupportedException or GpiodException { InnerException: DllNotFoundException })
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public IGpioInput OpenInput(int line, GpioInputOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var mode = options.Bias switch
        {
            GpioBias.PullUp => PinMode.InputPullUp,
            GpioBias.PullDown => PinMode.InputPullDown,
            GpioBias.AsIs => PinMode.Input,
            _ => throw new LinkException("CME-2306", $"{Where(line)}: System.Device.Gpio cannot switch the bias off: leave it as it is, or use the default part."),
        };
        if (mode != PinMode.Input && !keepsBias)
            throw new LinkException("CME-2306", $"{Where(line)}: System.Device.Gpio loses the bias with libgpiod 1: wire a resistor and leave 'bias' out, install libgpiod3, or use the default part.");
        Claim(line, () => controller.OpenPin(line, mode));
        var access = new PinAccess(controller, line, Where(line), Release);
        try
        {
            return new SystemGpioInput(access, options.Debounce.ToTimeSpan(), time);
        }
        catch
        {
            access.Close();
            throw;
        }
    }

    /// <inheritdoc/>
    public IGpioOutput OpenOutput(int line, bool level, string consumer)
    {
        Claim(line, () => controller.OpenPin(line, PinMode.Output, level));
        return new SystemGpioOutput(new(controller, line, Where(line), Release), level);
    }

    public ValueTask DisposeAsync()
    {
        try
        {
            controller.Dispose();
        }
        catch (IOException)
        {
            return ValueTask.CompletedTask; // the chip is gone: nothing is left to give back
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Opens a pin that nobody here holds; the package itself would hand out one that is open already.</summary>
    private void Claim(int line, Action open)
    {
        int lines = controller.PinCount;
        if (line < 0 || line >= lines) throw new LinkException("CME-2303", FormattableString.Invariant($"{Name} has the lines 0 to {lines - 1}, not {line}: correct the number in the building file."));
        lock (claimed)
            if (!claimed.Add(line)) throw new LinkException("CME-2304", $"{Where(line)} is taken: free it or choose another.");
        try
        {
            open();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or ArgumentException or NotSupportedException)
        {
            if (controller.IsPinOpen(line)) controller.ClosePin(line);
            Release(line);
            throw new LinkException("CME-2306", $"{Where(line)} cannot be claimed: {e.Message} Another program may hold it, or this chip may not have the bias that was asked for.", e);
        }
    }

    private void Release(int line)
    {
        lock (claimed) claimed.Remove(line);
    }

    private string Where(int line) => FormattableString.Invariant($"{Name} line {line}");
}

using System.Globalization;

namespace CoMaKo.Devices.Linux;

/// <summary>A sensor that a driver of the kernel reads: the files of its hwmon or IIO device (kernel documentation, ABI/testing/sysfs-class-hwmon and sysfs-bus-iio). Drivers check the sensor's CRC and refuse the read if it is wrong.</summary>
/// <param name="sensor">As the kernel names it in the device's file <c>name</c>, e.g. <c>sht3x</c>, <c>bme280</c>.</param>
/// <param name="root">Where sysfs is mounted.</param>
public sealed class SysfsSensor(string sensor, string root = "/sys") : IEnclosureSensor
{
    private static readonly string[] Classes = ["class/hwmon", "bus/iio/devices"];

    private string? folder;

    public string Name => folder is null ? sensor : $"{sensor} ({Path.GetFileName(folder)})";

    /// <inheritdoc/>
    public EnclosureClimate Measure()
    {
        folder ??= Find();
        try
        {
            bool isIio = folder.Contains("/iio", StringComparison.Ordinal);
            var climate = isIio ? new EnclosureClimate(Iio("in_temp"), Iio("in_humidityrelative")) : new EnclosureClimate(Milli("temp1_input"), Milli("humidity1_input"));
            return climate.Checked(Name);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException and not LinkException)
        {
            string name = Name;
            folder = null; // a device that comes back may have another number
            throw new LinkException("CME-2602", $"{name} does not answer: {e.Message}", e);
        }
    }

    public void Dispose()
    {
    }

    private string Find()
    {
        foreach (string kind in Classes)
        {
            string devices = Path.Combine(root, kind);
            if (!Directory.Exists(devices)) continue;
            foreach (string device in Directory.EnumerateDirectories(devices).Order(StringComparer.Ordinal))
                if (Text(device, "name") == sensor) return device;
        }

        throw new LinkException("CME-2601", $"The kernel knows no sensor '{sensor}': load its driver (device tree overlay, or new_device of its I2C bus), or correct the name; the names are in /sys/class/hwmon/*/name and /sys/bus/iio/devices/*/name.");
    }

    /// <summary>A processed value in thousandths, or (raw + offset) · scale in thousandths.</summary>
    private decimal? Iio(string channel) => Milli(channel + "_input")
        ?? (Number(channel + "_raw") is { } raw && Number(channel + "_scale") is { } scale ? (raw + (Number(channel + "_offset") ?? 0)) * scale / 1000 : null);

    private decimal? Milli(string file) => Number(file) / 1000;

    private decimal? Number(string file)
    {
        if (Text(folder!, file) is not { } text) return null;
        if (decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number)) return number;
        throw new LinkException("CME-2603", $"{Name} answers no number in {file}.");
    }

    /// <summary>A file's line; absent if there is no such file.</summary>
    private static string? Text(string device, string file)
    {
        string path = Path.Combine(device, file);
        return Directory.Exists(device) && !File.Exists(path) ? null : File.ReadAllText(path).Trim();
    }
}

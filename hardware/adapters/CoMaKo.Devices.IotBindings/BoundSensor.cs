using System.Device.I2c;
using Iot.Device.Sht3x;

namespace CoMaKo.Devices.IotBindings;

/// <summary>An SHT3x on an I²C bus, read by the package's binding instead of a driver of the kernel.</summary>
/// <param name="name">How people know it.</param>
/// <param name="open">Reaches the device anew; belongs to this sensor from then on.</param>
public sealed class BoundSensor(string name, Func<I2cDevice> open) : IEnclosureSensor
{
    private Sht3x? sensor;

    /// <param name="bus">Number of the bus, as in <c>/dev/i2c-1</c>.</param>
    /// <param name="address">0x44 or 0x45.</param>
    public BoundSensor(int bus, int address) : this(FormattableString.Invariant($"sht3x on i2c-{bus} 0x{address:x2}"), () => I2cDevice.Create(new(bus, address)))
    {
    }

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public EnclosureClimate Measure()
    {
        try
        {
            sensor ??= new(new CheckedI2c(open()));
            return new EnclosureClimate((decimal)sensor.Temperature.DegreesCelsius, (decimal)sensor.Humidity.Percent).Checked(name);
        }
        catch (LinkException)
        {
            throw; // it answers, and what it answers is no value
        }
        catch (Exception e) when (e is IOException or PlatformNotSupportedException or InvalidOperationException)
        {
            Dispose();
            throw new LinkException("CME-2602", $"{name} does not answer: {e.Message} Check its wiring, and that the bus is switched on and may be opened by this user (on Debian: group i2c).", e);
        }
    }

    public void Dispose()
    {
        sensor?.Dispose();
        sensor = null;
    }
}

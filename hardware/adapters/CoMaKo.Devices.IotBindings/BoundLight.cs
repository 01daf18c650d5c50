using System.Device.Spi;
using System.Drawing;
using Iot.Device.Apa102;

namespace CoMaKo.Devices.IotBindings;

/// <summary>A lamp of one APA102 colour LED on an SPI bus. Unlike LEDs on GPIO lines it keeps its colour when the process dies.</summary>
/// <param name="name">How people know it.</param>
/// <param name="open">Reaches the device anew; belongs to this lamp from then on.</param>
public sealed class BoundLight(string name, Func<SpiDevice> open) : IStatusLight
{
    // A tenth of the greatest brightness: it hangs in a hallway. The first number becomes the LED's five bits.
    private static readonly Dictionary<StatusColour, Color> Colours = new()
    {
        [StatusColour.Off] = Color.FromArgb(0, 0, 0, 0), [StatusColour.Green] = Color.FromArgb(24, 0, 255, 0), [StatusColour.Amber] = Color.FromArgb(24, 255, 120, 0), [StatusColour.Red] = Color.FromArgb(24, 255, 0, 0),
    };

    private Apa102? lamp;

    /// <param name="bus">Number of the bus, as the first one in <c>/dev/spidev0.0</c>.</param>
    /// <param name="select">Its chip select, the second one.</param>
    public BoundLight(int bus, int select)
        : this(FormattableString.Invariant($"apa102 on spidev{bus}.{select}"), () => SpiDevice.Create(new(bus, select) { ClockFrequency = 1_000_000, Mode = SpiMode.Mode0 }))
    {
    }

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public void Show(StatusColour colour)
    {
        try
        {
            lamp ??= new(open(), 1);
            lamp.Pixels[0] = Colours[colour];
            lamp.Flush();
        }
        catch (Exception e) when (e is IOException or PlatformNotSupportedException or InvalidOperationException)
        {
            Close();
            throw new LinkException("CME-2611", $"{name} cannot be reached: {e.Message} Check that the bus is switched on and may be opened by this user (on Debian: group spi).", e);
        }
    }

    public void Dispose()
    {
        try
        {
            if (lamp is not null) Show(StatusColour.Off);
        }
        catch (LinkException)
        {
            return; // nothing more can be done for it
        }
        finally
        {
            Close();
        }
    }

    private void Close()
    {
        lamp?.Dispose();
        lamp = null;
    }
}

namespace CoMaKo.Devices.Protocols.Enclosure;

/// <summary>A lamp of a green and a red LED on GPIO lines; both together are amber. The kernel takes the lines back when the process dies.</summary>
/// <param name="lightsWhenLow">The LEDs are wired to plus.</param>
public sealed class GpioStatusLight(IGpioLines lines, int green, int red, bool lightsWhenLow) : IStatusLight
{
    private IGpioOutput? greenLine;
    private IGpioOutput? redLine;

    public string Name => FormattableString.Invariant($"{lines.Name} lines {green} and {red}");

    /// <inheritdoc/>
    public void Show(StatusColour colour)
    {
        try
        {
            (greenLine ??= Open(green, "green")).Set(Level(colour is StatusColour.Green or StatusColour.Amber));
            (redLine ??= Open(red, "red")).Set(Level(colour is StatusColour.Red or StatusColour.Amber));
        }
        catch (IOException)
        {
            Close();
            throw;
        }
    }

    public void Dispose()
    {
        try
        {
            if (greenLine is not null) Show(StatusColour.Off);
        }
        catch (IOException)
        {
            return; // dark anyhow: the chip is gone
        }
        finally
        {
            Close();
        }
    }

    private bool Level(bool lights) => lights != lightsWhenLow;

    private IGpioOutput Open(int line, string colour) => lines.OpenOutput(line, Level(false), $"comako status {colour}");

    private void Close()
    {
        greenLine?.Dispose();
        redLine?.Dispose();
        (greenLine, redLine) = (null, null);
    }
}

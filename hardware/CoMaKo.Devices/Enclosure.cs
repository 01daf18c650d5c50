namespace CoMaKo.Devices;

/// <summary>Measures temperature and humidity inside the gateway's enclosure.</summary>
public interface IEnclosureSensor : IDisposable
{
    /// <summary>How people know it, e.g. <c>sht3x on i2c-1 0x44</c>.</summary>
    string Name { get; }

    /// <summary>Measures now; may block for some ten milliseconds.</summary>
    /// <exception cref="LinkException">There is no value: CME-2601 no such sensor, CME-2602 it does not answer, CME-2603 the answer is damaged or impossible. The next call tries again.</exception>
    EnclosureClimate Measure();
}

/// <summary>One measurement.</summary>
/// <param name="Celsius">Temperature of the air; absent if the sensor measures none.</param>
/// <param name="HumidityPercent">Relative humidity, 0 to 100; absent if the sensor measures none.</param>
public sealed record EnclosureClimate(decimal? Celsius, decimal? HumidityPercent)
{
    /// <summary>Sensors of this kind work from −40 to 125 °C.</summary>
    private const decimal Coldest = -40, Hottest = 125;

    /// <summary>Itself, if it can be true.</summary>
    /// <exception cref="LinkException">CME-2603.</exception>
    public EnclosureClimate Checked(string sensor) => (Celsius ?? HumidityPercent) is not null && (Celsius ?? 0) is >= Coldest and <= Hottest && (HumidityPercent ?? 0) is >= 0 and <= 100
        ? this
        : throw new LinkException("CME-2603", FormattableString.Invariant($"{sensor} answers {Celsius} °C and {HumidityPercent} %, which cannot be: check its wiring."));
}

/// <summary>A lamp at the enclosure that says how the gateway is.</summary>
public interface IStatusLight : IDisposable
{
    string Name { get; }

    /// <summary>Shows a colour until the next call; dark after disposal.</summary>
    /// <exception cref="LinkException">It cannot be reached; the next call tries again.</exception>
    void Show(StatusColour colour);
}

public enum StatusColour
{
    Off,

    /// <summary>All is well, or waits as it may.</summary>
    Green,

    /// <summary>Somebody should look.</summary>
    Amber,

    /// <summary>Something does not work.</summary>
    Red,
}
